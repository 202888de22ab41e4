import digitsAddress from "../build/digits.bin?url";
import terrainAddress from "../build/terrain.bin?url";

async function unpacked(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok || response.body === null) throw new Error(`The data could not be loaded: ${response.status}.`);
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** See terrain() of ../data.mjs. */
export async function loadTerrain() {
  const bytes = await unpacked(terrainAddress);
  const [rows, columns, west, north, degreesWide, degreesHigh, width, height] = new Float64Array(
    bytes,
    0,
    8,
  ) as unknown as [number, number, number, number, number, number, number, number];
  const heights = new Int16Array(bytes, 64).slice();
  for (let i = 0; i < heights.length; ++i) {
    if (i % columns !== 0) heights[i] = (heights[i] as number) + (heights[i - 1] as number);
  }
  return { heights, rows, columns, west, north, degreesWide, degreesHigh, width, height };
}

/** Digits with 64 pixels of 0 to 16 each, and what they are. */
export async function loadDigits() {
  const bytes = new Uint8Array(await unpacked(digitsAddress));
  const count = bytes.length / 65;
  const pixels = new Uint8Array(64 * count);
  const labels = new Uint8Array(count);
  for (let k = 0; k < count; ++k) {
    pixels.set(bytes.subarray(65 * k, 65 * k + 64), 64 * k);
    labels[k] = bytes[65 * k + 64] as number;
  }
  return { pixels, labels, count };
}
