/** What loops and transforms do with whole vectors. Sums go over a fixed pattern of lanes and end in float64. */
import { all, bringRest, bulk, larger, mul, REST, returnRest, smaller } from "../lanes";

/** max |x[i]|; NaN if any is NaN. */
@inline
function maximumNorm<T>(x: usize, n: u32): f64 {
  let largest: T = 0;
  for (let i: u32 = 0; i < n; ++i) {
    largest = max<T>(largest, abs(load<T>(x)));
    x += sizeof<T>();
  }
  return <f64>largest;
}

/** Σ x[i]², each square and the sum in float64, which no float32 overflows. */
@inline
function sumOfSquares<T>(x: usize, n: u32): f64 {
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  const end = x + <usize>n * sizeof<T>();
  for (; x + 4 * sizeof<T>() <= end; x += 4 * sizeof<T>()) {
    const xa = <f64>load<T>(x);
    const xb = <f64>load<T>(x, sizeof<T>());
    const xc = <f64>load<T>(x, 2 * sizeof<T>());
    const xd = <f64>load<T>(x, 3 * sizeof<T>());
    a += xa * xa;
    b += xb * xb;
    c += xc * xc;
    d += xd * xd;
  }
  for (; x < end; x += sizeof<T>()) a += <f64>load<T>(x) * <f64>load<T>(x);
  return a + b + (c + d);
}

/** x = c x */
function scaleVectors<T>(x: usize, bytes: usize, c: f64): void {
  if (bytes == 0) return;
  const cc = all<T>(c);
  const end = x + bytes;
  do {
    store<v128>(x, mul<T>(cc, load<v128>(x)));
    x += 16;
  } while (x < end);
}

/** x = min(max(x, -c), c); NaN stays */
function clampVectors<T>(x: usize, bytes: usize, c: f64): void {
  if (bytes == 0) return;
  const lo = all<T>(-c);
  const hi = all<T>(c);
  const end = x + bytes;
  do {
    store<v128>(x, smaller<T>(larger<T>(load<v128>(x), lo), hi));
    x += 16;
  } while (x < end);
}

@inline
function scale<T>(x: usize, n: u32, c: f64): void {
  scaleVectors<T>(x, bulk<T>(n), c);
  if (bringRest<T>(x, x, 0, 0, n, 0)) {
    scaleVectors<T>(REST, 16, c);
    returnRest<T>(x, 0, 0, n, 0);
  }
}

@inline
function clamp<T>(x: usize, n: u32, c: f64): void {
  clampVectors<T>(x, bulk<T>(n), c);
  if (bringRest<T>(x, x, 0, 0, n, 0)) {
    clampVectors<T>(REST, 16, c);
    returnRest<T>(x, 0, 0, n, 0);
  }
}

export function maximumNorm_f64(x: usize, n: u32): f64 {
  return maximumNorm<f64>(x, n);
}
export function maximumNorm_f32(x: usize, n: u32): f64 {
  return maximumNorm<f32>(x, n);
}
export function sumOfSquares_f64(x: usize, n: u32): f64 {
  return sumOfSquares<f64>(x, n);
}
export function sumOfSquares_f32(x: usize, n: u32): f64 {
  return sumOfSquares<f32>(x, n);
}
export function scale_f64(x: usize, n: u32, c: f64): void {
  scale<f64>(x, n, c);
}
export function scale_f32(x: usize, n: u32, c: f64): void {
  scale<f32>(x, n, c);
}
export function clamp_f64(x: usize, n: u32, c: f64): void {
  clamp<f64>(x, n, c);
}
export function clamp_f32(x: usize, n: u32, c: f64): void {
  clamp<f32>(x, n, c);
}
