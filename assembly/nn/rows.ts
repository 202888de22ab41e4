/** What is done with the rows of a matrix, of which each is a sample. */
import { add, all } from "../lanes";

/** Sums of so many rows are added up: float32 loses less than in one sum of all. */
const BLOCK = 128;

/** out[j] = Σᵢ d[i, j] */
@inline
function columnSums<T>(out: usize, d: usize, rows: u32, width: u32): void {
  memory.fill(out, 0, <usize>width * sizeof<T>());
  for (let i: u32 = 0; i < rows; ++i) {
    for (let j: usize = 0; j < width; ++j) {
      store<T>(out + j * sizeof<T>(), load<T>(out + j * sizeof<T>()) + load<T>(d));
      d += sizeof<T>();
    }
  }
}

/** Index of the first element that is NaN or infinite, or -1. */
@inline
function firstNotFinite<T>(x: usize, n: u32): i32 {
  for (let i: u32 = 0; i < n; ++i) if (!isFinite<T>(load<T>(x + <usize>i * sizeof<T>()))) return i;
  return -1;
}

/** Copies rows of `from`, `rowBytes` from one to the next, in the order of the indices. */
export function gather(out: usize, from: usize, indices: usize, rows: u32, rowBytes: u32): void {
  for (let i: u32 = 0; i < rows; ++i) {
    memory.copy(out, from + <usize>load<u32>(indices) * rowBytes, rowBytes);
    out += rowBytes;
    indices += 4;
  }
}

export function columnSums_f32(out: usize, d: usize, rows: u32, width: u32): void {
  columnSums<f32>(out, d, rows, width);
}
export function columnSums_f64(out: usize, d: usize, rows: u32, width: u32): void {
  columnSums<f64>(out, d, rows, width);
}
export function firstNotFinite_f32(x: usize, n: u32): i32 {
  return firstNotFinite<f32>(x, n);
}
export function firstNotFinite_f64(x: usize, n: u32): i32 {
  return firstNotFinite<f64>(x, n);
}
