import { add, all, bulk, mul, rest } from "../lanes";

/** y = y + c x */
@inline
function addScaled<T, V>(y: usize, x: usize, bytes: usize, c: f64): void {
  const cc = all<T, V>(c);
  for (const end = y + bytes; y < end; y += sizeof<V>()) {
    store<V>(y, add<T, V>(load<V>(y), mul<T, V>(cc, load<V>(x))));
    x += sizeof<V>();
  }
}

export function addScaled_f64(y: usize, x: usize, n: u32, c: f64): void {
  addScaled<f64, v128>(y, x, bulk<f64>(n), c);
  addScaled<f64, f64>(y + bulk<f64>(n), x + bulk<f64>(n), rest<f64>(n), c);
}
export function addScaled_f32(y: usize, x: usize, n: u32, c: f64): void {
  addScaled<f32, v128>(y, x, bulk<f32>(n), c);
  addScaled<f32, f32>(y + bulk<f32>(n), x + bulk<f32>(n), rest<f32>(n), c);
}
