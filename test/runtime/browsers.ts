import puppeteer, { type Browser as Puppet } from "puppeteer-core";
import { launchChrome, missingChrome, onPath } from "./chrome.js";
import { inProject } from "./run.js";
import { WebDriver } from "./webdriver.js";

/** A browser that runs, and what the body of a page says once its scripts have written something there. */
export interface Browser {
  textOf(address: string): Promise<string>;
  close(): Promise<void>;
}

/** A browser that may be installed. */
export interface Candidate {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  launch(): Promise<Browser>;
}

/** How long a page may take. */
const PATIENCE = 60_000;

function drive(browser: Puppet): Browser {
  return {
    async textOf(address) {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => complaints.push(message.text()));
      try {
        await page.goto(address);
        await page.waitForFunction("document.body.textContent.trim() !== ''", { timeout: PATIENCE });
        return (await page.evaluate("document.body.textContent")) as string;
      } catch (error) {
        throw new Error(`${address} stays empty. ${complaints.join("\n")}`, { cause: error });
      } finally {
        await page.close();
      }
    },
    close: () => browser.close(),
  };
}

/** An installed Chrome, else the one from npm. */
export const chromium: Candidate = {
  name: "Chromium",
  missing: missingChrome,
  launch: async () => drive(await launchChrome(inProject("chromium"))),
};

const installedFirefox = process.env["FIREFOX_PATH"] ?? onPath("firefox-esr", "firefox");

export const firefox: Candidate = {
  name: "Firefox",
  missing: installedFirefox === undefined ? "neither firefox-esr nor firefox is on the PATH" : undefined,
  launch: async () => drive(await launchFirefox()),
};

/** Where `missing` is undefined. */
export const launchFirefox = (): Promise<Puppet> =>
  puppeteer.launch({ headless: true, browser: "firefox", executablePath: installedFirefox as string });

const webkitDriver = onPath("WebKitWebDriver");
const display = process.env["DISPLAY"] ?? onPath("Xvfb");

export const webkit: Candidate = {
  name: "WebKit",
  missing:
    webkitDriver === undefined
      ? "WebKitWebDriver is not on the PATH"
      : display === undefined
        ? "WebKit needs a display or Xvfb"
        : undefined,
  launch: () => launchWebKit(),
};

/** Where `missing` is undefined. */
export const launchWebKit = (): Promise<WebDriver> => WebDriver.launch(webkitDriver as string, PATIENCE);
