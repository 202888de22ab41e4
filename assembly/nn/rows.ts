/** What is done with the rows of a matrix, of which each is a sample. */
import { add, all, sub } from "../lanes";
import { put, take } from "./part";

/**
 * So many rows are added up by themselves: float32 loses less than in one sum of all, and of rows that lie a power of two
 * apart no more stay in the cache while their columns are gone through.
 */
const BLOCK: u32 = 32;

/** out[j] = Σᵢ d[i, j], a vector of columns after the other; alternately two sums. */
@inline
function columnSums<T>(out: usize, d: usize, rows: u32, width: u32): void {
  const bytes = width * sizeof<T>();
  const zero = all<T>(0);
  memory.fill(out, 0, bytes);
  while (rows != 0) {
    const block = min(rows, BLOCK);
    rows -= block;
    let left = <i32>bytes;
    let to = out;
    do {
      let x = d;
      let i = block;
      let a = zero;
      let b = zero;
      if (left >= 16) {
        for (; i >= 4; i -= 4) {
          a = add<T>(a, add<T>(load<v128>(x), load<v128>(x + bytes)));
          x += 2 * bytes;
          b = add<T>(b, add<T>(load<v128>(x), load<v128>(x + bytes)));
          x += 2 * bytes;
        }
      }
      for (; i != 0; --i) {
        a = add<T>(a, take<T>(x, left, zero));
        x += bytes;
      }
      put<T>(to, left, add<T>(take<T>(to, left, zero), add<T>(a, b)));
      to += 16;
      d += 16;
      left -= 16;
    } while (left > 0);
    d += (block - 1) * bytes + <u32>left;
  }
}

/** Index of the first element that is NaN or infinite, or -1. Only of these x - x is not 0. */
@inline
function firstNotFinite<T>(x: usize, n: u32): i32 {
  const start = x;
  const end = x + <usize>n * sizeof<T>();
  const bulk = end - 64;
  while (<isize>(bulk - x) >= 0) {
    const a = load<v128>(x);
    const b = load<v128>(x, 16);
    const c = load<v128>(x, 32);
    const d = load<v128>(x, 48);
    const differences = v128.or(v128.or(sub<T>(a, a), sub<T>(b, b)), v128.or(sub<T>(c, c), sub<T>(d, d)));
    if (v128.any_true(differences)) break;
    x += 64;
  }
  for (; x < end; x += sizeof<T>()) if (!isFinite<T>(load<T>(x))) return <i32>((x - start) / sizeof<T>());
  return -1;
}

/** Copies rows of `from`, `rowBytes` from one to the next, in the order of the indices. */
export function gather(out: usize, from: usize, indices: usize, rows: u32, rowBytes: u32): void {
  const end = indices + 4 * <usize>rows;
  for (; indices < end; indices += 4) {
    const row = from + <usize>load<u32>(indices) * rowBytes;
    if (rowBytes == 4) store<u32>(out, load<u32>(row));
    else memory.copy(out, row, rowBytes);
    out += rowBytes;
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
