import { add, addSquares, all, bringRest, bulk, div, mul, pmax, REST, returnRest, root, sub, SUMS, total } from "../lanes";
import { realPower } from "./power";

/**
 * torch.optim.Adafactor; for each matrix of an array, by its last two axes of R rows and C columns:
 *
 *   w = t^δ;   r = r + w(Σⱼg²/C - r);   c = c + w(Σᵢg²/R - c)
 *   v = rᵢcⱼ / max(Σᵢr/R, ε₁);   u = g/max(√v, ε₁)
 *   p = p - γλp - max(ε₂, |p|/√n) min(γ, 1/√t) / max(1, |u|/(√n d)) u
 *
 * where |p| and |u| are of the whole array and |p| is before the decay; u is ascended to maximize. A vector has c = v = the
 * mean of g² itself. State of each matrix is r, then c; of a vector c.
 */

/** c = c + k g² over a row; adds to the sums of g² and p². */
function squares<T>(p: usize, g: usize, c: usize, bytes: usize, share: f64): void {
  if (bytes == 0) return;
  const k = all<T>(share);
  let ofG = load<v128>(SUMS);
  let ofP = load<v128>(SUMS, 16);
  const end = g + bytes;
  do {
    const gi = load<v128>(g);
    store<v128>(c, add<T>(load<v128>(c), mul<T>(k, mul<T>(gi, gi))));
    ofG = addSquares<T>(ofG, gi);
    ofP = addSquares<T>(ofP, load<v128>(p));
    p += 16;
    c += 16;
    g += 16;
  } while (g < end);
  store<v128>(SUMS, ofG);
  store<v128>(SUMS, ofP, 16);
}

/** u over a row with r / mean r = f; adds to the sum of u², or p = kp - au if a is not 0. */
function update<T>(p: usize, g: usize, c: usize, bytes: usize, f: f64, ε1: f64, k: f64, a: f64): void {
  if (bytes == 0) return;
  const ff = all<T>(f);
  const least = all<T>(ε1);
  const kk = all<T>(k);
  const aa = all<T>(a);
  let ofU = load<v128>(SUMS);
  const end = g + bytes;
  do {
    const u = div<T>(load<v128>(g), pmax<T>(root<T>(mul<T>(ff, load<v128>(c))), least));
    if (a != 0) store<v128>(p, sub<T>(mul<T>(kk, load<v128>(p)), mul<T>(aa, u)));
    else ofU = addSquares<T>(ofU, u);
    p += 16;
    c += 16;
    g += 16;
  } while (g < end);
  store<v128>(SUMS, ofU);
}

/** All rows: see `update`. */
function updateAll<T>(
  p: usize,
  g: usize,
  s: usize,
  matrices: u32,
  rows: u32,
  columns: u32,
  factored: bool,
  ε1: f64,
  k: f64,
  a: f64,
): void {
  const width = <usize>columns * sizeof<T>();
  for (let matrix: u32 = 0; matrix < matrices; ++matrix) {
    const c = factored ? s + <usize>rows * sizeof<T>() : s;
    let mean: f64 = 0;
    if (factored) {
      for (let i: u32 = 0; i < rows; ++i) mean += <f64>load<T>(s + <usize>i * sizeof<T>());
      mean = max<f64>(mean / <f64>rows, ε1);
    }
    for (let i: u32 = 0; i < rows; ++i) {
      const f = factored ? <f64>load<T>(s + <usize>i * sizeof<T>()) / mean : 1;
      update<T>(p, g, c, bulk<T>(columns), f, ε1, k, a);
      memory.fill(REST, 0, 48);
      if (bringRest<T>(p, g, c, 0, columns, 1)) {
        update<T>(REST, REST + 16, REST + 32, 16, f, ε1, k, a);
        returnRest<T>(p, c, 0, columns, 1);
      }
      p += width;
      g += width;
    }
    s = c + width;
  }
}

@inline
function adafactor<T>(p: usize, g: usize, s: usize, n: u32, h: usize): void {
  const t = load<f64>(h);
  const rate = load<f64>(h, 8);
  let ε1 = load<f64>(h, 24);
  if (ε1 == 0) ε1 = <f64>(sizeof<T>() == 8 ? f64.EPSILON : f32.EPSILON);
  const factored = load<f64>(h, 64) != 0;
  const rows = factored ? <u32>load<f64>(h, 64) : 1;
  const columns = <u32>load<f64>(h, 72);
  const matrices = n / (rows * columns);
  const width = <usize>columns * sizeof<T>();
  const w = realPower(t, load<f64>(h, 16));

  memory.fill(REST, 0, 128); // what lies beside the rest must add nothing to the sums
  let pp = p;
  let gg = g;
  let row = s;
  for (let matrix: u32 = 0; matrix < matrices; ++matrix) {
    const c = factored ? row + <usize>rows * sizeof<T>() : row;
    for (let j: u32 = 0; j < columns; ++j) {
      const at = c + <usize>j * sizeof<T>();
      store<T>(at, <T>((1 - w) * <f64>load<T>(at)));
    }
    for (let i: u32 = 0; i < rows; ++i) {
      store<v128>(SUMS, f64x2.splat(0));
      squares<T>(pp, gg, c, bulk<T>(columns), w / <f64>rows);
      if (bringRest<T>(pp, gg, c, 0, columns, 1)) {
        squares<T>(REST, REST + 16, REST + 32, 16, w / <f64>rows);
        returnRest<T>(pp, c, 0, columns, 1);
      }
      if (factored) {
        store<T>(row, <T>((1 - w) * <f64>load<T>(row) + (w * total(load<v128>(SUMS))) / <f64>columns));
        row += sizeof<T>();
      }
      pp += width;
      gg += width;
    }
    row = c + width;
  }

  const size = <f64>n;
  const length = max<f64>(load<f64>(h, 32), sqrt(total(load<v128>(SUMS, 16)) / size)) * min<f64>(rate, 1 / sqrt(t));
  store<v128>(SUMS, f64x2.splat(0));
  updateAll<T>(p, g, s, matrices, rows, columns, factored, ε1, 1, 0);
  const clipped = max<f64>(1, sqrt(total(load<v128>(SUMS)) / size) / load<f64>(h, 40));
  const a = (load<f64>(h, 56) != 0 ? -length : length) / clipped;
  const k = 1 - rate * load<f64>(h, 48);
  if (a != 0) updateAll<T>(p, g, s, matrices, rows, columns, factored, ε1, k, a);
}

export function adafactor_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adafactor<f64>(p, g, s, n, h);
}

export function adafactor_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adafactor<f32>(p, g, s, n, h);
}
