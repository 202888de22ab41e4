/** What `npx steepest demo` carries is part of the data, unchanged. */
import { expect, test } from "vitest";
import { pack, unpack } from "../../examples/demo-data.mjs";
import { readDigits } from "../../examples/digits.mjs";
import { readPasture } from "../../examples/pasture.mjs";
import { latitudeOfRow, readTerrain } from "../../examples/terrain.mjs";

const inData = (name: string) => new URL(`../../examples/data/${name}`, import.meta.url).pathname;
const { terrain, observations, digits } = unpack(pack());

test("every fourth elevation, where it lies", () => {
  const whole = readTerrain(inData("jacksboro_fault_dem.npz"));
  expect([terrain.rows, terrain.columns]).toEqual([86, 101]);
  for (let row = 0; row < terrain.rows; ++row) {
    expect(latitudeOfRow(terrain, row)).toBeCloseTo(latitudeOfRow(whole, 4 * row), 10);
    for (let column = 0; column < terrain.columns; ++column)
      expect(terrain.elevation.get(row, column)).toBe(whole.elevation.get(4 * row, 4 * column));
  }
});

test("640 digits, all of them different rows of the file, and the pasture", () => {
  const whole = readDigits(inData("digits.csv.gz"));
  const left = whole.inputs.map((row: number[], i: number) => `${row} ${whole.targets[i]}`);
  digits.inputs.forEach((row: number[], k: number) => {
    const at = left.indexOf(`${row} ${digits.targets[k]}`);
    expect(at).toBeGreaterThanOrEqual(0);
    left.splice(at, 1);
  });
  expect(left).toHaveLength(1797 - 640);
  expect(observations).toEqual(readPasture(inData("pasture.csv")));
});
