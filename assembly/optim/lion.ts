import { add, all, bringRest, bulk, bySign, mul, REST, returnRest, sub } from "../lanes";

/**
 * Evolved sign momentum, Lion of Chen et al.:
 *
 *   p = p - γ(sign(β₁m + (1-β₁)g) + λp);   m = β₂m + (1-β₂)g
 *
 * -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  const rate = load<f64>(h, 8);
  const γ = all<T>(rate);
  const back = all<T>(-rate);
  const σ: f64 = load<f64>(h, 40) != 0 ? -1 : 1;
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(σ * (1 - load<f64>(h, 16)));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(σ * (1 - load<f64>(h, 24)));
  const keep = all<T>(1 - rate * load<f64>(h, 32));
  const end = p + bytes;
  do {
    const gi = load<v128>(g);
    const mi = load<v128>(m);
    const c = add<T>(mul<T>(β1, mi), mul<T>(c1, gi));
    store<v128>(p, sub<T>(mul<T>(load<v128>(p), keep), bySign<T>(c, back, γ)));
    store<v128>(m, add<T>(mul<T>(β2, mi), mul<T>(c2, gi)));
    g += 16;
    m += 16;
    p += 16;
  } while (p < end);
}

@inline
function lion<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 1)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 1);
  }
}

export function lion_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lion<f64>(p, g, s, apart, n, h);
}

export function lion_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lion<f32>(p, g, s, apart, n, h);
}
