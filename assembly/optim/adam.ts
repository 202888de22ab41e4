import { add, all, bringRest, bulk, div, larger, mul, REST, returnRest, root, sub } from "../lanes";
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
function sweep<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let v = m + apart;
  let w = v + apart;
  const t = <u32>load<f64>(h);
  const rate = load<f64>(h, 8);
  const decay = load<f64>(h, 40);
  const decoupled = load<f64>(h, 56) != 0;
  const amsgrad = load<f64>(h, 48) != 0;
  const keep = all<T>(decoupled ? 1 - rate * decay : 1);
  const λ = all<T>(decoupled ? 0 : decay);
  const decays = !decoupled && decay != 0;
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(1 - load<f64>(h, 16));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(1 - load<f64>(h, 24));
  const r = sqrt(1 - power(load<f64>(h, 24), t));
  const γ = all<T>((rate * r) / (1 - power(load<f64>(h, 16), t)));
  const ε = all<T>(load<f64>(h, 32) * r);
  const σ = all<T>(load<f64>(h, 64) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = mul<T>(load<v128>(p), keep);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const mi = add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi));
    let vi = add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, mul<T>(gi, gi)));
    store<v128>(m, mi);
    store<v128>(v, vi);
    if (amsgrad) {
      vi = larger<T>(load<v128>(w), vi);
      store<v128>(w, vi);
    }
    store<v128>(p, sub<T>(pi, div<T>(mul<T>(γ, mi), add<T>(root<T>(vi), ε))));
    g += 16;
    m += 16;
    v += 16;
    w += 16;
    p += 16;
  } while (p < end);
}

@inline
function adam<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const slots = load<f64>(h, 48) != 0 ? 3 : 2;
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, slots)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, slots);
  }
}

export function adam_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adam<f64>(p, g, s, apart, n, h);
}

export function adam_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adam<f32>(p, g, s, apart, n, h);
}
