import { round } from "./number";
import { step } from "./weights";

/**
 * The constants of one axis, computed once and read by the sweep. Nine f64, whatever the precision of the axis: each
 * holds a value that is already rounded to it.
 *
 *    0  d      divisor of the interior, 2h
 *    8  r      1/d where it is exact, else 0
 *   16  left   edge order 1: the step h0.      edge order 2: a, b, c on f[0], f[1], f[2]
 *   40  right  edge order 1: the step h[n-2].  edge order 2: a, b, c on f[n-3], f[n-2], f[n-1]
 *   64  edge order; 0 for order 1 by an integer, which then lies at left and right as i64
 *   72  48 bytes of scratch for the sweep
 */
const LEFT: usize = 16;
const RIGHT: usize = 40;
export const EDGE_ORDER: usize = 64;
export const ASIDE: usize = 72;

/** The constants of one edge; those of the right one are the left one's in reverse, with the other sign. */
/**
 * Even spacing h: the constants are computed in type s and then rounded to type w, both named by their bytes. A plain
 * number is computed in double (s = 8) and rounded once; a spacing with a type of its own has s <= w.
 */
export function planEven(plan: usize, h: f64, edgeOrder: u32, s: u32, w: u32): void {
  const d = round(round(2 * h, s), w);
  store<f64>(plan, d);
  store<f64>(plan + 8, exactReciprocal(d, w));
  store<f64>(plan + EDGE_ORDER, <f64>edgeOrder);
  for (let right: u32 = 0; right < 2; ++right) {
    if (edgeOrder == 1) store<f64>(edgeOf(plan, right), round(h, w));
    else put(plan, right, round(round(-1.5 / h, s), w), round(round(2 / h, s), w), round(round(-0.5 / h, s), w));
  }
}

/**
 * After planEven, edge order 1: has the edges divided by an integer of the spacing's own type, as NumPy does where the
 * spacing comes out of an integer array. It shows in durations (integer division), and in float16 and complex64: with
 * integers of 8 or 16 bits they are float32 at most, where the double 2h of the interior is float64.
 */
export function planInteger(plan: usize, h: i64): void {
  store<i64>(plan + LEFT, h);
  store<i64>(plan + RIGHT, h);
  store<f64>(plan + EDGE_ORDER, 0);
}

/** One edge of uneven spacing: x points to its edgeOrder + 1 coordinates, of so many bytes; computed in their type. */
export function planUneven(plan: usize, x: usize, size: u32, edgeOrder: u32, right: u32): void {
  let p = step(x, size);
  store<f64>(plan + EDGE_ORDER, <f64>edgeOrder);
  if (edgeOrder == 1) {
    store<f64>(edgeOf(plan, right), p);
    return;
  }
  let q = step(x + size, size);
  if (right) {
    const last = q;
    q = p;
    p = last;
  }
  const sum = round(p + q, size);
  put(
    plan,
    right,
    round(-round(round(2 * p, size) + q, size) / round(p * sum, size), size),
    round(sum / round(p * q, size), size),
    round(-p / round(q * sum, size), size)
  );
}

@inline
export function edgeOf(plan: usize, right: u32): usize {
  return right ? plan + RIGHT : plan + LEFT;
}

/** a, b and c of the left edge, or the right one's, which are the same in reverse and of the other sign. */
function put(plan: usize, right: u32, a: f64, b: f64, c: f64): void {
  const e = edgeOf(plan, right);
  store<f64>(e, right ? -c : a);
  store<f64>(e + 8, right ? -b : b);
  store<f64>(e + 16, right ? -a : c);
}

/** 1/d if d is a power of two and 1/d a normal number of its type: then x * (1/d) has the bits of x / d. Else 0. */
function exactReciprocal(d: f64, type: u32): f64 {
  const bits = reinterpret<u64>(d);
  const exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  const limit = type == 4 ? 126 : 1022;
  return (bits & 0x000fffffffffffff) == 0 && exponent >= -limit && exponent <= limit ? 1 / d : 0;
}
