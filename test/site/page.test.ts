import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { visit, welcome } from "./visitor.js";

welcome();

const ROOMS = [
  ["descent", "Descent", "/racing|ended/.test(document.querySelector('.map')?.dataset.state)"],
  ["terrain", "Terrain", "document.querySelector('article').dataset.state === 'shown'"],
  ["digits?slow=0&epochs=3", "Digits", "document.querySelector('article').dataset.state === 'ended'"],
  ["step-size", "Step size", "document.querySelector('article').dataset.state === 'shown'"],
] as const;

describe.for(ROOMS)("%s", ([place, title, ready]) => {
  test.for([
    ["light", 1440],
    ["dark", 360],
  ] as const)("is accessible and fits: %s, %i pixels wide", async ([theme, width], context) => {
    const visitor = await visit(place, context, { theme, width });
    await visitor.until(ready);
    expect(await visitor.page.title()).toBe(`${title} · steepest`);
    expect(await visitor.text("nav [aria-current=page]")).toBe(title);
    expect(await visitor.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(await visitor.evaluate("getComputedStyle(document.documentElement).colorScheme")).toBe("light dark");
    await visitor.page.evaluate(axe.source);
    const { violations } = await visitor.evaluate<axe.AxeResults>("axe.run()");
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
    );
    expect(found).toEqual([]);
  });
});

describe("the page", () => {
  test("rooms are loaded when they are entered, and focus goes there", async (context) => {
    const visitor = await visit("step-size", context);
    const loaded: string[] = [];
    visitor.page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    const names = () => loaded.map((path) => path.replace(/^.*\/(.*)-[\w-]{8}\.(\w+)$/, "$1.$2"));
    await visitor.labelled("Terrain").click();
    await visitor.until(
      "document.querySelector('article')?.dataset.state === 'shown' && document.querySelector('h1').textContent === 'Terrain'",
    );
    expect(names()).toContain("terrain.js");
    for (const other of ["descent.js", "digits.js", "formula.js", "digits-worker.js"])
      expect(names()).not.toContain(other);
    expect(await visitor.evaluate("document.activeElement.textContent")).toBe("Terrain");
    await visitor.page.goBack();
    await visitor.until("document.querySelector('h1').textContent === 'Step size'");
  });

  test("the switch changes colours, and is remembered", async (context) => {
    const visitor = await visit("step-size", context, { theme: "light" });
    const page = () => visitor.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await page();
    await visitor.labelled("Switch to dark colours").click();
    await visitor.until(`getComputedStyle(document.body).backgroundColor !== "${light}"`);
    const dark = await page();
    // When the document is read, and before the page's own code runs.
    await visitor.page.evaluateOnNewDocument(
      "document.addEventListener('readystatechange', () => { window.first ??= document.documentElement.dataset.theme; })",
    );
    await visitor.page.reload();
    await visitor.until("document.querySelector('main h1')");
    expect(await page()).toBe(dark);
    expect(await visitor.evaluate("first")).toBe("dark");
    expect(await visitor.evaluate("document.querySelector('meta[name=theme-color]').content")).toBe(dark);
    await visitor.labelled("Switch to light colours").click();
    await visitor.until(`getComputedStyle(document.body).backgroundColor === "${light}"`);
  });

  test.for([
    ["descent?steps=1", ".map", "document.querySelector('.map').dataset.state === 'ended'"],
    ["terrain", ".relief", "document.querySelector('article').dataset.state === 'shown'"],
  ] as const)("a map is never blank when the window changes: %s", async ([place, map, ready], context) => {
    const visitor = await visit(place, context);
    await visitor.until(ready);
    // This observer comes after the page's, and before the frame is painted.
    const opacity = await visitor.evaluate(`new Promise((done) => {
      const map = document.querySelector("${map}");
      const whole = map.clientWidth;
      new ResizeObserver(() => {
        if (map.clientWidth === whole) map.parentElement.style.width = "80%";
        else done(map.getContext("2d").getImageData(map.width >> 1, map.height >> 1, 1, 1).data[3]);
      }).observe(map);
    })`);
    expect(opacity).toBe(255);
  });

  test("everything is reached by tab, and the code is copied", async (context) => {
    const visitor = await visit("step-size", context);
    await visitor.until("document.querySelector('article').dataset.state === 'shown'");
    const reached: string[] = [];
    for (let k = 0; k < 14; ++k) {
      await visitor.page.keyboard.press("Tab");
      reached.push(
        await visitor.evaluate<string>(
          "document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent",
        ),
      );
    }
    const controls = [
      "Skip to the room",
      "Descent",
      "Terrain",
      "Digits",
      "Step size",
      "Reference",
      "Function",
      "at x =",
      "Look at the step h",
      "Copy",
    ];
    expect(reached.filter((each) => controls.includes(each))).toEqual(controls);
    await visitor.labelled("Copy").click();
    await visitor.until("/Copied|Selected/.test(document.querySelector('.copy').textContent)");
  });

  test("an unknown room or setting is the first room, as it begins", async (context) => {
    const visitor = await visit("nowhere?loss=none&steps=-3", context);
    expect(await visitor.page.title()).toBe("Descent · steepest");
    await visitor.until("document.querySelector('.map').dataset.state === 'ended'");
  });
});
