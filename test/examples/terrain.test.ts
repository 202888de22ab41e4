import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { metresPerDegree, readTerrain, slopeInDegrees, summit, terrainGradient } from "../../examples/terrain.mjs";

const terrain = readTerrain(fileURLToPath(new URL("../../examples/data/jacksboro_fault_dem.npz", import.meta.url)));
const at = (row: number, column: number) => row * terrain.columns + column;

// Published lengths on WGS 84, to the metre.
test.each([
  [0, 110574, 111320],
  [30, 110852, 96486],
  [60, 111412, 55800],
])("a degree at latitude %d", (latitude, north, east) => {
  const degree = metresPerDegree(latitude);
  expect(Math.abs(degree.latitude - north)).toBeLessThan(1);
  expect(Math.abs(degree.longitude - east)).toBeLessThan(1);
});

test("the highest cell is where Cross Mountain is, 36°11'54\" N 84°13'50\" W", () => {
  const { metres, latitude, longitude } = summit(terrain);
  expect(metres).toBe(1076);
  expect(latitude).toBeCloseTo(36 + 11 / 60 + 54 / 3600, 3);
  expect(longitude).toBeCloseTo(-(84 + 13 / 60 + 50 / 3600), 3);
});

test.each([
  [1, 1],
  [100, 50],
  [290, 340],
  [342, 401],
])("the slope of row %d, column %d, by hand", (row, column) => {
  type Slope = { data: ArrayLike<number> };
  const rise: { towardsEast: Slope; towardsNorth: Slope } = terrainGradient(terrain) as never;
  const z = terrain.elevation.data as Float32Array;
  // On a sphere of the Earth's mean radius, which is right to 0.3 %.
  const metres = (6371009 * Math.PI) / 180 / 1200;
  const narrower = Math.cos(((36.44625 - (row + 0.5) / 1200) * Math.PI) / 180);
  const east = (z[at(row, column + 1)] - z[at(row, column - 1)]) / (2 * metres * narrower);
  const north = (z[at(row - 1, column)] - z[at(row + 1, column)]) / (2 * metres);
  const slope = (Math.atan(Math.hypot(east, north)) * 180) / Math.PI;
  expect(slope).toBeGreaterThan(1);
  expect(rise.towardsEast.data[at(row, column)] / east).toBeCloseTo(1, 2);
  expect(rise.towardsNorth.data[at(row, column)] / north).toBeCloseTo(1, 2);
  expect(slopeInDegrees(rise)[at(row, column)] / slope).toBeCloseTo(1, 2);
});
