import { add, all, mul } from "../lanes";

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

/** out[i][j] = x[i] · x[j] for rows of `bytes` bytes, four j at a time. */
function gram<T>(x: usize, rows: u32, bytes: usize, out: usize): void {
  for (let i: u32 = 0; i < rows; ++i) {
    const xi = x + <usize>i * bytes;
    for (let j: u32 = 0; j < rows; j += 4) {
      let x0 = x + <usize>j * bytes;
      let s0 = all<T>(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let at = xi;
      const end = at + bytes;
      do {
        const a = load<v128>(at);
        s0 = add<T>(s0, mul<T>(a, load<v128>(x0)));
        s1 = add<T>(s1, mul<T>(a, load<v128>(x0 + bytes)));
        s2 = add<T>(s2, mul<T>(a, load<v128>(x0 + 2 * bytes)));
        s3 = add<T>(s3, mul<T>(a, load<v128>(x0 + 3 * bytes)));
        x0 += 16;
        at += 16;
      } while (at < end);
      store<T>(out, sumOf<T>(s0));
      store<T>(out, sumOf<T>(s1), sizeof<T>());
      store<T>(out, sumOf<T>(s2), 2 * sizeof<T>());
      store<T>(out, sumOf<T>(s3), 3 * sizeof<T>());
      out += 4 * sizeof<T>();
    }
  }
}

@inline
function sumOf<T>(x: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
  const pairs = f32x4.add(x, v128.shuffle<i64>(x, x, 1, 0));
  return <T>(f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
}

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

/** y[i] = 3.4445 x[i] + Σ b[i][k] x[k], four k at a time. */
function multiply<T>(y: usize, b: usize, x: usize, rows: u32, bytes: usize): void {
  for (let i: u32 = 0; i < rows; ++i) {
    memory.fill(y, 0, bytes);
    combine<T>(y, x + <usize>i * bytes, bytes, 3.4445, 0);
    for (let k: u32 = 0; k < rows; k += 4) {
      const b0 = v128.splat<T>(load<T>(b));
      const b1 = v128.splat<T>(load<T>(b, sizeof<T>()));
      const b2 = v128.splat<T>(load<T>(b, 2 * sizeof<T>()));
      const b3 = v128.splat<T>(load<T>(b, 3 * sizeof<T>()));
      let x0 = x + <usize>k * bytes;
      let at = y;
      const end = y + bytes;
      do {
        const low = add<T>(mul<T>(b0, load<v128>(x0)), mul<T>(b1, load<v128>(x0 + bytes)));
        const high = add<T>(mul<T>(b2, load<v128>(x0 + 2 * bytes)), mul<T>(b3, load<v128>(x0 + 3 * bytes)));
        store<v128>(at, add<T>(load<v128>(at), add<T>(low, high)));
        x0 += 16;
        at += 16;
      } while (at < end);
      b += 4 * sizeof<T>();
    }
    y += bytes;
  }
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
    gram<T>(x, high, bytes, a);
    gram<T>(a, high, <usize>high * sizeof<T>(), b);
    combine<T>(b, a, square, -4.775, 2.0315);
    multiply<T>(y, b, x, high, bytes);
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

export function muon_f64(p: usize, g: usize, s: usize, scratch: usize, n: u32, h: usize): void {
  muon<f64>(p, g, s, scratch, h);
}

export function muon_f32(p: usize, g: usize, s: usize, scratch: usize, n: u32, h: usize): void {
  muon<f32>(p, g, s, scratch, h);
}
