import { add, all, bulk, div, larger, mul, rest, root, sub } from "../lanes";
import { power } from "./power";

/**
 * Adaptive moments, torch.optim.Adam, and AdamW if the decay is decoupled:
 *
 *   p = p - γλp if decoupled, else g = g + λp
 *   m = β₁m + (1-β₁)g;   v = β₂v + (1-β₂)g²
 *   p = p - γ/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε)
 *
 * with the largest v so far in its place for amsgrad, and -g for g to maximize. The last line is reduced by √(1-β₂ᵗ),
 * for the division is what the loop waits for.
 */
@inline
function adam<T, V>(p: usize, g: usize, m: usize, v: usize, w: usize, bytes: usize, h: usize): void {
  const t = <u32>load<f64>(h);
  const rate = load<f64>(h, 8);
  const decay = load<f64>(h, 40);
  const decoupled = load<f64>(h, 56) != 0;
  const amsgrad = load<f64>(h, 48) != 0;
  const keep = all<T, V>(decoupled ? 1 - rate * decay : 1);
  const λ = all<T, V>(decoupled ? 0 : decay);
  const decays = !decoupled && decay != 0;
  const β1 = all<T, V>(load<f64>(h, 16));
  const c1 = all<T, V>(1 - load<f64>(h, 16));
  const β2 = all<T, V>(load<f64>(h, 24));
  const c2 = all<T, V>(1 - load<f64>(h, 24));
  const r = sqrt(1 - power(load<f64>(h, 24), t));
  const γ = all<T, V>((rate * r) / (1 - power(load<f64>(h, 16), t)));
  const ε = all<T, V>(load<f64>(h, 32) * r);
  const σ = all<T, V>(load<f64>(h, 64) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = mul<T, V>(load<V>(p), keep);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const mi = add<T, V>(mul<T, V>(β1, load<V>(m)), mul<T, V>(c1, gi));
    let vi = add<T, V>(mul<T, V>(β2, load<V>(v)), mul<T, V>(c2, mul<T, V>(gi, gi)));
    store<V>(m, mi);
    store<V>(v, vi);
    if (amsgrad) {
      vi = larger<T, V>(load<V>(w), vi);
      store<V>(w, vi);
    }
    store<V>(p, sub<T, V>(pi, div<T, V>(mul<T, V>(γ, mi), add<T, V>(root<T, V>(vi), ε))));
    g += sizeof<V>();
    m += sizeof<V>();
    v += sizeof<V>();
    w += sizeof<V>();
  }
}

export function adam_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f64>(n);
  adam<f64, v128>(p, g, s, s + apart, s + 2 * apart, whole, h);
  adam<f64, f64>(p + whole, g + whole, s + whole, s + apart + whole, s + 2 * apart + whole, rest<f64>(n), h);
}

export function adam_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f32>(n);
  adam<f32, v128>(p, g, s, s + apart, s + 2 * apart, whole, h);
  adam<f32, f32>(p + whole, g + whole, s + whole, s + apart + whole, s + 2 * apart + whole, rest<f32>(n), h);
}
