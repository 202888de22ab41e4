import { contours } from "d3-contour";
import { channels } from "./ui/theme.js";

/** A part of the plane. */
export interface Extent {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Samples between the lines that a map has at most. */
const CELLS = 160;
const BANDS = 18;

export interface Samples {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float64Array;
  /** The values at which lines are drawn. */
  readonly levels: readonly number[];
}

/** Samples a function over an extent, top row first, and chooses levels that part its values evenly. */
export function sample(f: (x: number, y: number) => number, { x, y }: Extent, aspect: number): Samples {
  const columns = CELLS;
  const rows = Math.max(24, Math.min(2 * CELLS, Math.round(CELLS / aspect)));
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < rows; ++j) {
    const b = y[1] + ((y[0] - y[1]) * j) / (rows - 1);
    for (let i = 0; i < columns; ++i) values[j * columns + i] = f(x[0] + ((x[1] - x[0]) * i) / (columns - 1), b);
  }
  const sorted = values.filter(Number.isFinite).sort();
  const levels: number[] = [];
  for (let k = 1; k < BANDS; ++k) {
    // Closer to each other towards the lowest values, where descents end.
    const level = sorted[Math.floor((k / BANDS) ** 1.6 * (sorted.length - 1))];
    if (level !== undefined && level > (levels.at(-1) ?? -Infinity)) levels.push(level);
  }
  return { columns, rows, values, levels };
}

/** Fills the bands between levels from low to high, and draws the lines. */
export function paint(context: CanvasRenderingContext2D, samples: Samples, width: number, height: number): void {
  const { columns, rows, values, levels } = samples;
  const [low, mid, high] = [channels("map-low"), channels("map-mid"), channels("map-high")];
  const tint = (t: number) => {
    const [from, to, s] = t < 0.5 ? [low, mid, 2 * t] : [mid, high, 2 * t - 1];
    return `rgb(${from.map((channel, i) => Math.round(channel + ((to[i] as number) - channel) * s)).join(" ")})`;
  };
  context.fillStyle = tint(0);
  context.fillRect(0, 0, width, height);
  const [r, g, b] = channels("map-line");
  context.strokeStyle = `rgb(${r} ${g} ${b})`;
  context.lineWidth = 0.75;
  const bands = contours()
    .size([columns, rows])
    .thresholds([...levels])(values as unknown as number[]);
  // Values lie in the middles of d3's cells, and on the corners of this map.
  const px = (u: number) => ((u - 0.5) / (columns - 1)) * width;
  const py = (v: number) => ((v - 0.5) / (rows - 1)) * height;
  bands.forEach(({ coordinates }, k) => {
    context.beginPath();
    for (const polygon of coordinates) {
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
  });
}
