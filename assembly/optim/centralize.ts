import { all, bringRest, bulk, REST, returnRest, sub } from "../lanes";

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

function subtract<T>(x: usize, bytes: usize, c: f64): void {
  if (bytes == 0) return;
  const cc = all<T>(c);
  const end = x + bytes;
  do {
    store<v128>(x, sub<T>(load<v128>(x), cc));
    x += 16;
  } while (x < end);
}

/** g = g - mean of its row, for the rows of a matrix. A row of one element, as a vector has, would vanish: it stays. */
@inline
function centralize<T>(g: usize, h: usize): void {
  const columns = <u32>load<f64>(h, 16);
  if (columns < 2) return;
  for (let rows = <u32>load<f64>(h, 8); rows > 0; --rows) {
    const mean = sum<T>(g, columns) / <f64>columns;
    subtract<T>(g, bulk<T>(columns), mean);
    if (bringRest<T>(g, g, 0, 0, columns, 0)) {
      subtract<T>(REST, 16, mean);
      returnRest<T>(g, 0, 0, columns, 0);
    }
    g += <usize>columns * sizeof<T>();
  }
}

export function centralize_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  centralize<f64>(g, h);
}

export function centralize_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  centralize<f32>(g, h);
}
