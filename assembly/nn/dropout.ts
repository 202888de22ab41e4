import { held } from "../elementary/vectors";
import { all, mul, REST } from "../lanes";

/** Masks of so many numbers lie in scratch memory at a time. */
const CHUNK: u32 = 1024;
const MASKS: usize = REST - 1024 - 4 * 1024;

@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/**
 * Masks of numbers from 4 `first` on, as many as there are and up to 15 more: 0 for what is dropped. Philox at four
 * counters at once, a vector of each of the four words:
 *
 *     a  a0 a1 a2 a3        a0 b0 c0 d0   the mask of the first four numbers
 *     b  b0 b1 b2 b3   ->   a1 b1 c1 d1
 *     c  c0 c1 c2 c3        a2 b2 c2 d2
 *     d  d0 d1 d2 d3        a3 b3 c3 d3
 */
function masks(first: u32, count: u32, limit: u32, k0: u32, k1: u32, step: u32, layer: u32): void {
  const m0 = held<u32>(0xd2511f53);
  const m1 = held<u32>(0xcd9e8d57);
  const w0 = held<u32>(0x9e3779b9);
  const w1 = held<u32>(0xbb67ae85);
  const limits = i32x4.splat(limit);
  let counters = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let to = MASKS;
  const end = to + 4 * count;
  do {
    let a = counters;
    let b = i32x4.splat(step);
    let c = i32x4.splat(layer);
    let d = i32x4.splat(1);
    let p = i32x4.splat(k0);
    let q = i32x4.splat(k1);
    let round = 10;
    do {
      const x0 = i64x2.extmul_low_i32x4_u(a, m0);
      const x1 = i64x2.extmul_high_i32x4_u(a, m0);
      const y0 = i64x2.extmul_low_i32x4_u(c, m1);
      const y1 = i64x2.extmul_high_i32x4_u(c, m1);
      a = v128.xor(v128.xor(high(y0, y1), b), p);
      b = low(y0, y1);
      c = v128.xor(v128.xor(high(x0, x1), d), q);
      d = low(x0, x1);
      p = i32x4.add(p, w0);
      q = i32x4.add(q, w1);
    } while (--round);
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    store<v128>(to, i32x4.ge_u(v128.shuffle<i64>(ab, cd, 0, 2), limits));
    store<v128>(to, i32x4.ge_u(v128.shuffle<i64>(ab, cd, 1, 3), limits), 16);
    store<v128>(to, i32x4.ge_u(v128.shuffle<i64>(ab2, cd2, 0, 2), limits), 32);
    store<v128>(to, i32x4.ge_u(v128.shuffle<i64>(ab2, cd2, 1, 3), limits), 48);
    counters = i32x4.add(counters, i32x4.splat(4));
    to += 64;
  } while (to < end);
}

/**
 * x = 0 for a share of the numbers, x / (1 - rate) for the others. Number i is 0 if word i % 4 of Philox at the counter
 * (i / 4, step, layer, 1) is less than 2^32 times the rate: the mask is made again for the backward pass, and not kept.
 * Shuffling and initialization have a 0 where this has the 1.
 */
@inline
function dropout<T>(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  const c = all<T>(1 / (1 - rate));
  const limit = <u32>(rate * 4294967296);
  const perVector: u32 = 16 / sizeof<T>();
  for (let i: u32 = 0; i < n; i += CHUNK) {
    let count = min(n - i, CHUNK);
    masks(i >> 2, count, limit, k0, k1, step, layer);
    let mask = MASKS;
    for (; count >= perVector; count -= perVector) {
      const kept = sizeof<T>() == 4 ? load<v128>(mask) : v128.load_ext<i32>(mask);
      store<v128>(x, v128.and(mul<T>(c, load<v128>(x)), kept));
      mask += 4 * perVector;
      x += 16;
    }
    for (; count != 0; --count) {
      store<T>(x, load<u32>(mask) ? v128.extract_lane<T>(c, 0) * load<T>(x) : 0);
      mask += 4;
      x += sizeof<T>();
    }
  }
}

export function dropout_f32(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  dropout<f32>(x, n, rate, k0, k1, step, layer);
}
export function dropout_f64(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  dropout<f64>(x, n, rate, k0, k1, step, layer);
}
