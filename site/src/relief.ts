// Pictures of a field of heights: each writes one RGBA pixel a cell.

/** Heights on a grid, row 0 the northernmost one. */
export interface Field {
  readonly heights: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/** Slopes, in height per ground; `scale` exaggerates the heights. */
export interface Slopes {
  readonly north: ArrayLike<number>;
  readonly east: ArrayLike<number>;
  readonly scale: number;
}

type Stop = readonly [number, number, number];

const hex = (colours: string): Stop[] =>
  colours.split(" ").map((c) => [0, 2, 4].map((i) => Number.parseInt(c.slice(i, i + 2), 16)) as unknown as Stop);

// From the valleys to the summits.
const HEIGHTS = hex("5f8f76 8fb080 c9cf9a e6d7a5 d3ad7c b08a6a efe9e2");
// Blue shadows, warm light.
const SHADES = hex("262d52 555c85 b9b8c6 f7f2ea fffbea");
// matplotlib's inferno and twilight, which all kinds of sight tell apart; the second ends as it begins.
const STEEPNESS = hex("000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4");
const COMPASS = hex("e2d9e2 b3c6ce 7ba1c2 6276ba 5e43a5 491564 2f1436 611f53 943c5c b6645f c79e8c d9cfca e2d9e2");

/** 256 colours of a scale, a channel after the other. */
function table(stops: readonly Stop[]): Uint8Array {
  const colours = new Uint8Array(3 * 256);
  for (let i = 0; i < 256; ++i) {
    const at = (i / 255) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(at));
    for (let c = 0; c < 3; ++c) {
      const [from, to] = [stops[k] as Stop, stops[k + 1] as Stop];
      colours[3 * i + c] = Math.round((from[c] as number) + ((to[c] as number) - (from[c] as number)) * (at - k));
    }
  }
  return colours;
}

const TABLES = { height: table(HEIGHTS), shade: table(SHADES), slope: table(STEEPNESS), aspect: table(COMPASS) };

const DEGREES = 180 / Math.PI;

/** The slope in degrees. */
export const slopeOf = (north: number, east: number): number => Math.atan(Math.hypot(north, east)) * DEGREES;

/** Where it faces, downhill: degrees from north over east; none where it is level. */
export const aspectOf = (north: number, east: number): number =>
  north === 0 && east === 0 ? Number.NaN : (Math.atan2(-east, -north) * DEGREES + 360) % 360;

export function range(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; ++i) {
    const value = values[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function put(pixels: Uint8ClampedArray, i: number, colours: Uint8Array, t: number): void {
  const k = 3 * Math.max(0, Math.min(255, Math.round(255 * t)));
  pixels[4 * i] = colours[k] as number;
  pixels[4 * i + 1] = colours[k + 1] as number;
  pixels[4 * i + 2] = colours[k + 2] as number;
  pixels[4 * i + 3] = 255;
}

export function paintHeights(pixels: Uint8ClampedArray, { heights }: Field): void {
  const [low, high] = range(heights);
  for (let i = 0; i < heights.length; ++i) {
    put(pixels, i, TABLES.height, ((heights[i] as number) - low) / (high - low || 1));
  }
}

/** The steepest colour is for `steepest` degrees and more. */
export function paintSlope(pixels: Uint8ClampedArray, { north, east, scale }: Slopes, steepest: number): void {
  for (let i = 0; i < north.length; ++i) {
    put(pixels, i, TABLES.slope, slopeOf(scale * (north[i] as number), scale * (east[i] as number)) / steepest);
  }
}

export function paintAspect(pixels: Uint8ClampedArray, { north, east }: Slopes): void {
  for (let i = 0; i < north.length; ++i) {
    const aspect = aspectOf(north[i] as number, east[i] as number);
    put(pixels, i, TABLES.aspect, Number.isNaN(aspect) ? 0 : aspect / 360);
  }
}

/** How much of the sun each cell gets, 0 to 1: the cosine between its normal and the sun. In degrees. */
export function shadeOf(north: number, east: number, azimuth: number, altitude: number): number {
  const [a, t] = [azimuth / DEGREES, altitude / DEGREES];
  const [x, y, z] = [Math.sin(a) * Math.cos(t), Math.cos(a) * Math.cos(t), Math.sin(t)];
  return Math.max(0, z - x * east - y * north) / Math.sqrt(1 + east * east + north * north);
}

/** A shaded relief; with `tinted`, the height is told by the tint. */
export function paintRelief(
  pixels: Uint8ClampedArray,
  { heights }: Field,
  { north, east, scale }: Slopes,
  sun: { azimuth: number; altitude: number },
  tinted: boolean,
): void {
  const [a, t] = [sun.azimuth / DEGREES, sun.altitude / DEGREES];
  const x = scale * Math.sin(a) * Math.cos(t);
  const y = scale * Math.cos(a) * Math.cos(t);
  const z = Math.sin(t);
  const [low, high] = range(heights);
  const perHeight = 255 / (high - low || 1);
  const square = scale * scale;
  const { shade, height } = TABLES;
  for (let i = 0; i < north.length; ++i) {
    const e = east[i] as number;
    const n = north[i] as number;
    const light = (z - x * e - y * n) / Math.sqrt(1 + square * (e * e + n * n));
    const s = 3 * Math.round(255 * Math.max(0, light));
    const h = 3 * Math.round(((heights[i] as number) - low) * perHeight);
    for (let c = 0; c < 3; ++c) {
      const ink = shade[s + c] as number;
      pixels[4 * i + c] = tinted ? (ink * (height[h + c] as number)) / 255 : ink;
    }
    pixels[4 * i + 3] = 255;
  }
}

/** Stops of a scale for a legend, as CSS has them. */
export function gradientOf(layer: "height" | "slope" | "aspect"): string {
  const stops = { height: HEIGHTS, slope: STEEPNESS, aspect: COMPASS }[layer];
  return `linear-gradient(90deg, ${stops.map((c) => `rgb(${c.join(" ")})`).join(", ")})`;
}
