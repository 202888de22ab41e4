import { add, all, bringRest, bulk, mul, REST, returnRest, sub } from "../lanes";

/**
 * Gradient descent, torch.optim.SGD:
 *
 *   d = g + λp;   b = d at the first step, else μb + (1-τ)d;   d = d + μb with Nesterov, else b;   p = p - γd
 *
 * Without momentum (μ = 0) there is no buffer b and d is used as it is. To maximize, g is -g.
 */
function sweep<T>(p: usize, g: usize, b: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  const momentum = load<f64>(h, 16);
  const nesterov = load<f64>(h, 40) != 0;
  if (momentum == 0) b = p; // what goes there is written over at once
  const γ = all<T>(load<f64>(h, 8));
  const μ = all<T>(momentum);
  const keep = all<T>(load<f64>(h) == 1 || momentum == 0 ? 1 : 1 - load<f64>(h, 24)); // b is 0 at first
  const λ = all<T>(load<f64>(h, 32));
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  const end = p + bytes;
  // A loop for each way, for a choice within takes up to twice as long.
  if (nesterov || load<f64>(h, 32) != 0) {
    const ofD = all<T>(nesterov ? 1 : 0);
    const ofB = all<T>(nesterov ? momentum : 1);
    do {
      const pi = load<v128>(p);
      const d = add<T>(mul<T>(σ, load<v128>(g)), mul<T>(λ, pi));
      const bi = add<T>(mul<T>(μ, load<v128>(b)), mul<T>(keep, d));
      store<v128>(b, bi);
      store<v128>(p, sub<T>(pi, mul<T>(γ, add<T>(mul<T>(ofD, d), mul<T>(ofB, bi)))));
      g += 16;
      b += 16;
      p += 16;
    } while (p < end);
    return;
  }
  // Four vectors at a time, for what else a loop does takes as long as the formula.
  const k = mul<T>(keep, σ);
  do {
    const pi = load<v128>(p);
    const bi = add<T>(mul<T>(μ, load<v128>(b)), mul<T>(k, load<v128>(g)));
    store<v128>(b, bi);
    store<v128>(p, sub<T>(pi, mul<T>(γ, bi)));
    if (p + 16 == end) break;
    const pj = load<v128>(p, 16);
    const bj = add<T>(mul<T>(μ, load<v128>(b, 16)), mul<T>(k, load<v128>(g, 16)));
    store<v128>(b, bj, 16);
    store<v128>(p, sub<T>(pj, mul<T>(γ, bj)), 16);
    if (p + 32 == end) break;
    const pk = load<v128>(p, 32);
    const bk = add<T>(mul<T>(μ, load<v128>(b, 32)), mul<T>(k, load<v128>(g, 32)));
    store<v128>(b, bk, 32);
    store<v128>(p, sub<T>(pk, mul<T>(γ, bk)), 32);
    if (p + 48 == end) break;
    const pl = load<v128>(p, 48);
    const bl = add<T>(mul<T>(μ, load<v128>(b, 48)), mul<T>(k, load<v128>(g, 48)));
    store<v128>(b, bl, 48);
    store<v128>(p, sub<T>(pl, mul<T>(γ, bl)), 48);
    g += 64;
    b += 64;
    p += 64;
  } while (p < end);
}

@inline
function sgd<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const slots = load<f64>(h, 16) != 0 ? 1 : 0;
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, slots)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, slots);
  }
}

export function sgd_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sgd<f64>(p, g, s, apart, n, h);
}

export function sgd_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sgd<f32>(p, g, s, apart, n, h);
}
