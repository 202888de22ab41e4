/**
 * Where to evaluate a function of n parameters for finite differences, and what comes of the values: the rules of
 * SciPy's approx_derivative, whose arithmetic is that of the parameters' type (as of SciPy 1.18; before, it has float64 steps
 * for float32 parameters).
 *
 * The default step is h = r*s*max(1,|x|), s = -1 below zero and 1 elsewhere, r chosen by the caller from the precision.
 * A relative step is given[i]*s*|x|, an absolute one given[i]; where x + h rounds to x either gives way to the default.
 *
 *     one-sided    hi = x + h                           (fHi - f0) / (hi - x)
 *     two-sided    lo = x - |h|, hi = x + |h|           (fHi - fLo) / (hi - lo)
 *     at a bound   lo = x + h,   hi = x + 2h            (-3 f0 + 4 fLo - fHi) / (hi - x)
 *
 * The last is told from the others by its points: both lie on the same side of x. The point lo is evaluated before hi.
 */

const RELATIVE: u32 = 1;
const ABSOLUTE: u32 = 2;

@inline
function stepOf<T>(x: T, r: T, rule: u32, given: usize, sign: T): T {
  const usual = (x >= 0 ? sign : -sign) * (r * max<T>(1, abs<T>(x)));
  if (rule == 0) return usual;
  let h: T;
  if (rule == RELATIVE) h = (x >= 0 ? sign : -sign) * <T>(load<f64>(given) * <f64>abs<T>(x));
  else h = sign * <T>load<f64>(given);
  return x + h == x ? usual : h;
}

/** The largest T that is neither above p nor above the bound. */
@inline
function atMost<T>(p: T, bound: f64): T {
  if (<f64>p <= bound) return p;
  const nearest = <T>bound;
  if (sizeof<T>() == 8 || <f64>nearest <= bound) return nearest;
  const bits = reinterpret<u32>(<f32>nearest);
  return <T>reinterpret<f32>(nearest > 0 ? bits - 1 : nearest < 0 ? bits + 1 : 0x80000001);
}

/** Rounding can carry x + h past the bound that h was made for. */
@inline
function within<T>(p: T, lower: f64, upper: f64): T {
  return -atMost<T>(-atMost<T>(p, upper), -lower);
}

/** SciPy's _adjust_scheme_to_bounds for a step to one side: to the other side, or as far as the wider side goes. */
@inline
function oneSided<T>(x: T, h: T, lower: f64, upper: f64): T {
  const below = <f64>x - lower;
  const above = upper - <f64>x;
  const p = x + h;
  if (<f64>abs<T>(h) <= max(below, above)) {
    if (<f64>p >= lower && <f64>p <= upper) return p;
    h = -h;
  } else {
    h = above >= below ? <T>above : -<T>below;
  }
  const inside = within<T>(x + h, lower, upper);
  return inside != x ? inside : within<T>(x + (above >= below ? <T>above : -<T>below), lower, upper);
}

/** The points that are asked for most, two-sided ones without options, in half the time. */
@inline
function usual<T>(x: usize, lo: usize, hi: usize, n: u32, r: T): i32 {
  for (let i: u32 = 0; i < n; ++i) {
    const at = load<T>(x);
    const h = r * max<T>(1, abs<T>(at));
    const p = at - h;
    const q = at + h;
    store<T>(lo, p);
    store<T>(hi, q);
    if (!(q - p < <T>Infinity)) return -1 - i;
    x += sizeof<T>();
    lo += sizeof<T>();
    hi += sizeof<T>();
  }
  return 0;
}

/**
 * Writes the points, each of them within the bounds if there are any.
 *
 * @param lo 0 for one-sided steps
 * @param sign -1 to step the other way
 * @param lower the lower bounds, as f64; 0 if there are none. Then there are no upper bounds either
 * @returns how many parameters have both points on one side; or -1 - i if no step can be made from x[i], because a
 *   point is not finite or the bounds leave no room
 */
