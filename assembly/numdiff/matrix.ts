/** Finite differences of a function with m values: a matrix with a row for each value and a column for each parameter. */

/**
 * The m quotients of one parameter, by the formulas of points.ts.
 *
 * @param x address of the parameter, as lo and hi are those of its points; lo is 0 for one-sided steps
 * @param f0 address of the values at x, as fLo and fHi
 * @returns the first i whose quotient is not finite, or m
 */
export function column<T>(to: usize, x: usize, lo: usize, hi: usize, f0: usize, fLo: usize, fHi: usize, m: u32): u32 {
  const at = load<T>(x);
  const p = lo ? load<T>(lo) : at;
  const q = load<T>(hi);
  if ((p > at && q > at) || (p < at && q < at)) sameSide<T>(to, f0, fLo, fHi, <f64>(q - at), m);
  else twoPoints<T>(to, lo ? fLo : f0, fHi, <f64>(q - p), m);
  for (let i: u32 = 0; i < m; ++i) {
    const value = load<T>(to + i * sizeof<T>());
    if (value - value != 0) return i;
  }
  return m;
}

@inline
function sameSide<T>(to: usize, f0: usize, fLo: usize, fHi: usize, dx: f64, m: u32): void {
  for (const end = f0 + 8 * m; f0 < end; f0 += 8) {
    store<T>(to, <T>((-3 * load<f64>(f0) + 4 * load<f64>(fLo) - load<f64>(fHi)) / dx));
    to += sizeof<T>();
    fLo += 8;
    fHi += 8;
  }
}

/** Two at a time, for the divider is what takes long. */
@inline
function twoPoints<T>(to: usize, a: usize, b: usize, dx: f64, m: u32): void {
  const divisor = f64x2.splat(dx);
  for (const end = a + 8 * (m & ~1); a < end; a += 16) {
    const q = f64x2.div(f64x2.sub(v128.load(b), v128.load(a)), divisor);
    if (sizeof<T>() == 8) v128.store(to, q);
    else v128.store64_lane(to, f32x4.demote_f64x2_zero(q), 0);
    to += 2 * sizeof<T>();
    b += 16;
  }
  if (m & 1) store<T>(to, <T>((load<f64>(b) - load<f64>(a)) / dx));
}

/**
 * Puts k columns, each contiguous, where they belong in a row-major matrix of m rows.
 *
 *     from    m of column 0 | m of column 1 | ...
 *     to      k of row 0, then `stride` bytes on k of row 1, ...
 */
export function transpose<T>(to: usize, stride: usize, from: usize, m: u32, k: u32): void {
  const next = m * sizeof<T>();
  for (const end = from + next; from < end; from += sizeof<T>()) {
    let p = from;
    for (let q = to, last = to + k * sizeof<T>(); q < last; q += sizeof<T>()) {
      store<T>(q, load<T>(p));
      p += next;
    }
    to += stride;
  }
}
