import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";
import { power } from "./power";

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
@inline
function sweep<T, V>(p: usize, g: usize, m: usize, v: usize, bytes: usize, h: usize): void {
  const t = load<f64>(h);
  // Not `power`, whose error of some ulps ρ would have a thousandfold: it is a small difference of large numbers.
  const kept = NativeMath.pow(load<f64>(h, 24), t);
  const ρ1 = 2 / (1 - load<f64>(h, 24)) - 1;
  const ρ = ρ1 - (2 * t * kept) / (1 - kept);
  const rectified = ρ > 5;
  let rate = load<f64>(h, 8) / (1 - power(load<f64>(h, 16), <u32>t));
  if (rectified) rate *= sqrt((1 - kept) * (((ρ - 4) * (ρ - 2) * ρ1) / ((ρ1 - 4) * (ρ1 - 2) * ρ)));
  const γ = all<T, V>(rate);
  const ε = all<T, V>(load<f64>(h, 32));
  const β1 = all<T, V>(load<f64>(h, 16));
  const c1 = all<T, V>(1 - load<f64>(h, 16));
  const β2 = all<T, V>(load<f64>(h, 24));
  const c2 = all<T, V>(1 - load<f64>(h, 24));
  const decoupled = load<f64>(h, 48) != 0;
  const decays = !decoupled && load<f64>(h, 40) != 0;
  const λ = all<T, V>(load<f64>(h, 40));
  const keep = all<T, V>(decoupled ? 1 - load<f64>(h, 8) * load<f64>(h, 40) : 1);
  const σ = all<T, V>(load<f64>(h, 56) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = mul<T, V>(load<V>(p), keep);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const mi = add<T, V>(mul<T, V>(β1, load<V>(m)), mul<T, V>(c1, gi));
    const vi = add<T, V>(mul<T, V>(β2, load<V>(v)), mul<T, V>(c2, mul<T, V>(gi, gi)));
    store<V>(m, mi);
    store<V>(v, vi);
    let d = mul<T, V>(γ, mi);
    if (rectified) d = div<T, V>(d, add<T, V>(root<T, V>(vi), ε));
    store<V>(p, sub<T, V>(pi, d));
    g += sizeof<V>();
    m += sizeof<V>();
    v += sizeof<V>();
  }
}

@inline
function radam<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, s + apart + whole, rest<T>(n), h);
}

export function radam_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  radam<f64>(p, g, s, apart, n, h);
}

export function radam_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  radam<f32>(p, g, s, apart, n, h);
}
