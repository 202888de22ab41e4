import { type ContourMultiPolygon, contours } from "d3-contour";
import { channels } from "./ui/theme.js";

/** A part of the plane. */
export interface Extent {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Samples of a map, whatever its size. */
const COLUMNS = 160;
const ROWS = 120;
const BANDS = 18;

/** A map that is being drawn up: it grows while `survey` runs. */
export interface ContourMap {
  /** The values at which lines are drawn. */
  readonly levels: number[];
  /** What lies above each level, from the lowest one. */
  readonly bands: ContourMultiPolygon[];
}

export const blankMap = (): ContourMap => ({ levels: [], bands: [] });

/**
 * Samples a function over an extent, top row first, chooses levels that part its values evenly, and traces the bands.
 * All of it takes several frames, so it stops after each row and each band for as long as one likes.
 */
export function* survey(map: ContourMap, f: (x: number, y: number) => number, { x, y }: Extent): Generator<void> {
  const { levels, bands } = map;
  const values = new Float64Array(ROWS * COLUMNS);
  for (let j = 0; j < ROWS; ++j) {
    const b = y[1] + ((y[0] - y[1]) * j) / (ROWS - 1);
    for (let i = 0; i < COLUMNS; ++i) values[j * COLUMNS + i] = f(x[0] + ((x[1] - x[0]) * i) / (COLUMNS - 1), b);
    yield;
  }
  const sorted = values.filter(Number.isFinite).sort();
  for (let k = 1; k < BANDS; ++k) {
    // Closer to each other towards the lowest values, where descents end.
    const level = sorted[Math.floor((k / BANDS) ** 1.6 * (sorted.length - 1))];
    if (level !== undefined && level > (levels.at(-1) ?? -Infinity)) levels.push(level);
  }
  yield;
  const tracer = contours().size([COLUMNS, ROWS]);
  for (const level of levels) {
    bands.push(tracer.contour(values as unknown as number[], level));
    yield;
  }
}

/** Fills bands from low to high, and draws their lines; from the first one on, else over what was painted before. */
export function paint(
  context: CanvasRenderingContext2D,
  { levels, bands }: ContourMap,
  { width, height }: { width: number; height: number },
  first = 0,
): void {
  const [low, mid, high] = [channels("map-low"), channels("map-mid"), channels("map-high")];
  const tint = (t: number) => {
    const [from, to, s] = t < 0.5 ? [low, mid, 2 * t] : [mid, high, 2 * t - 1];
    return `rgb(${from.map((channel, i) => Math.round(channel + ((to[i] as number) - channel) * s)).join(" ")})`;
  };
  if (first === 0) {
    context.fillStyle = tint(0);
    context.fillRect(0, 0, width, height);
  }
  const [r, g, b] = channels("map-line");
  context.strokeStyle = `rgb(${r} ${g} ${b})`;
  context.lineWidth = 0.75;
  // Values lie in the middles of d3's cells, and on the corners of this map.
  const px = (u: number) => ((u - 0.5) / (COLUMNS - 1)) * width;
  const py = (v: number) => ((v - 0.5) / (ROWS - 1)) * height;
  for (let k = first; k < bands.length; ++k) {
    context.beginPath();
    for (const polygon of (bands[k] as ContourMultiPolygon).coordinates) {
      for (const ring of polygon) {
        ring.forEach((point, i) => {
          const [u, v] = point as [number, number];
          if (i === 0) context.moveTo(px(u), py(v));
          else context.lineTo(px(u), py(v));
        });
        context.closePath();
      }
    }
    context.fillStyle = tint((k + 1) / levels.length);
    context.fill();
    context.globalAlpha = 0.5;
    context.stroke();
    context.globalAlpha = 1;
  }
}
