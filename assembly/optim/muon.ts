import { add, all, mul, SCRATCH } from "../lanes";
import { product } from "../nn/product";

/**
 * torch.optim.Muon, for a matrix:
 *
 *   b = b + (1-μ)(g - b);   u = g + μ(b - g) with Nesterov, else b
 *   X = u/max(|u|, ε), and five times   A = XXᵀ;   X = 3.4445X + (-4.775A + 2.0315A²)X
 *   p = p - γλp - γ' X;   γ' = γ√max(1, rows/columns), or 0.2γ√max(rows, columns) to match the size of AdamW's steps
 *
 * X lies in memory of its own, transposed if it has more rows than columns, with rows and columns of zeros that make whole
 * vectors and fours of rows:
 *
 *   scratch   X | the next X | A | B = -4.775A + 2.0315A²
 */

/** y = a x + c y */
function combine<T>(y: usize, x: usize, bytes: usize, a: f64, c: f64): void {
  const aa = all<T>(a);
  const cc = all<T>(c);
  const end = y + bytes;
  do {
    store<v128>(y, add<T>(mul<T>(aa, load<v128>(x)), mul<T>(cc, load<v128>(y))));
    x += 16;
    y += 16;
  } while (y < end);
}

@inline
function muon<T>(p: usize, g: usize, s: usize, x: usize, h: usize): void {
  const rate = load<f64>(h, 8);
  const μ = <T>load<f64>(h, 16);
  const nesterov = load<f64>(h, 40) != 0;
  const rows = <u32>load<f64>(h, 56);
  const columns = <u32>load<f64>(h, 64);
  const lies = rows <= columns; // whether X is as the matrix is, not transposed
  const high = ((lies ? rows : columns) + 3) & ~3;
  const bytes = (<usize>(lies ? columns : rows) * sizeof<T>() + 15) & ~15;
  const down = lies ? bytes : sizeof<T>();
  const right = lies ? sizeof<T>() : bytes;
  const wide = bytes / sizeof<T>();
  const size = <usize>high * bytes;
  let y = x + size;
  const a = y + size;
  const square = <usize>high * high * sizeof<T>();
  const b = a + square;

  memory.fill(x, 0, size);
  let sum: f64 = 0;
  for (let i: u32 = 0, at: usize = 0; i < rows; ++i) {
    for (let j: u32 = 0; j < columns; ++j, at += sizeof<T>()) {
      const gi = load<T>(g + at);
      const bi = load<T>(s + at) + (1 - μ) * (gi - load<T>(s + at));
      store<T>(s + at, bi);
      const u = nesterov ? gi + μ * (bi - gi) : bi;
      store<T>(x + <usize>i * down + <usize>j * right, u);
      sum += <f64>u * <f64>u;
    }
  }
  combine<T>(x, x, size, 0, 1 / max<f64>(sqrt(sum), load<f64>(h, 32)));

  for (let k = 0; k < 5; ++k) {
    product<T>(a, x, x, 0, high, high, wide, 2, SCRATCH); // X Xᵀ
    product<T>(b, a, a, 0, high, high, high, 0, SCRATCH);
    combine<T>(b, a, square, -4.775, 2.0315);
    product<T>(y, b, x, 0, high, wide, high, 0, SCRATCH);
    combine<T>(y, x, size, 3.4445, 1);
    const last = x;
    x = y;
    y = last;
  }

  const r = <f64>rows;
  const c = <f64>columns;
  const adjusted = rate * (load<f64>(h, 48) != 0 ? 0.2 * sqrt(max<f64>(r, c)) : sqrt(max<f64>(1, r / c)));
  const keep = <T>(1 - rate * load<f64>(h, 24));
  for (let i: u32 = 0; i < rows; ++i) {
    for (let j: u32 = 0; j < columns; ++j, p += sizeof<T>())
      store<T>(p, keep * load<T>(p) - <T>adjusted * load<T>(x + <usize>i * down + <usize>j * right));
  }
}

export function muon_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, scratch: usize): void {
  muon<f64>(p, g, s, scratch, h);
}

export function muon_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, scratch: usize): void {
  muon<f32>(p, g, s, scratch, h);
}
