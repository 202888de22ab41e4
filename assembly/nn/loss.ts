/**
 * Losses, each a mean, and their derivatives by the outputs. Kinds:
 *
 *     0 mse   1 mae   2 huber   3 crossEntropy, targets are probabilities   4 crossEntropy, targets are labels (u32)
 *     5 binaryCrossEntropy of logits
 *
 * Sums are float64.
 */
import { depth, exp, log, log1p } from "../elementary/vectors";
import { add, all, bulk, bySign, div, magnitude, mul, pmax, pmin, REST, sub, total } from "../lanes";
import { loadPart, storePart } from "./part";

const MSE: u32 = 0;
const MAE: u32 = 1;
const PROBABILITIES: u32 = 3;
const LABELS: u32 = 4;
const BINARY: u32 = 5;

@inline
function addLanes<T>(sums: v128, x: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.add(sums, x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(x), high));
}

/** The sum of the losses of single elements; their derivatives, times c, to d if it is not 0. */
function elements<T>(kind: u32, d: usize, o: usize, t: usize, bytes: usize, c: f64, delta: f64): f64 {
  if (bytes == 0) return 0;
  const end = o + bytes;
  const zero = all<T>(0);
  const one = all<T>(1);
  const cc = all<T>(c);
  let sums = f64x2.splat(0);
  if (kind == BINARY) {
    // max(o, 0) - o t + log(1 + e^-|o|), and σ(o) - t without a difference of two numbers near 1
    do {
      const x = load<v128>(o);
      const y = load<v128>(t);
      const e = exp<T>(sub<T>(zero, depth<T>(x)));
      sums = addLanes<T>(sums, add<T>(sub<T>(pmax<T>(x, zero), mul<T>(x, y)), log1p<T>(e)));
      if (d != 0) {
        const s = div<T>(e, add<T>(one, e));
        const g = v128.bitselect(sub<T>(s, y), sub<T>(sub<T>(one, y), s), v128.lt<T>(x, zero));
        store<v128>(d, mul<T>(cc, g));
        d += 16;
      }
      t += 16;
      o += 16;
    } while (o < end);
  } else {
    const limit = all<T>(delta);
    const lowest = all<T>(-delta);
    do {
      const e = sub<T>(load<v128>(o), load<v128>(t));
      let value: v128;
      let g: v128;
      if (kind == MSE) {
        value = mul<T>(e, e);
        g = add<T>(e, e);
      } else if (kind == MAE) {
        value = magnitude<T>(e);
        g = bySign<T>(e, all<T>(-1), zero, one);
      } else {
        g = pmax<T>(pmin<T>(e, limit), lowest);
        value = mul<T>(g, sub<T>(e, mul<T>(all<T>(0.5), g)));
      }
      sums = addLanes<T>(sums, value);
      if (d != 0) {
        store<v128>(d, mul<T>(cc, g));
        d += 16;
      }
      t += 16;
      o += 16;
    } while (o < end);
  }
  return total(sums);
}

/** The mean over all elements. What is left over is a vector whose other lanes add 0. */
@inline
function meanOfElements<T>(kind: u32, d: usize, o: usize, t: usize, n: u32, delta: f64): f64 {
  const c = 1 / <f64>n;
  const whole = bulk<T>(n);
  let sum = elements<T>(kind, d, o, t, whole, c, delta);
  const left = <usize>n * sizeof<T>() - whole;
  if (left != 0) {
    store<v128>(REST, loadPart(o + whole, left, all<T>(kind == BINARY ? -1e4 : 0)));
    store<v128>(REST + 16, loadPart(t + whole, left, all<T>(0)));
    sum += elements<T>(kind, REST, REST, REST + 16, 16, c, delta);
    if (d != 0) storePart(d + whole, left, load<v128>(REST));
  }
  return sum / <f64>n;
}

/** -∞ for none. */
function largest<T>(z: usize, width: u32): T {
  let m = <T>-Infinity;
  for (const end = z + <usize>width * sizeof<T>(); z < end; z += sizeof<T>()) m = max<T>(m, load<T>(z));
  return m;
}

/** out = e^(z - m), and the sum of it. */
function exponentials<T>(out: usize, z: usize, width: u32, m: T): f64 {
  const mm = v128.splat<T>(m);
  let sums = f64x2.splat(0);
  let left = <usize>width * sizeof<T>();
  const lowest = all<T>(-Infinity);
  const zero = all<T>(0);
  while (left >= 16) {
    const e = exp<T>(sub<T>(zero, depth<T>(sub<T>(load<v128>(z), mm))));
    if (out != 0) {
      store<v128>(out, e);
      out += 16;
    }
    sums = addLanes<T>(sums, e);
    z += 16;
    left -= 16;
  }
  if (left != 0) {
    const e = exp<T>(sub<T>(zero, depth<T>(sub<T>(loadPart(z, left, lowest), mm))));
    if (out != 0) storePart(out, left, e);
    sums = addLanes<T>(sums, e);
  }
  return total(sums);
}

function scaleRow<T>(x: usize, width: u32, c: T): void {
  for (const end = x + <usize>width * sizeof<T>(); x < end; x += sizeof<T>()) store<T>(x, c * load<T>(x));
}

