import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { fitPasture, learnDigits, measureTerrain, walkDownhill } from "examples/acts.mjs";
import { unpack } from "examples/demo-data.mjs";
import { SIDE, split } from "examples/digits.mjs";
import { shadedRelief } from "examples/relief.mjs";
import { latitudeOfRow, metresPerDegree } from "examples/terrain.mjs";
import type { Option, parse } from "./arguments.js";
import { aboutFile, UsageError } from "./errors.js";
import { picture, png } from "./png.js";

export const OPTIONS: Record<string, Option> = {
  output: { short: "o", takes: "one" },
  help: { short: "h", takes: "nothing" },
};

/** `steepest demo`: `npm start` of the repository, on the part of its data that fits the package. */
export async function demoCommand({ positionals, values }: ReturnType<typeof parse>): Promise<void> {
  const directory = values["output"]?.[0] ?? "steepest-demo";
  if (positionals.length > 0) throw new UsageError(`demo reads no file; got ${JSON.stringify(positionals[0])}.`);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw aboutFile(directory, error);
  }
  const save = (name: string, bytes: Uint8Array) => {
    const path = join(directory, name);
    try {
      writeFileSync(path, bytes);
    } catch (error) {
      throw aboutFile(path, error);
    }
    console.log(`  wrote ${path}`);
  };

  const began = performance.now();
  const packed = brotliDecompressSync(readFileSync(new URL("./demo.json.br", import.meta.url)));
  const { terrain, observations, digits } = unpack(packed.toString());
  drawTerrain(terrain, save);
  drawLosses(fitPasture(observations).losses);
  walkDownhill();
  await drawReadings(digits, save);
  console.log(`\nAll done in ${((performance.now() - began) / 1000).toFixed(1)} s. The data:
  every fourth row and column of an elevation model of the US Geological Survey, public domain
  D. A. Ratkowsky's pasture, Rat42 of NIST's Statistical Reference Datasets, public domain
  640 of 1797 digits by E. Alpaydin and C. Kaynak, doi:10.24432/C50P49, CC BY 4.0`);
}

type Save = (name: string, bytes: Uint8Array) => void;

const WIDTH = 640;

/** Shaded relief, and the slope in viridis; as wide and high as on the ground. */
function drawTerrain(terrain: Terrain, save: Save): void {
  const { rise, slopes } = measureTerrain(terrain);
  const { rows, columns, cellWidth, cellHeight } = terrain;
  const degree = metresPerDegree(latitudeOfRow(terrain, rows / 2));
  const height = Math.round((WIDTH * rows * cellHeight * degree.latitude) / (columns * cellWidth * degree.longitude));
  const enlarged = (values: ArrayLike<number>, channels: number) => enlarge(values, rows, columns, channels, height);

  const vectors = { towardsEast: rise.towardsEast.data, towardsNorth: rise.towardsNorth.data };
  const relief = shadedRelief(
    vectors as Record<keyof typeof vectors, Float64Array>,
    terrain.elevation.data as Int16Array,
  );
  save("relief.png", picture(enlarged(relief, 3), height, WIDTH));
  save("slope.png", png(enlarged(slopes, 1), height, WIDTH, [0, 25], "slope, 0° to 25°"));
}

/** A raster of rows x columns as one of height x WIDTH, linear between the centres of its cells. */
function enlarge(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  channels: number,
  height: number,
): Float64Array {
  const along = (pixel: number, pixels: number, cells: number): [cell: number, part: number] => {
    const place = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5));
    const cell = Math.min(Math.floor(place), cells - 2);
    return [cell, place - cell];
  };
  const pixels = new Float64Array(height * WIDTH * channels);
  for (let y = 0, at = 0; y < height; ++y) {
    const [row, down] = along(y, height, rows);
    for (let x = 0; x < WIDTH; ++x) {
      const [column, across] = along(x, WIDTH, columns);
      for (let c = 0; c < channels; ++c, ++at) {
        const corner = (i: number, j: number) => values[((row + i) * columns + column + j) * channels + c]!;
        const above = corner(0, 0) + across * (corner(0, 1) - corner(0, 0));
        const below = corner(1, 0) + across * (corner(1, 1) - corner(1, 0));
        pixels[at] = above + down * (below - above);
      }
    }
  }
  return pixels;
}

/** The loss against the step, as text; both scales are logarithmic, for most of the descent is in the first steps. */
function drawLosses(losses: readonly number[]): void {
  const [lines, width] = [6, 64];
  const logs = Array.from({ length: width }, (_, k) =>
    Math.log10(losses[Math.round(losses.length ** (k / (width - 1))) - 1]!),
  );
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  for (let line = lines; line >= 0; --line) {
    const level = low + ((high - low) * line) / lines;
    const points = logs.map((log) => (Math.round(((log - low) / (high - low)) * lines) === line ? "*" : " "));
    console.log(`  ${(10 ** level).toExponential(1)} |${points.join("").trimEnd()}`);
  }
  console.log(`     step 1${`${losses.length}`.padStart(width - 1)}`);
}

const [ZOOM, GAP, ACROSS, HELD_OUT] = [4, 6, 20, 160];

/** The digits that were held out, in ink; what was read as another is red. */
async function drawReadings(digits: Digits, save: Save): Promise<void> {
  const parts = split(digits, HELD_OUT);
  const { misread } = await learnDigits(parts);
  const wrong = new Set(misread.map(({ index }) => index));
  const cell = SIDE * ZOOM + GAP;
  const [height, width] = [Math.ceil(HELD_OUT / ACROSS) * cell + GAP, ACROSS * cell + GAP];
  const pixels = new Uint8Array(3 * height * width).fill(255);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const [row, column] = [Math.floor((y - GAP) / cell), Math.floor((x - GAP) / cell)];
      const [i, j] = [Math.floor((y - GAP - row * cell) / ZOOM), Math.floor((x - GAP - column * cell) / ZOOM)];
      if (row < 0 || column < 0 || i >= SIDE || j >= SIDE) continue;
      const k = row * ACROSS + column;
      const ink = parts.heldOut.inputs[k]![i * SIDE + j]!;
      const [paper, colour] = wrong.has(k)
        ? [
            [255, 222, 216],
            [176, 16, 16],
          ]
        : [
            [246, 246, 242],
            [24, 28, 48],
          ];
      pixels.set(
        paper!.map((p, c) => Math.round(p + ink * (colour![c]! - p))),
        3 * (y * width + x),
      );
    }
  }
  save("digits.png", picture(pixels, height, width));
}
