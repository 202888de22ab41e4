/**
 * What is measured: seven arrays, the same bits in JavaScript, C and Python.
 *
 * `spacing` is a number for every axis, or "uneven": coordinates that are a little off an even grid.
 */
export const CASES = [
  { name: "1e6-unit", title: "1e6 unit", shape: [1_000_000], dtype: "float64", spacing: 1 },
  { name: "1e6-tenth", title: "1e6 h=0.1", shape: [1_000_000], dtype: "float64", spacing: 0.1 },
  { name: "1e6-uneven", title: "1e6 coordinates", shape: [1_000_000], dtype: "float64", spacing: "uneven" },
  { name: "2048x2048", title: "2048² both axes", shape: [2048, 2048], dtype: "float64", spacing: 1 },
  { name: "128x128x128", title: "128³ three axes", shape: [128, 128, 128], dtype: "float64", spacing: 1 },
  { name: "1000", title: "n=1000", shape: [1000], dtype: "float64", spacing: 1 },
  { name: "2048x2048-f32", title: "float32 2048²", shape: [2048, 2048], dtype: "float32", spacing: 1 },
];

/** The samples of a case and its spacing arguments as np.gradient takes them: none for the default. */
export function inputOf({ shape, dtype, spacing }) {
  const size = shape.reduce((product, length) => product * length);
  const f = new (dtype === "float32" ? Float32Array : Float64Array)(size);
  for (let i = 0; i < size; ++i) f[i] = noise(i);
  if (spacing === "uneven") return { f, shape, dtype, args: [Float64Array.from(f, (u, i) => i * 0.1 + u * 0.05)] };
  return { f, shape, dtype, args: spacing === 1 ? [] : [spacing] };
}

/** A hash of i as a number in [-1/2, 1/2): limit.c and numpy_gradient.py have the same. */
export function noise(i) {
  let h = Math.imul(i + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h ^= h >>> 13;
  return (h >>> 0) / 2 ** 32 - 0.5;
}

/** One number for the bits of a result, to compare across processes; limit.c and numpy_gradient.py have the same. */
export function checksum(results) {
  let sum = 0;
  for (const { buffer, byteOffset, byteLength } of results) {
    const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
    for (let i = 0; i < words.length; ++i) sum = (sum + Math.imul(words[i], 2 * i + 1)) | 0;
  }
  return sum >>> 0;
}
