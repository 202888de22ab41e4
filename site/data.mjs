// The data of the rooms, as small binaries that a page reads with DecompressionStream.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "fflate";
import { readDigits, split } from "../examples/digits.mjs";
import { latitudeOfRow, metresPerDegree, readTerrain } from "../examples/terrain.mjs";

const DATA = join(import.meta.dirname, "../examples/data");

/** Writes what the rooms import. */
export function writeData(directory) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "terrain.bin"), packed(terrain()));
  writeFileSync(join(directory, "digits.bin"), packed(digits()));
}

/** No name and no date in the header, so that the same data have the same bytes. */
const packed = (bytes) => gzipSync(bytes, { level: 9, mtime: 0 });

/**
 * Eight float64: rows and columns; west and north, the width and the height of a cell, in degrees; the same width (in
 * the middle latitude) and height in metres. Then the elevations in metres as int16, each but the first of a row less
 * the one before it, which packs better.
 */
function terrain() {
  const map = readTerrain(join(DATA, "jacksboro_fault_dem.npz"));
  const { elevation, rows, columns, west, north, cellWidth, cellHeight } = map;
  const metres = metresPerDegree(latitudeOfRow(map, (rows - 1) / 2));
  const [width, height] = [metres.longitude * cellWidth, metres.latitude * cellHeight].map((m) => +m.toFixed(1));
  const head = Float64Array.of(rows, columns, west, north, cellWidth, cellHeight, width, height);
  const { data } = elevation;
  const differences = Int16Array.from(data, (metre, i) => (i % columns === 0 ? metre : metre - data[i - 1]));
  const bytes = new Uint8Array(head.byteLength + differences.byteLength);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(new Uint8Array(differences.buffer), head.byteLength);
  return bytes;
}

/**
 * 65 bytes a digit: its 64 pixels of 0 to 16, row by row, and what it is. Those to train with come first, then those held
 * out, divided as in examples/digits.mjs.
 */
function digits() {
  const { training, heldOut } = split(readDigits(join(DATA, "digits.csv.gz")));
  const bytes = ({ inputs, targets }) => inputs.flatMap((row, i) => [...row.map((pixel) => 16 * pixel), targets[i]]);
  return Uint8Array.from([...bytes(training), ...bytes(heldOut)]);
}
