import { round } from "./number";

/**
 * The constants of one axis, computed once and read by the sweep. Nine f64, whatever the precision of the axis: each
 * holds a value that is already rounded to it.
 *
 *    0  d      divisor of the interior, 2h
 *    8  r      1/d where it is exact, else 0
 *   16  left   edge order 1: the step h0.      edge order 2: a, b, c on f[0], f[1], f[2]
 *   40  right  edge order 1: the step h[n-2].  edge order 2: a, b, c on f[n-3], f[n-2], f[n-1]
 *   64  edge order; 0 for order 1 by an integer, which then lies at left and right as i64
 */
export const LEFT: usize = 16;
export const RIGHT: usize = 40;
export const EDGE_ORDER: usize = 64;

@inline
function put(p: usize, a: f64, b: f64, c: f64): void {
  store<f64>(p, a);
  store<f64>(p + 8, b);
  store<f64>(p + 16, c);
}

/**
 * Even spacing h: the constants are computed in type s and then rounded to type w, both named by their bytes. A plain
 * number is computed in double (s = 8) and rounded once; a spacing with a type of its own has s <= w.
 */
export function planEven(plan: usize, h: f64, edgeOrder: u32, s: u32, w: u32): void {
  const d = round(round(2 * h, s), w);
  store<f64>(plan, d);
  store<f64>(plan + 8, exactReciprocal(d, w));
  if (edgeOrder == 1) {
    store<f64>(plan + LEFT, round(h, w));
    store<f64>(plan + RIGHT, round(h, w));
  } else {
    const half = round(round(0.5 / h, s), w);
    const two = round(round(2 / h, s), w);
    const threeHalves = round(round(1.5 / h, s), w);
    put(plan + LEFT, -threeHalves, two, -half);
    put(plan + RIGHT, half, -two, threeHalves);
  }
  store<f64>(plan + EDGE_ORDER, <f64>edgeOrder);
}

/**
 * After planEven, edge order 1: has the edges divided by an integer of the spacing's own type, as NumPy does where the
 * spacing comes out of an integer array. It shows in durations (integer division), and in float16 and complex64: with
 * integers of 8 or 16 bits they are float32 at most, where the double 2h of the interior is float64.
 */
export function planIntegerEdges(plan: usize, h: i64): void {
  store<i64>(plan + LEFT, h);
  store<i64>(plan + RIGHT, h);
  store<f64>(plan + EDGE_ORDER, 0);
}

/** Uneven spacing with first steps p0, q0 and last steps p1, q1: the constants of the edges, computed in type s. */
export function planUneven(plan: usize, p0: f64, q0: f64, p1: f64, q1: f64, edgeOrder: u32, s: u32): void {
  if (edgeOrder == 1) {
    store<f64>(plan + LEFT, p0);
    store<f64>(plan + RIGHT, q1);
  } else {
    const sum0 = round(p0 + q0, s);
    put(
      plan + LEFT,
      round(-round(round(2 * p0, s) + q0, s) / round(p0 * sum0, s), s),
      round(sum0 / round(p0 * q0, s), s),
      round(-p0 / round(q0 * sum0, s), s)
    );
    const sum1 = round(p1 + q1, s);
    put(
      plan + RIGHT,
      round(q1 / round(p1 * sum1, s), s),
      round(-sum1 / round(p1 * q1, s), s),
      round(round(round(2 * q1, s) + p1, s) / round(q1 * sum1, s), s)
    );
  }
  store<f64>(plan + EDGE_ORDER, <f64>edgeOrder);
}

/** 1/d if d is a power of two and 1/d a normal number of its type: then x * (1/d) has the bits of x / d. Else 0. */
function exactReciprocal(d: f64, type: u32): f64 {
  const bits = reinterpret<u64>(d);
  const exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  const limit = type == 4 ? 126 : 1022;
  return (bits & 0x000fffffffffffff) == 0 && exponent >= -limit && exponent <= limit ? 1 / d : 0;
}
