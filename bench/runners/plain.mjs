/** Plain JavaScript over flat typed arrays: what one would write by hand, and the reference that results are checked against. */
import { isSame } from "./check.mjs";

/** out[i] = f'(x[i]) along an axis of n rows of `inner` elements; evenly spaced by h. */
function even(f, out, n, inner, h) {
  const width = 2 * h;
  const block = n * inner;
  for (let start = 0; start < f.length; start += block) {
    const last = start + block - inner;
    for (let i = start; i < start + inner; ++i) out[i] = (f[i + inner] - f[i]) / h;
    for (let i = start + inner; i < last; ++i) out[i] = (f[i + inner] - f[i - inner]) / width;
    for (let i = last; i < last + inner; ++i) out[i] = (f[i] - f[i - inner]) / h;
  }
}

function uneven(f, x, out) {
  const last = f.length - 1;
  out[0] = (f[1] - f[0]) / (x[1] - x[0]);
  for (let i = 1; i < last; ++i) {
    const p = x[i] - x[i - 1];
    const q = x[i + 1] - x[i];
    const a = -q / (p * (p + q));
    const b = (q - p) / (p * q);
    const c = p / (q * (p + q));
    out[i] = a * f[i - 1] + b * f[i] + c * f[i + 1];
  }
  out[last] = (f[last] - f[last - 1]) / (x[last] - x[last - 1]);
}

function plainGradient({ f, shape, args: [spacing = 1] }, results) {
  if (typeof spacing !== "number") uneven(f, spacing, results[0]);
  else {
    let inner = f.length;
    for (let axis = 0; axis < shape.length; ++axis) {
      inner /= shape[axis];
      even(f, results[axis], shape[axis], inner, spacing);
    }
  }
  return results;
}

/** A new array for each axis. */
export function newResults({ f, shape }) {
  return shape.map(() => new f.constructor(f.length));
}

export function reference(input) {
  return plainGradient(input, newResults(input));
}

export function runners(input) {
  const results = newResults(input);
  const isRight = (actual, expected) => actual.every((one, axis) => isSame(one, expected[axis]));
  return [
    { name: "plain JS, new output", call: () => plainGradient(input, newResults(input)), isRight },
    { name: "plain JS, reused output", call: () => plainGradient(input, results), isRight },
  ];
}
