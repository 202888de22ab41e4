import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";
import { power, shortfall } from "./power";

/**
 * Rectified Adam, torch.optim.RAdam:
 *
 *   p = p - γλp if decoupled, else g = g + λp
 *   m = β₁m + (1-β₁)g;   v = β₂v + (1-β₂)g²
 *   ρ∞ = 2/(1-β₂) - 1;   ρ = ρ∞ - 2tβ₂ᵗ/(1-β₂ᵗ)
 *   p = p - γ/(1-β₁ᵗ) · m · √(1-β₂ᵗ)/(√v + ε) · √((ρ-4)(ρ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρ)) if ρ > 5
 *   p = p - γ/(1-β₁ᵗ) · m otherwise
 *
 * -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let v = m + apart;
  const t = load<f64>(h);
  // Not 1 - `power`, whose error ρ would have a thousandfold: it is a small difference of large numbers.
  const short = shortfall(load<f64>(h, 24), <u32>t);
  const ρ1 = 2 / (1 - load<f64>(h, 24)) - 1;
  const ρ = ρ1 - (2 * t * (1 - short)) / short;
  const rectified = ρ > 5;
  let rate = load<f64>(h, 8) / (1 - power(load<f64>(h, 16), <u32>t));
  if (rectified) rate *= sqrt(short * (((ρ - 4) * (ρ - 2) * ρ1) / ((ρ1 - 4) * (ρ1 - 2) * ρ)));
  const γ = all<T>(rate);
  const ε = all<T>(load<f64>(h, 32));
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(1 - load<f64>(h, 16));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(1 - load<f64>(h, 24));
  const decoupled = load<f64>(h, 48) != 0;
  const decays = !decoupled && load<f64>(h, 40) != 0;
  const λ = all<T>(load<f64>(h, 40));
  const keep = all<T>(decoupled ? 1 - load<f64>(h, 8) * load<f64>(h, 40) : 1);
  const σ = all<T>(load<f64>(h, 56) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = mul<T>(load<v128>(p), keep);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const mi = add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi));
    const vi = add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, mul<T>(gi, gi)));
    store<v128>(m, mi);
    store<v128>(v, vi);
    let d = mul<T>(γ, mi);
    if (rectified) d = div<T>(d, add<T>(root<T>(vi), ε));
    store<v128>(p, sub<T>(pi, d));
    g += 16;
    m += 16;
    v += 16;
    p += 16;
  } while (p < end);
}

@inline
function radam<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function radam_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  radam<f64>(p, g, s, apart, n, h);
}

export function radam_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  radam<f32>(p, g, s, apart, n, h);
}
