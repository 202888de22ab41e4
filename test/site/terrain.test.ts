import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import npy from "numpy-parser";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Visitor, visit, welcome } from "./visitor.js";

welcome();

const shown = "document.querySelector('article').dataset.state === 'shown'";
const value = (visitor: Visitor, name: string) => visitor.text(`[data-value=${name}]`);

const file = fileURLToPath(new URL("../../examples/data/jacksboro_fault_dem.npz", import.meta.url));
const elevation = npy.fromArrayBuffer(unzipSync(readFileSync(file))["elevation.npy"]?.slice().buffer as ArrayBuffer);
const [ROWS, COLUMNS] = elevation.shape as [number, number];
const [DY, DX] = [92.5, 74.8];
const at = (row: number, column: number) => elevation.data[row * COLUMNS + column] as number;

/** Rises to the north and to the east by central differences, inside. */
const north = (row: number, column: number) => (at(row - 1, column) - at(row + 1, column)) / (2 * DY);
const east = (row: number, column: number) => (at(row, column + 1) - at(row, column - 1)) / (2 * DX);

const short = (number: number) => String(Number(number.toPrecision(4))).replace(/-/g, "−");

/** Moves over the map by keys, from its middle. */
async function walk(visitor: Visitor, moves: Record<string, number>): Promise<void> {
  await visitor.page.focus(".relief");
  for (const [key, count] of Object.entries(moves)) {
    for (let k = 0; k < count; ++k) await visitor.page.keyboard.press(key as "ArrowUp");
  }
}

