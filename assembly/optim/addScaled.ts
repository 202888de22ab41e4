/** y = y + c x; element by element, for the module is in every bundle and its callers bring x in, which takes as long. */
@inline
function addScaled<T>(y: usize, x: usize, n: u32, c: f64): void {
  for (const end = y + <usize>n * sizeof<T>(); y < end; y += sizeof<T>()) {
    store<T>(y, load<T>(y) + <T>c * load<T>(x));
    x += sizeof<T>();
  }
}

export function addScaled_f64(y: usize, x: usize, n: u32, c: f64): void {
  addScaled<f64>(y, x, n, c);
}

export function addScaled_f32(y: usize, x: usize, n: u32, c: f64): void {
  addScaled<f32>(y, x, n, c);
}