export function points<T>(
  x: usize,
  lo: usize,
  hi: usize,
  n: u32,
  r: f64,
  rule: u32,
  given: usize,
  sign: f64,
  lower: usize,
  upper: usize,
): i32 {
  if (lo && rule == 0 && !lower) return usual<T>(x, lo, hi, n, <T>r);
  let sameSide: i32 = 0;
  for (let i: u32 = 0; i < n; ++i) {
    const at = load<T>(x);
    let h = stepOf<T>(at, <T>r, rule, given, <T>sign);
    let p = at;
    let q = at + h;
    if (lo) {
      h = abs<T>(h);
      p = at - h;
      q = at + h;
    }
    if (lower) {
      const lb = load<f64>(lower);
      const ub = load<f64>(upper);
      if (!lo) {
        q = oneSided<T>(at, h, lb, ub);
      } else {
        const below = <f64>at - lb;
        const above = ub - <f64>at;
        if (!(below >= <f64>h && above >= <f64>h)) {
          const shorter = <T>min(<f64>h, 0.5 * max(below, above));
          h = above >= below ? shorter : -shorter;
          p = at + h;
          q = at + 2 * h;
          if (<f64>shorter <= min(below, above)) {
            h = <T>min(below, above);
            p = at - h;
            q = at + h;
          }
        }
        p = within<T>(p, lb, ub);
        q = within<T>(q, lb, ub);
        if ((p > at && q > at) || (p < at && q < at)) {
          if (p == q) p = at;
          else ++sameSide;
        }
      }
      lower += 8;
      upper += 8;
    }
    if (lo) {
      store<T>(lo, p);
      lo += sizeof<T>();
    }
    store<T>(hi, q);
    // Neither 0 nor infinite nor NaN.
    if (q == p || !(abs<T>(q - p) < <T>Infinity)) return -1 - i;
    x += sizeof<T>();
    hi += sizeof<T>();
    given += 8;
  }
  return sameSide;
}

/**
 * Writes points as rows of a matrix of n columns: x with one element moved, in the order in which they are evaluated.
 *
 *     -1  x                           -1  x
 *      0  lo[0] x[1] x[2] ...          0  hi[0] x[1] x[2] ...
 *      1  hi[0] x[1] x[2] ...          1  x[0] hi[1] x[2] ...
 *      2  x[0] lo[1] x[2] ...          2  x[0] x[1] hi[2] ...
 *
 * @param lo 0 for one-sided steps, on the right
 * @param first the number of the first row, at least -1
 */
export function rows<T>(to: usize, x: usize, lo: usize, hi: usize, n: u32, first: i32, count: u32): void {
  const bytes = <usize>n * sizeof<T>();
  for (let k = first; k < first + <i32>count; ++k) {
    memory.copy(to, x, bytes);
    if (k >= 0) {
      const moved = <usize>(lo ? k >> 1 : k) * sizeof<T>();
      store<T>(to + moved, load<T>((lo && !(k & 1) ? lo : hi) + moved));
    }
    to += bytes;
  }
}

@inline
function quotient<T>(x: T, lo: T, hi: T, f0: f64, fLo: f64, fHi: f64): f64 {
  return (lo > x && hi > x) || (lo < x && hi < x)
    ? (-3 * f0 + 4 * fLo - fHi) / <f64>(hi - x)
    : (fHi - fLo) / <f64>(hi - lo);
}

/**
 * g[i] from the values at the points of x[i].
 *
 * The step is taken from the points as they were rounded, not from h.
 *
 * @param x 0 if no parameter has both points on one side
 * @param lo 0 for one-sided steps, which have no fLo
 * @param f0 the value at x, which two-sided steps do not use
 * @returns the first i whose quotient is not finite, where it stops; or n
 */
export function quotients<T>(
  g: usize,
  x: usize,
  lo: usize,
  hi: usize,
  f0: f64,
  fLo: usize,
  fHi: usize,
  n: u32,
): u32 {
  for (let i: u32 = 0; i < n; ++i) {
    let q: f64;
    if (!lo) {
      q = (load<f64>(fHi) - f0) / <f64>(load<T>(hi) - load<T>(x));
      x += sizeof<T>();
    } else {
      if (!x) {
        q = (load<f64>(fHi) - load<f64>(fLo)) / <f64>(load<T>(hi) - load<T>(lo));
      } else {
        q = quotient<T>(load<T>(x), load<T>(lo), load<T>(hi), f0, load<f64>(fLo), load<f64>(fHi));
        x += sizeof<T>();
      }
      lo += sizeof<T>();
      fLo += 8;
    }
    const rounded = <T>q;
    if (rounded - rounded != 0) return i;
    store<T>(g, rounded);
    g += sizeof<T>();
    hi += sizeof<T>();
    fHi += 8;
  }
  return n;
}