describe("Terrain", () => {
  test("values are the differences of the elevations", async (context) => {
    const visitor = await visit("terrain", context);
    await visitor.until(shown);
    await walk(visitor, { ArrowDown: 3, ArrowLeft: 2 });
    const [row, column] = [(ROWS >> 1) + 3, (COLUMNS >> 1) - 2];
    await visitor.until(`document.querySelector("[data-value=cell]").textContent === "${row}, ${column}"`);
    expect(await value(visitor, "height")).toBe(`${at(row, column)} m`);
    const [n, e] = [north(row, column), east(row, column)];
    expect(await value(visitor, "north")).toBe(short(n));
    expect(await value(visitor, "east")).toBe(short(e));
    const slope = (Math.atan(Math.hypot(n, e)) * 180) / Math.PI;
    const aspect = ((Math.atan2(-e, -n) * 180) / Math.PI + 360) % 360;
    expect(await value(visitor, "slope")).toBe(`${slope.toFixed(1)}°`);
    expect(await value(visitor, "aspect")).toMatch(new RegExp(`^${aspect.toFixed(0)}° `));
    expect(await visitor.text("article > [role=status]")).toContain(`slope ${slope.toFixed(1)} degrees`);
    expect(await visitor.text(".timing")).toMatch(/^gradient of 138,632 heights, both axes: (under )?[\d.]+ ms$/);

    // Its code, with the same elevations.
    const before = `import { readTerrain } from "../examples/terrain.mjs";
const heights = readTerrain(${JSON.stringify(file)}).elevation.data.slice();`;
    const after = `const i = ${row * COLUMNS + column}; console.log(n[i], e[i], shade[i]);`;
    const [printed] = await visitor.runCode(before, after);
    const [azimuth, altitude] = [(315 * Math.PI) / 180, (40 * Math.PI) / 180];
    const sun = [
      Math.sin(azimuth) * Math.cos(altitude),
      Math.cos(azimuth) * Math.cos(altitude),
      Math.sin(altitude),
    ] as const;
    const shade = Math.max(0, sun[2] - sun[0] * e - sun[1] * n) / Math.hypot(1, e, n);
    const numbers = (printed as string).split(" ").map(Number);
    for (const [k, expected] of [n, e, shade].entries()) expect(numbers[k]).toBeCloseTo(expected, 12);
  });

  test("the edge order counts at the edge, the spacing everywhere", async (context) => {
    const visitor = await visit("terrain", context);
    await visitor.until(shown);
    await visitor.page.keyboard.down("Shift");
    await walk(visitor, { ArrowUp: 18 });
    await visitor.page.keyboard.up("Shift");
    const column = COLUMNS >> 1;
    await visitor.until(`document.querySelector("[data-value=cell]").textContent === "0, ${column}"`);
    expect(await value(visitor, "north")).toBe(short((at(0, column) - at(1, column)) / DY));
    await visitor.evaluate(
      "[...document.querySelectorAll('fieldset')].find((each) => /Edge/.test(each.textContent)).querySelector('input[value=\"2\"]').click()",
    );
    const second = -(-1.5 * at(0, column) + 2 * at(1, column) - 0.5 * at(2, column)) / DY;
    await visitor.until(`document.querySelector("[data-value=north]").textContent === "${short(second)}"`);
    await visitor.write("Cell, north to south", "10");
    await visitor.until(`document.querySelector("[data-value=north]").textContent === "${short((second * DY) / 10)}"`);
    expect(visitor.page.url()).toContain("edge=2&dy=10");
  });

  test("the relief is shaded by the sun, wherever it is dragged", async (context) => {
    const visitor = await visit("terrain?tint=0", context);
    await visitor.until(shown);
    const correlation = async (azimuth: number, altitude: number) => {
      const brightness = await visitor.evaluate<number[]>(`(() => {
        const copy = document.createElement("canvas");
        [copy.width, copy.height] = [${COLUMNS}, ${ROWS}];
        const context = copy.getContext("2d", { willReadFrequently: true });
        context.imageSmoothingQuality = "high";
        context.drawImage(document.querySelector(".relief"), 0, 0, ${COLUMNS}, ${ROWS});
        const { data } = context.getImageData(0, 0, ${COLUMNS}, ${ROWS});
        return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 1]);
      })()`);
      const [a, t] = [(azimuth * Math.PI) / 180, (altitude * Math.PI) / 180];
      const pairs: [number, number][] = [];
      for (let row = 1; row < ROWS - 1; ++row) {
        for (let column = 1; column < COLUMNS - 1; ++column) {
          const [n, e] = [north(row, column), east(row, column)];
          const light = Math.sin(t) - Math.cos(t) * (Math.sin(a) * e + Math.cos(a) * n);
          pairs.push([Math.max(0, light) / Math.hypot(1, n, e), brightness[row * COLUMNS + column] as number]);
        }
      }
      const mean = (k: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[k], 0) / pairs.length;
      const [x, y] = [mean(0), mean(1)];
      const product = (i: 0 | 1, j: 0 | 1) =>
        pairs.reduce((sum, p) => sum + (p[i] - [x, y][i]!) * (p[j] - [x, y][j]!), 0);
      return product(0, 1) / Math.sqrt(product(0, 0) * product(1, 1));
    };
    expect(await correlation(315, 40)).toBeGreaterThan(0.9);
    // From the north-west to the east, half way up.
    const box = (await (await visitor.page.$(".dial"))?.boundingBox()) as Record<
      "x" | "y" | "width" | "height",
      number
    >;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await visitor.page.mouse.move(x - 20, y - 20);
    await visitor.page.mouse.down();
    await visitor.page.mouse.move(x, y - 20, { steps: 3 });
    await visitor.page.mouse.move(x + (25 / 120) * box.width, y, { steps: 3 });
    await visitor.page.mouse.up();
    await visitor.until("/azimuth=90&altitude=45/.test(location.hash)");
    await visitor.until("/sun from east, 45/.test(document.querySelector('.relief').ariaLabel)");
    expect(await correlation(90, 45)).toBeGreaterThan(0.9);
    expect(await correlation(270, 45)).toBeLessThan(0);
  });

  test("layers and arrows are drawn", async (context) => {
    const visitor = await visit("terrain?layer=height", context);
    await visitor.until(shown);
    const picture = () => visitor.evaluate<string>("document.querySelector('.relief').toDataURL()");
    const pictures = [await picture()];
    for (const layer of ["Slope", "Aspect", "Relief"]) {
      await visitor.evaluate(`document.querySelector("input[value=${layer.toLowerCase()}]").click()`);
      await visitor.until(`/${layer.toLowerCase()}/i.test(document.querySelector(".relief").ariaLabel)`);
      pictures.push(await picture());
    }
    await visitor.labelled("Gradient as arrows, uphill").click();
    await visitor.until(`document.querySelector('.relief').toDataURL() !== ${JSON.stringify(pictures.at(-1))}`);
    expect(new Set(pictures).size).toBe(4);
  });

  describe("an image of one's own", () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), "steepest-images-"));
      // 10 brighter from column to column, 4 darker from row to row.
      const png = new PNG({ width: 20, height: 12 });
      for (let i = 0; i < 240; ++i)
        png.data.set([...Array(3).fill(50 + 10 * (i % 20) - 4 * Math.floor(i / 20)), 255], 4 * i);
      writeFileSync(join(directory, "ramp.png"), PNG.sync.write(png));
      writeFileSync(join(directory, "text.png"), "no image");
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test("its luminance is the height; what is no image is refused", async (context) => {
      const visitor = await visit("terrain", context);
      await visitor.until(shown);
      const input = (await visitor.page.$("input[type=file]")) as unknown as {
        uploadFile(path: string): Promise<void>;
      };
      await input.uploadFile(join(directory, "text.png"));
      await visitor.until("/“text.png” is no image/.test(document.body.textContent)");
      await input.uploadFile(join(directory, "ramp.png"));
      await visitor.until("/20 columns/.test(document.querySelector('.relief').ariaLabel)");
      await walk(visitor, { ArrowRight: 1 });
      await visitor.until("document.querySelector('[data-value=cell]').textContent === '6, 11'");
      expect(await value(visitor, "height")).toBe(String(50 + 110 - 24));
      expect(await value(visitor, "east")).toBe("10");
      expect(await value(visitor, "north")).toBe("4");
      expect(await value(visitor, "aspect")).toBe("248° west");
      await visitor.labelled("Back to the terrain").click();
      await visitor.until("/403 columns/.test(document.querySelector('.relief').ariaLabel)");
    });

    test("it may be dropped", async (context) => {
      const visitor = await visit("terrain", context);
      await visitor.until(shown);
      const bytes = readFileSync(join(directory, "ramp.png")).toString("base64");
      const refused = await visitor.evaluate<boolean[]>(`(() => {
        const dataTransfer = new DataTransfer();
        const bytes = Uint8Array.from(atob("${bytes}"), (each) => each.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], "ramp.png", { type: "image/png" }));
        const begin = { dataTransfer, bubbles: true, cancelable: true };
        // What the page does not take, the browser would leave it for.
        return ["dragover", "drop"].map((name) => document.querySelector(".relief").dispatchEvent(new DragEvent(name, begin)));
      })()`);
      expect(refused).toEqual([false, false]);
      await visitor.until("/12 rows, 20 columns/.test(document.querySelector('.relief').ariaLabel)");
      expect(await visitor.evaluate("document.querySelector('.terrain').classList.contains('over')")).toBe(false);
    });
  });
});
