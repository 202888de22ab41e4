import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";
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
function sweep<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize, a: f64, b: f64): void {
  if (bytes == 0) return;
  let v = m + apart;
  const r = sqrt(1 - power(load<f64>(h, 32), <u32>load<f64>(h)));
  const ag = all<T>(a * r);
  const bm = all<T>(b * r);
  const ε = all<T>(load<f64>(h, 40) * r);
  const β1 = all<T>(load<f64>(h, 24));
  const c1 = all<T>(1 - load<f64>(h, 24));
  const β2 = all<T>(load<f64>(h, 32));
  const c2 = all<T>(1 - load<f64>(h, 32));
  const decoupled = load<f64>(h, 64) != 0;
  const decays = !decoupled && load<f64>(h, 48) != 0;
  const λ = all<T>(load<f64>(h, 48));
  const keep = all<T>(decoupled ? 1 - load<f64>(h, 16) * load<f64>(h, 48) : 1);
  const σ = all<T>(load<f64>(h, 72) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = mul<T>(load<v128>(p), keep);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const mi = add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi));
    const vi = add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, mul<T>(gi, gi)));
    store<v128>(m, mi);
    store<v128>(v, vi);
    const above = add<T>(mul<T>(ag, gi), mul<T>(bm, mi));
    store<v128>(p, sub<T>(pi, div<T>(above, add<T>(root<T>(vi), ε))));
    g += 16;
    m += 16;
    v += 16;
    p += 16;
  } while (p < end);
}

/** μ(t) = β₁(1 + s)/2 where s = 1 - 0.96^(tψ): its series where tψ is small, s(x) = s(x/2)(2 - s(x/2)) from there on. */
function momentum(t: f64, h: usize): f64 {
  let x = 0.040821994520255166 * t * load<f64>(h, 56); // -log 0.96^(tψ)
  let halvings = 0;
  for (; x > 1.0 / 64; ++halvings) x /= 2;
  let s: f64 = 1;
  for (let k: f64 = 7; k > 1; --k) s = 1 - (x / k) * s;
  s *= x;
  for (; halvings > 0; --halvings) s *= 2 - s;
  return load<f64>(h, 24) * (0.5 + 0.5 * s);
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
  sweep<T>(p, g, s, apart, bulk<T>(n), h, a, b);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h, a, b);
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function nadam_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  nadam<f64>(p, g, s, apart, n, h);
}

export function nadam_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  nadam<f32>(p, g, s, apart, n, h);
}
