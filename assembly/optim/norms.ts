/** How large whole vectors are. Sums go over a fixed pattern of lanes and end in float64. */

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
