import { held } from "../elementary/vectors";
import { all, mul, REST } from "../lanes";

@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** Four numbers of x, or 0 where the mask is. */
@inline
function scale<T>(x: usize, c: v128, mask: v128): void {
  if (sizeof<T>() == 4) store<v128>(x, v128.and(mul<T>(c, load<v128>(x)), mask));
  else {
    store<v128>(x, v128.and(mul<T>(c, load<v128>(x)), i64x2.extend_low_i32x4_s(mask)));
    store<v128>(x, v128.and(mul<T>(c, load<v128>(x, 16)), i64x2.extend_high_i32x4_s(mask)), 16);
  }
}

/**
 * Groups of 16 numbers. Philox at four counters at once, a vector of each of the four words:
 *
 *     a  a0 a1 a2 a3        a0 b0 c0 d0   the mask of the first four numbers
 *     b  b0 b1 b2 b3   ->   a1 b1 c1 d1
 *     c  c0 c1 c2 c3        a2 b2 c2 d2
 *     d  d0 d1 d2 d3        a3 b3 c3 d3
 */
function groups<T>(
  x: usize, end: usize, first: u32, scaling: f64, limit: u32, k0: u32, k1: u32, step: u32, layer: u32
): void {
  const m0 = held<u32>(0xd2511f53);
  const m1 = held<u32>(0xcd9e8d57);
  const w0 = held<u32>(0x9e3779b9);
  const w1 = held<u32>(0xbb67ae85);
  const limits = i32x4.splat(limit);
  const c = all<T>(scaling);
  let counters = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  do {
    let a = counters;
    let b = i32x4.splat(step);
    let c2 = i32x4.splat(layer);
    let d = i32x4.splat(1);
    let p = i32x4.splat(k0);
    let q = i32x4.splat(k1);
    let round = 10;
    do {
      const x0 = i64x2.extmul_low_i32x4_u(a, m0);
      const x1 = i64x2.extmul_high_i32x4_u(a, m0);
      const y0 = i64x2.extmul_low_i32x4_u(c2, m1);
      const y1 = i64x2.extmul_high_i32x4_u(c2, m1);
      a = v128.xor(v128.xor(high(y0, y1), b), p);
      b = low(y0, y1);
      c2 = v128.xor(v128.xor(high(x0, x1), d), q);
      d = low(x0, x1);
      p = i32x4.add(p, w0);
      q = i32x4.add(q, w1);
    } while (--round);
    a = i32x4.ge_u(a, limits);
    b = i32x4.ge_u(b, limits);
    c2 = i32x4.ge_u(c2, limits);
    d = i32x4.ge_u(d, limits);
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c2, d, 0, 4, 1, 5);
    scale<T>(x, c, v128.shuffle<i64>(ab, cd, 0, 2));
    scale<T>(x + 4 * sizeof<T>(), c, v128.shuffle<i64>(ab, cd, 1, 3));
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<i32>(c2, d, 2, 6, 3, 7);
    scale<T>(x + 8 * sizeof<T>(), c, v128.shuffle<i64>(ab2, cd2, 0, 2));
    scale<T>(x + 12 * sizeof<T>(), c, v128.shuffle<i64>(ab2, cd2, 1, 3));
    counters = i32x4.add(counters, i32x4.splat(4));
    x += 16 * sizeof<T>();
  } while (x < end);
}

/**
 * x = 0 for a share of the numbers, x / (1 - rate) for the others. Number i is 0 if word i % 4 of Philox at the counter
 * (i / 4, step, layer, 1) is less than 2^32 times the rate: the mask is made again for the backward pass, and not kept.
 * Shuffling and initialization have a 0 where this has the 1.
 */
@inline
function dropout<T>(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  const scaling = 1 / (1 - rate);
  const limit = <u32>(rate * 4294967296);
  const whole = <usize>(n & ~15) * sizeof<T>();
  if (whole != 0) groups<T>(x, x + whole, 0, scaling, limit, k0, k1, step, layer);
  const left = <usize>(n & 15) * sizeof<T>();
  if (left != 0) {
    const rest = REST - 128;
    memory.copy(rest, x + whole, left);
    groups<T>(rest, rest + 16 * sizeof<T>(), n / 16 * 4, scaling, limit, k0, k1, step, layer);
    memory.copy(x + whole, rest, left);
  }
}

export function dropout_f32(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  dropout<f32>(x, n, rate, k0, k1, step, layer);
}
export function dropout_f64(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  dropout<f64>(x, n, rate, k0, k1, step, layer);
}
