import { add, all, bulk, div, magnitude, mul, pmax, rest, sub } from "../lanes";
import { power } from "./power";

/**
 * torch.optim.Adamax:
 *
 *   g = g + λp;   m = β₁m + (1-β₁)g;   u = max(β₂u, |g| + ε);   p = p - γ/(1-β₁ᵗ) · m/u
 *
 * -g for g to maximize. A NaN that u loses stays in m.
 */
@inline
function sweep<T, V>(p: usize, g: usize, m: usize, u: usize, bytes: usize, h: usize): void {
  const γ = all<T, V>(load<f64>(h, 8) / (1 - power(load<f64>(h, 16), <u32>load<f64>(h))));
  const β1 = all<T, V>(load<f64>(h, 16));
  const c1 = all<T, V>(1 - load<f64>(h, 16));
  const β2 = all<T, V>(load<f64>(h, 24));
  const ε = all<T, V>(load<f64>(h, 32));
  const decays = load<f64>(h, 40) != 0;
  const λ = all<T, V>(load<f64>(h, 40));
  const σ = all<T, V>(load<f64>(h, 48) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const mi = add<T, V>(mul<T, V>(β1, load<V>(m)), mul<T, V>(c1, gi));
    const ui = pmax<T, V>(add<T, V>(magnitude<T, V>(gi), ε), mul<T, V>(β2, load<V>(u)));
    store<V>(m, mi);
    store<V>(u, ui);
    store<V>(p, sub<T, V>(pi, div<T, V>(mul<T, V>(γ, mi), ui)));
    g += sizeof<V>();
    m += sizeof<V>();
    u += sizeof<V>();
  }
}

@inline
function adamax<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, s + apart + whole, rest<T>(n), h);
}

export function adamax_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adamax<f64>(p, g, s, apart, n, h);
}

export function adamax_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adamax<f32>(p, g, s, apart, n, h);
}
