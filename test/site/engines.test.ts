import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { firefox, launchFirefox, launchWebKit, webkit } from "../runtime/browsers.js";
import type { WebDriver } from "../runtime/webdriver.js";

/** Each room, and what it comes to: the same in every engine. */
const ROOMS = [
  [
    "descent?on=adam,lbfgs&steps=60&speed=600&gradient=analytic",
    "document.querySelector('.map')?.dataset.state === 'ended' && document.querySelector('tr[data-optimizer=adam] .figures').textContent",
    /^3\.\d+$/,
  ],
  [
    "terrain",
    "document.querySelector('article')?.dataset.state === 'shown' && document.querySelector('.timing').textContent",
    /138,632 heights/,
  ],
  [
    "digits?slow=0&epochs=4",
    "document.querySelector('article')?.dataset.state === 'ended' && document.querySelector('.status').textContent",
    /^Trained after 4 epochs, 9[\d.]+ % .* 180 steps of 2,410 parameters/,
  ],
  ["step-size", "document.querySelector('[data-error=forward]')?.textContent", /^1\.35e−8$/],
] as const;

describe(firefox.name, () => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (firefox.missing === undefined) browser = await launchFirefox();
  });
  afterAll(() => browser?.close());

  test.for(ROOMS)("%s", async ([place, result, expected], { skip }) => {
    if (browser === undefined) return skip(firefox.missing);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${inject("site")}#${place}`);
    const found = await (await page.waitForFunction(result, { timeout: 60_000 })).jsonValue();
    expect(found).toMatch(expected);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe(webkit.name, () => {
  let browser: WebDriver | undefined;
  beforeAll(async () => {
    if (webkit.missing === undefined) browser = await launchWebKit();
  });
  afterAll(() => browser?.close());

  test.for(ROOMS)("%s", async ([place, result, expected], { skip }) => {
    if (browser === undefined) return skip(webkit.missing);
    await browser.open("about:blank"); // else only the hash changes
    await browser.open(`${inject("site")}#${place}`);
    expect(await browser.until(`return ${result}`)).toMatch(expected);
  });
});
