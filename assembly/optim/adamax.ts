import { add, all, bringRest, bulk, div, magnitude, mul, pmax, REST, returnRest, sub } from "../lanes";
import { power } from "./power";

/**
 * torch.optim.Adamax:
 *
 *   g = g + λp;   m = β₁m + (1-β₁)g;   u = max(β₂u, |g| + ε);   p = p - γ/(1-β₁ᵗ) · m/u
 *
 * -g for g to maximize. A NaN that u loses stays in m.
 */
function sweep<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let u = m + apart;
  const γ = all<T>(load<f64>(h, 8) / (1 - power(load<f64>(h, 16), <u32>load<f64>(h))));
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(1 - load<f64>(h, 16));
  const β2 = all<T>(load<f64>(h, 24));
  const ε = all<T>(load<f64>(h, 32));
  const decays = load<f64>(h, 40) != 0;
  const λ = all<T>(load<f64>(h, 40));
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const mi = add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi));
    const ui = pmax<T>(add<T>(magnitude<T>(gi), ε), mul<T>(β2, load<v128>(u)));
    store<v128>(m, mi);
    store<v128>(u, ui);
    store<v128>(p, sub<T>(pi, div<T>(mul<T>(γ, mi), ui)));
    g += 16;
    m += 16;
    u += 16;
    p += 16;
  } while (p < end);
}

@inline
function adamax<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function adamax_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adamax<f64>(p, g, s, apart, n, h);
}

export function adamax_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adamax<f32>(p, g, s, apart, n, h);
}
