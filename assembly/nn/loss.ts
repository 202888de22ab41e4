/**
 * Losses, each a mean, and their derivatives by the outputs. Kinds:
 *
 *     0 mse   1 mae   2 huber   3 crossEntropy, targets are probabilities   4 crossEntropy, targets are labels (u32)
 *     5 binaryCrossEntropy of logits
 *
 * Sums are float64.
 */
import { bringExp, bringLog, depth, exp, held, log, log1p, neg, one } from "../elementary/vectors";
import {
  add, all, bringRest, bulk, bySign, div, magnitude, mul, pmax, pmin, REST, returnRest, sub, total,
} from "../lanes";
import { put, take } from "./part";

const MSE: u32 = 0;
const MAE: u32 = 1;
const PROBABILITIES: u32 = 3;
const LABELS: u32 = 4;
const BINARY: u32 = 5;
/** No loss: the softmax itself. */
const SOFTMAX: u32 = 6;

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
  const cc = all<T>(c);
  let sums = f64x2.splat(0);
  bringExp<T>();
  if (kind == BINARY) {
    bringLog<T>();
    // max(o, 0) - o t + log(1 + e^-|o|), and σ(o) - t without a difference of two numbers near 1
    do {
      const x = load<v128>(o);
      const y = load<v128>(t);
      const e = exp<T>(neg<T>(pmin<T>(magnitude<T>(x), depth<T>())));
      sums = addLanes<T>(sums, add<T>(sub<T>(pmax<T>(x, zero), mul<T>(x, y)), log1p<T>(e)));
      if (d != 0) {
        const s = div<T>(e, add<T>(one<T>(), e));
        const g = v128.bitselect(sub<T>(s, y), sub<T>(sub<T>(one<T>(), y), s), v128.lt<T>(x, zero));
        store<v128>(d, mul<T>(cc, g));
        d += 16;
      }
      t += 16;
      o += 16;
    } while (o < end);
  } else {
    const limit = all<T>(delta);
    const lowest = all<T>(-delta);
    const half = held<T>(<T>0.5);
    do {
      const e = sub<T>(load<v128>(o), load<v128>(t));
      let value: v128;
      let g: v128;
      if (kind == MSE) {
        value = mul<T>(e, e);
        g = add<T>(e, e);
      } else if (kind == MAE) {
        value = magnitude<T>(e);
        g = bySign<T>(e, neg<T>(one<T>()), one<T>());
      } else {
        g = pmax<T>(pmin<T>(e, limit), lowest);
        value = mul<T>(g, sub<T>(e, mul<T>(half, g)));
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
  let sum = elements<T>(kind, d, o, t, bulk<T>(n), c, delta);
  store<v128>(REST, all<T>(kind == BINARY ? -1e4 : 0));
  store<v128>(REST + 16, all<T>(0));
  if (bringRest<T>(o, t, 0, 0, n, 0)) {
    sum += elements<T>(kind, REST, REST, REST + 16, 16, c, delta);
    if (d != 0) returnRest<T>(d, 0, 0, n, 0);
  }
  return sum / <f64>n;
}

@inline
function largestLane<T>(x: v128): T {
  let y = pmax<T>(x, v128.shuffle<i64>(x, x, 1, 0));
  if (sizeof<T>() == 4) y = pmax<T>(y, v128.shuffle<i32>(y, y, 1, 0, 3, 2));
  return v128.extract_lane<T>(y, 0);
}

/**
 * What takes the softmax p of every row: p itself to d, or the sum of the cross entropies and its derivative times c to
 * d, unless that is 0. With m the largest output of a row and s = Σ exp(o - m):
 *
 *     p = exp(o - m) / s,   loss = Σ t (log s - (o - m)),   derivative = p Σt - t
 *
 * In a row with a NaN everything becomes NaN, though m may be without.
 */
function softmaxRows<T>(kind: u32, d: usize, o: usize, t: usize, rows: u32, width: u32, c: f64): f64 {
  const bytes = width * sizeof<T>();
  const nothing = held<T>(-Infinity);
  const zero = all<T>(0);
  bringExp<T>();
  bringLog<f64>();
  const deepest = neg<T>(depth<T>());
  let sum: f64 = 0;
  let product: f64 = 1;
  for (; rows != 0; --rows) {
    let m = nothing;
    let left = <i32>bytes;
    let p = o;
    do {
      m = pmax<T>(m, take<T>(p, left, nothing));
      p += 16;
      left -= 16;
    } while (left > 0);
    const largest = largestLane<T>(m);
    m = v128.splat<T>(largest);

    let label: usize = 0;
    if (kind == LABELS) {
      label = <usize>load<u32>(t) * sizeof<T>();
      sum -= <f64>load<T>(o + label) - <f64>largest;
    }
    let shares = f64x2.splat(0);
    let products = f64x2.splat(0);
    let sums = f64x2.splat(0);
    left = bytes;
    p = o;
    let q = d;
    let r = t;
    do {
      let x = sub<T>(take<T>(p, left, nothing), m);
      const e = exp<T>(pmax<T>(x, deepest));
      sums = addLanes<T>(sums, e);
      if (kind == PROBABILITIES) {
        const share = take<T>(r, left, zero);
        // No product of 0 and -∞.
        x = v128.and(x, v128.ne<T>(share, zero));
        shares = addLanes<T>(shares, share);
        products = addLanes<T>(products, mul<T>(share, x));
        r += 16;
      }
      if (d != 0) {
        put<T>(q, left, e);
        q += 16;
      }
      p += 16;
      left -= 16;
    } while (left > 0);
    const s = total(sums);
    let share: f64 = 1;
    if (kind == PROBABILITIES) {
      share = total(shares);
      sum -= total(products);
    }
    // One logarithm of the product of many sums, where it can be.
    if (share == 1) {
      product *= s;
      if (product > 1e250) {
        sum += log(product);
        product = 1;
      }
    } else sum += log(s) * share;
    const scale = c * share / s;
    if (d != 0) {
      const a = all<T>(scale);
      const b = all<T>(c);
      const e = <f64>load<T>(d + label);
      left = bytes;
      q = d;
      r = t;
      do {
        let y = mul<T>(a, take<T>(q, left, zero));
        if (kind == PROBABILITIES) {
          y = sub<T>(y, mul<T>(b, take<T>(r, left, zero)));
          r += 16;
        }
        put<T>(q, left, y);
        q += 16;
        left -= 16;
      } while (left > 0);
      if (kind == LABELS) store<T>(d + label, <T>((e - s) * scale));
      d += bytes;
    }
    o += bytes;
    t += kind == LABELS ? 4 : bytes;
  }
  return sum + log(product);
}

@inline
function softmax<T>(out: usize, z: usize, rows: u32, width: u32): void {
  softmaxRows<T>(SOFTMAX, out, z, z, rows, width, 1);
}

/** The mean loss, and its derivative by the outputs to d unless that is 0; d may be the outputs. */
@inline
function lossOf<T>(kind: u32, d: usize, outputs: usize, targets: usize, rows: u32, width: u32, delta: f64): f64 {
  if (kind == PROBABILITIES || kind == LABELS) {
    const c = 1 / <f64>rows;
    return softmaxRows<T>(kind, d, outputs, targets, rows, width, c) * c;
  }
  return meanOfElements<T>(kind, d, outputs, targets, rows * width, delta);
}

/** Whether x[at] is the first of the largest: larger than all before it, and than or as large as all after it. */
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
