import { all, bulk, rest, sub } from "../lanes";

/** Σ x[i] in float64, in four sums that are joined at the end. */
@inline
function sum<T>(x: usize, n: u32): f64 {
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  const end = x + <usize>n * sizeof<T>();
  for (; x + 4 * sizeof<T>() <= end; x += 4 * sizeof<T>()) {
    a += <f64>load<T>(x);
    b += <f64>load<T>(x, sizeof<T>());
    c += <f64>load<T>(x, 2 * sizeof<T>());
    d += <f64>load<T>(x, 3 * sizeof<T>());
  }
  for (; x < end; x += sizeof<T>()) a += <f64>load<T>(x);
  return a + b + (c + d);
}

@inline
function subtract<T, V>(x: usize, bytes: usize, c: f64): void {
  const cc = all<T, V>(c);
  for (const end = x + bytes; x < end; x += sizeof<V>()) store<V>(x, sub<T, V>(load<V>(x), cc));
}

/** g = g - mean of its row, for the rows of a matrix. A row of one element, as a vector has, would vanish: it stays. */
@inline
function centralize<T>(g: usize, h: usize): void {
  const columns = <u32>load<f64>(h, 16);
  if (columns < 2) return;
  const whole = bulk<T>(columns);
  for (let rows = <u32>load<f64>(h, 8); rows > 0; --rows) {
    const mean = sum<T>(g, columns) / <f64>columns;
    subtract<T, v128>(g, whole, mean);
    subtract<T, T>(g + whole, rest<T>(columns), mean);
    g += <usize>columns * sizeof<T>();
  }
}

export function centralize_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  centralize<f64>(g, h);
}

export function centralize_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  centralize<f32>(g, h);
}
