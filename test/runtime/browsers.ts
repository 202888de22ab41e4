import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
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

function onPath(...programs: string[]): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":");
  return programs.flatMap((program) => directories.map((directory) => join(directory, program))).find(existsSync);
}

async function drive(options: Parameters<typeof puppeteer.launch>[0]): Promise<Browser> {
  const browser = await puppeteer.launch({ headless: true, ...options });
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

const installedChrome =
  process.env["CHROME_PATH"] ?? onPath("google-chrome", "google-chrome-stable", "chromium", "chromium-browser");
const packagedChrome = process.platform === "linux" && process.arch === "x64";

/** Neither --single-process nor --disable-web-security, as @sparticuz/chromium has them: a browser as users have it. */
const CHROME = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** An installed Chrome, else the one from npm. */
export const chromium: Candidate = {
  name: "Chromium",
  missing:
    installedChrome === undefined && !packagedChrome ? "set CHROME_PATH to a Chrome or Chromium to run it" : undefined,
  launch: async () => drive({ executablePath: installedChrome ?? (await unpackChrome()), args: CHROME }),
};

async function unpackChrome(): Promise<string> {
  // It takes any version that it finds unpacked in the directory for temporary files: a directory of its own, then.
  process.env["TMPDIR"] = inProject("chromium");
  mkdirSync(inProject("chromium"));
  // Has it bring the libraries that a bare Linux lacks.
  process.env["AWS_LAMBDA_JS_RUNTIME"] = "nodejs22.x";
  return (await import("@sparticuz/chromium")).default.executablePath();
}

const installedFirefox = process.env["FIREFOX_PATH"] ?? onPath("firefox-esr", "firefox");

export const firefox: Candidate = {
  name: "Firefox",
  missing: installedFirefox === undefined ? "neither firefox-esr nor firefox is on the PATH" : undefined,
  launch: () => drive({ browser: "firefox", executablePath: installedFirefox as string }),
};

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
  launch: () => WebDriver.launch(webkitDriver as string, PATIENCE),
};