@inline
function softmax<T>(out: usize, z: usize, rows: u32, width: u32): void {
  for (let i: u32 = 0; i < rows; ++i) {
    scaleRow<T>(out, width, <T>(1 / exponentials<T>(out, z, width, largest<T>(z, width))));
    out += <usize>width * sizeof<T>();
    z += <usize>width * sizeof<T>();
  }
}

@inline
function crossEntropy<T>(kind: u32, d: usize, o: usize, t: usize, rows: u32, width: u32): f64 {
  const c = 1 / <f64>rows;
  const bytes = <usize>width * sizeof<T>();
  let sum: f64 = 0;
  for (let i: u32 = 0; i < rows; ++i) {
    const m = largest<T>(o, width);
    if (kind == LABELS) {
      const at = <usize>load<u32>(t) * sizeof<T>();
      const own = <f64>load<T>(o + at) - <f64>m;
      const s = exponentials<T>(d, o, width, m);
      sum += log(s) - own;
      if (d != 0) {
        const e = <f64>load<T>(d + at);
        scaleRow<T>(d, width, <T>(c / s));
        store<T>(d + at, <T>((e - s) / s * c));
      }
      t += 4;
    } else {
      const s = exponentials<T>(0, o, width, m);
      const l = log(s);
      let share: f64 = 0;
      for (let j: usize = 0; j < bytes; j += sizeof<T>()) {
        const p = <f64>load<T>(t + j);
        share += p;
        sum += p * (l - (<f64>load<T>(o + j) - <f64>m));
      }
      if (d != 0) {
        exponentials<T>(d, o, width, m);
        for (let j: usize = 0; j < bytes; j += sizeof<T>()) {
          store<T>(d + j, <T>((<f64>load<T>(d + j) * share / s - <f64>load<T>(t + j)) * c));
        }
      }
      t += bytes;
    }
    o += bytes;
    if (d != 0) d += bytes;
  }
  return sum * c;
}

/** The mean loss, and its derivative by the outputs to d unless that is 0; d may be the outputs. */
@inline
function lossOf<T>(kind: u32, d: usize, outputs: usize, targets: usize, rows: u32, width: u32, delta: f64): f64 {
  if (kind == PROBABILITIES || kind == LABELS) return crossEntropy<T>(kind, d, outputs, targets, rows, width);
  return meanOfElements<T>(kind, d, outputs, targets, rows * width, delta);
}

/** Whether x[at] is the first of the largest: larger than all before it, and than or as large as all after it. */
@inline
function isArgmax<T>(x: usize, width: u32, at: u32): bool {
  const own = load<T>(x + <usize>at * sizeof<T>());
  let j: u32 = 0;
  for (; j < at; ++j) if (!(load<T>(x + <usize>j * sizeof<T>()) < own)) return false;
  for (; j < width; ++j) if (!(load<T>(x + <usize>j * sizeof<T>()) <= own)) return false;
  return true;
}

/** How many rows (of binaryCrossEntropy: elements) are classified as their targets say. None with a NaN is. */
@inline
function hits<T>(kind: u32, outputs: usize, targets: usize, rows: u32, width: u32): u32 {
  let count: u32 = 0;
  const bytes = <usize>width * sizeof<T>();
  if (kind == BINARY) {
    for (const end = outputs + <usize>rows * bytes; outputs < end; outputs += sizeof<T>()) {
      const o = load<T>(outputs);
      const t = load<T>(targets) > 0.5;
      count += u32(t ? o > 0 : o <= 0);
      targets += sizeof<T>();
    }
    return count;
  }
  for (let i: u32 = 0; i < rows; ++i) {
    let label: u32 = 0;
    if (kind == LABELS) {
      label = load<u32>(targets);
      targets += 4;
    } else {
      while (label < width && !isArgmax<T>(targets, width, label)) ++label;
      targets += bytes;
    }
    if (label < width) count += u32(isArgmax<T>(outputs, width, label));
    outputs += bytes;
  }
  return count;
}

export function lossOf_f32(
  kind: u32, d: usize, outputs: usize, targets: usize, rows: u32, width: u32, delta: f64
): f64 {
  return lossOf<f32>(kind, d, outputs, targets, rows, width, delta);
}
export function lossOf_f64(
  kind: u32, d: usize, outputs: usize, targets: usize, rows: u32, width: u32, delta: f64
): f64 {
  return lossOf<f64>(kind, d, outputs, targets, rows, width, delta);
}
export function softmax_f32(out: usize, z: usize, rows: u32, width: u32): void {
  softmax<f32>(out, z, rows, width);
}
export function softmax_f64(out: usize, z: usize, rows: u32, width: u32): void {
  softmax<f64>(out, z, rows, width);
}
export function hits_f32(kind: u32, outputs: usize, targets: usize, rows: u32, width: u32): u32 {
  return hits<f32>(kind, outputs, targets, rows, width);
}
export function hits_f64(kind: u32, outputs: usize, targets: usize, rows: u32, width: u32): u32 {
  return hits<f64>(kind, outputs, targets, rows, width);
}
