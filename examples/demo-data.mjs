// The data that the package carries for `npx steepest demo`: a text, which the build makes and compresses.

import { readFileSync } from "node:fs";
import { array } from "steepest";
import { PIXELS, readDigits } from "./digits.mjs";
import { parsePasture } from "./pasture.mjs";
import { readTerrain } from "./terrain.mjs";

/** Of the terrain every fourth row and column, of 1797 digits 640: what leaves the package small. */
const STRIDE = 4;
const DIGITS = 640;

const inData = (name) => new URL(`data/${name}`, import.meta.url);

/**
 * The data as a text that compresses well: of the terrain how much each elevation differs from the plane through its
 * three neighbours before it, one character each; of the digits, sorted by what they show, pixel by pixel.
 */
export function pack() {
  const whole = readTerrain(inData("jacksboro_fault_dem.npz"));
  const [rows, columns] = [whole.rows, whole.columns].map((count) => Math.ceil(count / STRIDE));
  const [cellHeight, cellWidth] = [whole.cellHeight * STRIDE, whole.cellWidth * STRIDE];
  // The first cell keeps its centre, and is larger.
  const north = whole.north + (cellHeight - whole.cellHeight) / 2;
  const heights = Int16Array.from({ length: rows * columns }, (_, i) =>
    whole.elevation.get(STRIDE * Math.floor(i / columns), STRIDE * (i % columns)),
  );
  const differences = String.fromCharCode(...heights.map((h, i) => zigzag(h - plane(heights, i, columns))));

  const { inputs, targets } = readDigits(inData("digits.csv.gz"));
  const chosen = Array.from({ length: DIGITS }, (_, k) => Math.floor((k * inputs.length) / DIGITS));
  chosen.sort((i, j) => targets[i] - targets[j]);
  const pixels = Array.from(inputs[0], (_, p) => chosen.map((i) => PIXELS[inputs[i][p] * 16]).join(""));
  return JSON.stringify({
    terrain: { rows, columns, cellWidth, cellHeight, north, differences },
    pasture: readFileSync(inData("pasture.csv"), "utf8"),
    digits: { shows: chosen.map((i) => targets[i]).join(""), pixels },
  });
}

/** The data, each as its act takes it. */
export function unpack(text) {
  const { terrain, pasture, digits } = JSON.parse(text);
  const { rows, columns, differences } = terrain;
  const heights = new Int16Array(rows * columns);
  for (let i = 0; i < heights.length; i++)
    heights[i] = unzigzag(differences.charCodeAt(i)) + plane(heights, i, columns);
  const targets = Array.from(digits.shows, Number);
  const inputs = targets.map((_, k) => digits.pixels.map((column) => PIXELS.indexOf(column[k]) / 16));
  return {
    terrain: { ...terrain, elevation: array(heights, { shape: [rows, columns] }) },
    observations: parsePasture(pasture),
    digits: { inputs, targets },
  };
}

/** Above, plus left, minus above left; beyond the edges lies nothing. */
function plane(heights, i, columns) {
  const above = heights[i - columns] ?? 0;
  return i % columns === 0 ? above : above + heights[i - 1] - (heights[i - columns - 1] ?? 0);
}

/** 0, -1, 1, -2, ... as characters that can be seen. */
const FIRST = 35;
const zigzag = (d) => FIRST + (d < 0 ? -2 * d - 1 : 2 * d);
const unzigzag = (code) => ((code - FIRST) % 2 === 0 ? (code - FIRST) / 2 : -(code - FIRST + 1) / 2);
