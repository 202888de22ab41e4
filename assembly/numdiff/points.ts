/**
 * Where to evaluate a function of n parameters for finite differences, by the rules of SciPy's approx_derivative.
 *
 * The default step is h = r*s*max(1,|x|), s = -1 below zero and 1 elsewhere, r chosen by the caller from the precision.
 * A relative step is given[i]*s*|x|, an absolute one given[i]; where x + h rounds to x either gives way to the default.
 */

const RELATIVE: u32 = 1;
const ABSOLUTE: u32 = 2;

@inline
function stepOf<T>(x: f64, r: f64, rule: u32, given: usize): f64 {
  const s: f64 = x >= 0 ? 1 : -1;
  const usual = r * s * max<f64>(1, abs(x));
  if (rule == 0) return usual;
  const h = rule == RELATIVE ? load<f64>(given) * s * abs(x) : load<f64>(given);
  return <f64>(<T>(x + h)) - x == 0 ? usual : h;
}

/** hi[i] = x[i] + h, or x[i] - h if sign is -1. */
export function oneSided<T>(hi: usize, x: usize, n: u32, r: f64, rule: u32, given: usize, sign: f64): void {
  for (let i: u32 = 0; i < n; ++i) {
    const xi = <f64>load<T>(x);
    store<T>(hi, <T>(xi + sign * stepOf<T>(xi, r, rule, given)));
    x += sizeof<T>();
    hi += sizeof<T>();
    given += 8;
  }
}

/** lo[i] = x[i] - |h|, hi[i] = x[i] + |h|. */
export function twoSided<T>(lo: usize, hi: usize, x: usize, n: u32, r: f64, rule: u32, given: usize): void {
  for (let i: u32 = 0; i < n; ++i) {
    const xi = <f64>load<T>(x);
    const h = abs(stepOf<T>(xi, r, rule, given));
    store<T>(lo, <T>(xi - h));
    store<T>(hi, <T>(xi + h));
    x += sizeof<T>();
    lo += sizeof<T>();
    hi += sizeof<T>();
    given += 8;
  }
}

/**
 * g[i] = (fHi[i] - fLo[i]) / (hi[i] - lo[i]).
 *
 * The step is taken from the points as they were rounded, not from h.
 */
export function quotients<T>(g: usize, fLo: usize, fHi: usize, lo: usize, hi: usize, n: u32): void {
  for (let i: u32 = 0; i < n; ++i) {
    const dx = <f64>load<T>(hi) - <f64>load<T>(lo);
    store<T>(g, <T>((load<f64>(fHi) - load<f64>(fLo)) / dx));
    g += sizeof<T>();
    lo += sizeof<T>();
    hi += sizeof<T>();
    fLo += 8;
    fHi += 8;
  }
}
