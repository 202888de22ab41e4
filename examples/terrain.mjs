// A terrain on a grid of degrees, and its gradient in metres of height per metre of ground.

import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import npy from "numpy-parser";
import { array, gradient } from "steepest";

/** Reads the .npz: elevations in metres, row by row from north to south, and where on Earth they lie, in degrees. */
export function readTerrain(path) {
  const files = unzipSync(readFileSync(path));
  const read = (name) => npy.fromArrayBuffer(files[`${name}.npy`].slice().buffer);
  const number = (name) => read(name).data[0];

  const { data, shape } = read("elevation");
  const [rows, columns] = shape;
  const [cellWidth, cellHeight] = [number("dx"), number("dy")];
  const [west, north] = [number("xmin"), number("ymax")]; // not ymin: see data/README.md
  const [east, south] = [west + columns * cellWidth, north - rows * cellHeight];
  return { elevation: array(data, { shape }), rows, columns, cellWidth, cellHeight, west, east, south, north };
}

/**
 * The length of one degree, in metres, on the WGS 84 ellipsoid: along the meridian (latitude) and along the parallel
 * (longitude), which shrinks towards the poles.
 *
 * Source: NIMA TR8350.2, Department of Defense World Geodetic System 1984, radii of curvature M and N.
 */
export function metresPerDegree(latitude) {
  const a = 6378137; // the radius at the equator
  const flattening = 1 / 298.257223563;
  const e2 = flattening * (2 - flattening); // the eccentricity, squared
  const phi = (latitude * Math.PI) / 180;
  const w2 = 1 - e2 * Math.sin(phi) ** 2;
  const M = (a * (1 - e2)) / w2 ** 1.5;
  const N = a / Math.sqrt(w2);
  return { latitude: (M * Math.PI) / 180, longitude: (N * Math.cos(phi) * Math.PI) / 180 };
}

/** The latitude of the centres of the cells of a row. */
export function latitudeOfRow({ north, cellHeight }, row) {
  return north - (row + 0.5) * cellHeight;
}

/** How steeply the terrain rises towards the east and towards the north: two NDArrays, in metres per metre. */
export function terrainGradient(terrain) {
  const { elevation, rows, columns, cellWidth, cellHeight } = terrain;

  // North-south: a coordinate in metres for every row. It decreases, because row 0 is the northernmost one.
  const northing = new Float64Array(rows);
  for (let row = 1; row < rows; row++) {
    const between = latitudeOfRow(terrain, row - 0.5);
    northing[row] = northing[row - 1] - metresPerDegree(between).latitude * cellHeight;
  }

  // East-west: a cell is narrower in the north than in the south, so gradient counts in cells (spacing 1), and each row
  // is then divided by the width of its cells.
  const [towardsNorth, towardsEast] = gradient(elevation, northing, 1);
  const data = towardsEast.data;
  for (let row = 0; row < rows; row++) {
    const width = metresPerDegree(latitudeOfRow(terrain, row)).longitude * cellWidth;
    for (let i = row * columns; i < (row + 1) * columns; i++) data[i] /= width;
  }
  return { towardsEast, towardsNorth };
}

/** The slope in degrees, from 0 (level) to 90 (a wall). */
export function slopeInDegrees({ towardsEast, towardsNorth }) {
  const north = towardsNorth.data;
  return towardsEast.data.map((east, i) => (Math.atan(Math.hypot(east, north[i])) * 180) / Math.PI);
}

/** The highest cell: its elevation, and where it is. */
export function summit(terrain) {
  const heights = terrain.elevation.data;
  const metres = heights.reduce((highest, height) => Math.max(highest, height));
  const cell = heights.indexOf(metres);
  const [row, column] = [Math.floor(cell / terrain.columns), cell % terrain.columns];
  const longitude = terrain.west + (column + 0.5) * terrain.cellWidth;
  return { metres, row, column, longitude, latitude: latitudeOfRow(terrain, row) };
}
