/** What loops and transforms do with whole vectors. Sums go over a fixed pattern of lanes and end in float64. */
import { all, bulk, larger, magnitude, mul, rest, smaller } from "../lanes";

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
@inline
function scale<T, V>(x: usize, bytes: usize, c: f64): void {
  const cc = all<T, V>(c);
  for (const end = x + bytes; x < end; x += sizeof<V>()) store<V>(x, mul<T, V>(cc, load<V>(x)));
}

/** x = min(max(x, -c), c); NaN stays */
@inline
function clamp<T, V>(x: usize, bytes: usize, c: f64): void {
  const lo = all<T, V>(-c);
  const hi = all<T, V>(c);
  for (const end = x + bytes; x < end; x += sizeof<V>())
    store<V>(x, smaller<T, V>(larger<T, V>(load<V>(x), lo), hi));
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
  scale<f64, v128>(x, bulk<f64>(n), c);
  scale<f64, f64>(x + bulk<f64>(n), rest<f64>(n), c);
}
export function scale_f32(x: usize, n: u32, c: f64): void {
  scale<f32, v128>(x, bulk<f32>(n), c);
  scale<f32, f32>(x + bulk<f32>(n), rest<f32>(n), c);
}
export function clamp_f64(x: usize, n: u32, c: f64): void {
  clamp<f64, v128>(x, bulk<f64>(n), c);
  clamp<f64, f64>(x + bulk<f64>(n), rest<f64>(n), c);
}
export function clamp_f32(x: usize, n: u32, c: f64): void {
  clamp<f32, v128>(x, bulk<f32>(n), c);
  clamp<f32, f32>(x + bulk<f32>(n), rest<f32>(n), c);
}
