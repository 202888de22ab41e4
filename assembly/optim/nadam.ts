import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";
import { power } from "./power";

/**
 * Adam with Nesterov's momentum, torch.optim.NAdam of torch 2:
 *
 *   p = p - γλp if decoupled, else g = g + λp
 *   μ(t) = β₁(1 - 0.96^(tψ)/2);   Π = μ(1)...μ(t)
 *   m = β₁m + (1-β₁)g;   v = β₂v + (1-β₂)g²
 *   p = p - γ (g (1-μ(t))/(1-Π) + m μ(t+1)/(1-Πμ(t+1))) / (√v/√(1-β₂ᵗ) + ε)
 *
 * -g for g to maximize. The quotient is reduced by √(1-β₂ᵗ); a and b are what is left before g and m.
 */
@inline
function sweep<T, V>(p: usize, g: usize, m: usize, v: usize, bytes: usize, h: usize, a: f64, b: f64): void {
  const r = sqrt(1 - power(load<f64>(h, 32), <u32>load<f64>(h)));
  const ag = all<T, V>(a * r);
  const bm = all<T, V>(b * r);
  const ε = all<T, V>(load<f64>(h, 40) * r);
  const β1 = all<T, V>(load<f64>(h, 24));
  const c1 = all<T, V>(1 - load<f64>(h, 24));
  const β2 = all<T, V>(load<f64>(h, 32));
  const c2 = all<T, V>(1 - load<f64>(h, 32));
  const decoupled = load<f64>(h, 64) != 0;
  const decays = !decoupled && load<f64>(h, 48) != 0;
  const λ = all<T, V>(load<f64>(h, 48));
  const keep = all<T, V>(decoupled ? 1 - load<f64>(h, 16) * load<f64>(h, 48) : 1);
  const σ = all<T, V>(load<f64>(h, 72) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = mul<T, V>(load<V>(p), keep);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const mi = add<T, V>(mul<T, V>(β1, load<V>(m)), mul<T, V>(c1, gi));
    const vi = add<T, V>(mul<T, V>(β2, load<V>(v)), mul<T, V>(c2, mul<T, V>(gi, gi)));
    store<V>(m, mi);
    store<V>(v, vi);
    const above = add<T, V>(mul<T, V>(ag, gi), mul<T, V>(bm, mi));
    store<V>(p, sub<T, V>(pi, div<T, V>(above, add<T, V>(root<T, V>(vi), ε))));
    g += sizeof<V>();
    m += sizeof<V>();
    v += sizeof<V>();
  }
}

/** Software, like `power`: the engines' own powers differ in the last bits. */
function momentum(t: f64, h: usize): f64 {
  return load<f64>(h, 24) * (1 - 0.5 * NativeMath.pow(0.96, t * load<f64>(h, 56)));
}

@inline
function nadam<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const t = load<f64>(h);
  const rate = load<f64>(h, 16);
  const now = momentum(t, h);
  const next = momentum(t + 1, h);
  const product = t == 1 ? now : load<f64>(h, 8) * now;
  store<f64>(h, product, 8);
  const a = (rate * (1 - now)) / (1 - product);
  const b = (rate * next) / (1 - product * next);
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, whole, h, a, b);
  sweep<T, T>(p + whole, g + whole, s + whole, s + apart + whole, rest<T>(n), h, a, b);
}

export function nadam_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  nadam<f64>(p, g, s, apart, n, h);
}

export function nadam_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  nadam<f32>(p, g, s, apart, n, h);
}
