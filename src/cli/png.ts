import { crc32, deflateSync } from "node:zlib";

/** Viridis by powers of t from 0 to 1, red, green and blue: the fit by M. Zucker (CC0) to van der Walt and Smith's table. */
const VIRIDIS = [
  [0.27773, 0.10509, -0.33086, -4.63423, 6.22827, 4.77638, -5.43546],
  [0.00541, 1.40461, 0.21485, -5.7991, 14.17993, -13.74515, 4.64585],
  [0.3341, 1.38459, 0.0951, -19.33244, 56.69055, -65.35303, 26.31244],
];

/** The number of colours; the one past the last is transparent. */
const COLOURS = 255;

/** A colour of the scale as bytes, t from 0 to 1. */
export function viridis(t: number): number[] {
  return VIRIDIS.map((powers) => {
    const value = powers.reduceRight((sum, power) => sum * t + power, 0);
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  });
}

/**
 * A map of numbers in the colours of viridis, as a PNG of indexed colours. What is not a number is transparent.
 *
 * @param range the values of the first and the last colour; those beyond get the same
 * @param description is kept in the file as text
 */
export function png(
  values: ArrayLike<number>,
  height: number,
  width: number,
  range: readonly [number, number],
  description: string,
): Buffer {
  const [low, high] = range;
  const pixels = Buffer.alloc(height * (width + 1));
  for (let row = 0, i = 0, at = 0; row < height; ++row) {
    // Each row begins with its filter: none.
    ++at;
    for (let column = 0; column < width; ++column, ++i, ++at) {
      const value = values[i]!;
      const t = high > low ? (value - low) / (high - low) : value < low ? 0 : value > high ? 1 : 0.5;
      pixels[at] = Number.isNaN(value) ? COLOURS : Math.round((COLOURS - 1) * Math.min(1, Math.max(0, t)));
    }
  }
  const palette = Array.from({ length: COLOURS }, (_, k) => viridis(k / (COLOURS - 1)));
  return file(height, width, INDEXED, pixels, [
    chunk("tEXt", Buffer.from(`Description\0${description}`, "latin1")),
    chunk("PLTE", Buffer.from([...palette.flat(), 0, 0, 0])),
    chunk("tRNS", Buffer.from([...palette.map(() => 255), 0])),
  ]);
}

/** A PNG of red, green and blue bytes. */
export function picture(colours: ArrayLike<number>, height: number, width: number): Buffer {
  const pixels = Buffer.alloc(height * (3 * width + 1));
  for (let i = 0, at = 0; i < 3 * height * width; ++i) {
    if (i % (3 * width) === 0) ++at;
    pixels[at++] = Math.round(colours[i]!);
  }
  return file(height, width, RGB, pixels, []);
}

/** The kinds of pixels. */
const [RGB, INDEXED] = [2, 3];

/** Pixels of 8 bits a channel; each row begins with its filter. */
function file(height: number, width: number, kind: number, pixels: Buffer, more: readonly Buffer[]): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, kind], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", size),
    ...more,
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
}

/** The smallest and the largest of the finite values; [0, 0] if there is none. */
export function rangeOf(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; ++i) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}
