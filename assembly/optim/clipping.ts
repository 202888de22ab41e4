/** What clips a gradient, all of it or each entry. */
import { all, bringRest, bulk, larger, mul, REST, returnRest, smaller } from "../lanes";

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
