import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";
import { power } from "./power";

/**
 * Adaptive Nesterov momentum, Adan of Xie et al.:
 *
 *   d = g - b;   m = β₁m + (1-β₁)g;   v = β₂v + (1-β₂)d;   w = β₃w + (1-β₃)(g + β₂d)²
 *   p = (p - γ (m/(1-β₁ᵗ) + β₂v/(1-β₂ᵗ)) / (√w/√(1-β₃ᵗ) + ε)) / (1 + γλ);   b = g
 *
 * where d = 0 at the first step; -g for g to maximize. The quotient is reduced by √(1-β₃ᵗ).
 */
function sweep<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let v = m + apart;
  let w = v + apart;
  let b = w + apart;
  const t = <u32>load<f64>(h);
  const first = t == 1;
  const rate = load<f64>(h, 8);
  const r = sqrt(1 - power(load<f64>(h, 32), t));
  const am = all<T>((rate * r) / (1 - power(load<f64>(h, 16), t)));
  const bv = all<T>((rate * r * load<f64>(h, 24)) / (1 - power(load<f64>(h, 24), t)));
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(1 - load<f64>(h, 16));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(1 - load<f64>(h, 24));
  const β3 = all<T>(load<f64>(h, 32));
  const c3 = all<T>(1 - load<f64>(h, 32));
  const ε = all<T>(load<f64>(h, 40) * r);
  const keep = all<T>(1 / (1 + rate * load<f64>(h, 48)));
  const σ = all<T>(load<f64>(h, 56) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const gi = mul<T>(σ, load<v128>(g));
    const di = sub<T>(gi, first ? gi : load<v128>(b));
    const mi = add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi));
    const vi = add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, di));
    const ahead = add<T>(gi, mul<T>(β2, di));
    const wi = add<T>(mul<T>(β3, load<v128>(w)), mul<T>(c3, mul<T>(ahead, ahead)));
    store<v128>(m, mi);
    store<v128>(v, vi);
    store<v128>(w, wi);
    store<v128>(b, gi);
    const above = add<T>(mul<T>(am, mi), mul<T>(bv, vi));
    const moved = sub<T>(load<v128>(p), div<T>(above, add<T>(root<T>(wi), ε)));
    store<v128>(p, mul<T>(moved, keep));
    g += 16;
    m += 16;
    v += 16;
    w += 16;
    b += 16;
    p += 16;
  } while (p < end);
}

@inline
function adan<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 4)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 4);
  }
}

export function adan_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adan<f64>(p, g, s, apart, n, h);
}

export function adan_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adan<f32>(p, g, s, apart, n, h);
}
