/** max |x[i]|; NaN if any is NaN. */
export function maximumNorm<T>(x: usize, n: u32): f64 {
  let largest: T = 0;
  for (let i: u32 = 0; i < n; ++i) {
    largest = max<T>(largest, abs(load<T>(x)));
    x += sizeof<T>();
  }
  return <f64>largest;
}
