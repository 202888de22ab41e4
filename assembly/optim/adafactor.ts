import { add, all, BLOCK, bringRest, bulk, div, gather, mul, pmin, REST, returnRest, root, sub, SUMS, total } from "../lanes";
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

/** c = keep c + share g² over a row; adds to the sums of g² and p². */
function squares<T>(p: usize, g: usize, c: usize, bytes: usize, keep: f64, share: f64): void {
  if (bytes == 0) return;
  const kk = all<T>(keep);
  const k = all<T>(share);
  let i: usize = 0;
  do {
    const stop = min<usize>(i + BLOCK, bytes);
    let ofG = all<T>(0);
    let ofP = all<T>(0);
    do {
      const gi = load<v128>(g + i);
      const pi = load<v128>(p + i);
      const square = mul<T>(gi, gi);
      store<v128>(c + i, add<T>(mul<T>(kk, load<v128>(c + i)), mul<T>(k, square)));
      ofG = add<T>(ofG, square);
      ofP = add<T>(ofP, mul<T>(pi, pi));
      i += 16;
    } while (i < stop);
    gather<T>(SUMS, ofG);
    gather<T>(SUMS + 16, ofP);
  } while (i < bytes);
}

/** u over a row, q = 1/√c and f = √(mean r / r); adds to the sum of u², or p = kp - au if a is not 0. */
function update<T>(p: usize, g: usize, q: usize, bytes: usize, f: f64, most: f64, k: f64, a: f64): void {
  if (bytes == 0) return;
  const ff = all<T>(f);
  const bound = all<T>(most);
  const kk = all<T>(k);
  const aa = all<T>(a);
  let i: usize = 0;
  do {
    const stop = min<usize>(i + BLOCK, bytes);
    let ofU = all<T>(0);
    do {
      const u = mul<T>(load<v128>(g + i), pmin<T>(mul<T>(ff, load<v128>(q + i)), bound));
      if (a != 0) store<v128>(p + i, sub<T>(mul<T>(kk, load<v128>(p + i)), mul<T>(aa, u)));
      else ofU = add<T>(ofU, mul<T>(u, u));
      i += 16;
    } while (i < stop);
    gather<T>(SUMS, ofU);
  } while (i < bytes);
}

/** All rows: see `update`. */
function updateAll<T>(
  p: usize,
  g: usize,
  s: usize,
  q: usize,
  matrices: u32,
  rows: u32,
  columns: u32,
  factored: bool,
  ε1: f64,
  k: f64,
  a: f64,
): void {
  const width = <usize>columns * sizeof<T>();
  const largest = <f64>(sizeof<T>() == 8 ? f64.MAX_VALUE : f32.MAX_VALUE); // for 0 times it is 0
  for (let matrix: u32 = 0; matrix < matrices; ++matrix) {
    const c = factored ? s + <usize>rows * sizeof<T>() : s;
    let mean: f64 = 0;
    if (factored) {
      for (let i: u32 = 0; i < rows; ++i) mean += <f64>load<T>(s + <usize>i * sizeof<T>());
      mean = max<f64>(mean / <f64>rows, ε1);
    }
    // A division and a root for each column instead of each element. The last vector may reach beyond them.
    for (let i: usize = 0; i < width; i += 16)
      store<v128>(q + i, div<T>(all<T>(1), root<T>(load<v128>(c + i))));
    for (let i: u32 = 0; i < rows; ++i) {
      const f = factored ? min<f64>(sqrt(mean / <f64>load<T>(s + <usize>i * sizeof<T>())), largest) : 1;
      update<T>(p, g, q, bulk<T>(columns), f, min<f64>(1 / ε1, largest), k, a);
      memory.fill(REST, 0, 48);
      if (bringRest<T>(p, g, q, 0, columns, 1)) {
        update<T>(REST, REST + 16, REST + 32, 16, f, min<f64>(1 / ε1, largest), k, a);
        returnRest<T>(p, q, 0, columns, 1);
      }
      p += width;
      g += width;
    }
    s = c + width;
  }
}

@inline
function adafactor<T>(p: usize, g: usize, s: usize, n: u32, h: usize, q: usize): void {
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
    for (let i: u32 = 0; i < rows; ++i) {
      const keep = i == 0 ? 1 - w : 1;
      store<v128>(SUMS, f64x2.splat(0));
      squares<T>(pp, gg, c, bulk<T>(columns), keep, w / <f64>rows);
      if (bringRest<T>(pp, gg, c, 0, columns, 1)) {
        squares<T>(REST, REST + 16, REST + 32, 16, keep, w / <f64>rows);
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
  updateAll<T>(p, g, s, q, matrices, rows, columns, factored, ε1, 1, 0);
  const clipped = max<f64>(1, sqrt(total(load<v128>(SUMS)) / size) / load<f64>(h, 40));
  const a = (load<f64>(h, 56) != 0 ? -length : length) / clipped;
  const k = 1 - rate * load<f64>(h, 48);
  if (a != 0) updateAll<T>(p, g, s, q, matrices, rows, columns, factored, ε1, k, a);
}

export function adafactor_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, q: usize): void {
  adafactor<f64>(p, g, s, n, h, q);
}

export function adafactor_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, q: usize): void {
  adafactor<f32>(p, g, s, n, h, q);
}
