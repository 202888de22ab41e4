import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, inject, type TestContext } from "vitest";

const PATIENCE = 40_000;

export interface Visit {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
  /** Whether races run to their end at once. */
  still?: boolean;
  /** Runs in the page before anything of it does. */
  before?: string;
}

let browser: Browser | undefined;
const visitors: Visitor[] = [];

/** Connects the tests of a file to Chromium. After each of them its pages are closed, and must not have complained. */
export function welcome(): void {
  beforeAll(async () => {
    const { endpoint } = inject("chromium");
    if (endpoint) browser = await puppeteer.connect({ browserWSEndpoint: endpoint, protocolTimeout: 120_000 });
  });
  afterEach(async () => {
    const complaints = visitors.flatMap((each) => each.complaints);
    await Promise.all(visitors.splice(0).map(({ page }) => page.browserContext().close()));
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser?.disconnect());
}

/** A visitor of a room, in a page of their own. */
export async function visit(place: string, { skip }: Pick<TestContext, "skip">, options: Visit = {}): Promise<Visitor> {
  if (browser === undefined) return skip(inject("chromium").missing) as never;
  const context = await browser.createBrowserContext();
  const visitor = new Visitor(await context.newPage());
  visitors.push(visitor);
  const { width = 1280, height = 900, theme = "light", still = true } = options;
  await visitor.page.setViewport({ width, height });
  await visitor.page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: theme },
    { name: "prefers-reduced-motion", value: still ? "reduce" : "no-preference" },
  ]);
  if (options.before) await visitor.page.evaluateOnNewDocument(options.before);
  await visitor.page.goto(`${inject("site")}#${place}`);
  await visitor.until("document.querySelector('main h1')");
  return visitor;
}

export class Visitor {
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // That tests read canvases is no fault of the page's.
      const complains = message.type() === "error" || message.type() === "warn";
      if (complains && !message.text().includes("willReadFrequently")) this.complaints.push(message.text());
    });
    page.on("requestfailed", (request) => this.complaints.push(`${request.url()} failed`));
  }

  /** Waits for a condition of the page, written in its JavaScript. */
  async until(condition: string): Promise<void> {
    try {
      await this.page.waitForFunction(condition, { timeout: PATIENCE, polling: 50 });
    } catch (error) {
      throw new Error(`In vain for ${condition}; ${this.complaints.join("; ")}`, { cause: error });
    }
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>;
  }

  text(selector: string): Promise<string> {
    return this.page.$eval(selector, (element) => element.textContent ?? "");
  }

  /** What has a label, as those who cannot see find it. */
  labelled(label: string) {
    return this.page.locator(`aria/${label}`);
  }

  /** Writes into a field in place of what is there. */
  async write(label: string, value: string): Promise<void> {
    const field = await this.labelled(label).waitHandle();
    await field.evaluate((input) => (input as HTMLInputElement).select());
    await this.page.keyboard.press("Backspace");
    await this.page.keyboard.type(value);
  }

  /** The colour of a canvas at a place in CSS pixels: [red, green, blue]. */
  pixel(selector: string, x: number, y: number): Promise<number[]> {
    return this.evaluate(`(() => {
      const canvas = document.querySelector(${JSON.stringify(selector)});
      const ratio = canvas.width / canvas.getBoundingClientRect().width;
      return [...canvas.getContext("2d").getImageData(Math.round(${x} * ratio), Math.round(${y} * ratio), 1, 1).data].slice(0, 3);
    })()`);
  }

  /** A colour of the style sheet. */
  async colour(name: string): Promise<number[]> {
    const found = await this.evaluate<string>(`(() => {
      const probe = document.createElement("i");
      document.body.append(probe);
      probe.style.color = "var(--${name})";
      const { color } = getComputedStyle(probe);
      probe.remove();
      return color;
    })()`);
    return (found.match(/\d+/g) as string[]).map(Number);
  }

  /** Runs the code that the room shows, with the package, and gives the lines it prints. */
  async runCode(before = "", after = ""): Promise<string[]> {
    const code = await this.text(".snippet code");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", `${before}\n${code}\n${after}`],
      { cwd: fileURLToPath(new URL("../../site", import.meta.url)) },
    );
    return stdout.trim().split("\n");
  }
}
