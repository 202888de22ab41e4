import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";
import { power } from "./power";

/**
 * Adaptive Nesterov momentum, Adan of Xie et al.:
 *
 *   d = g - b;   m = β₁m + (1-β₁)g;   v = β₂v + (1-β₂)d;   w = β₃w + (1-β₃)(g + β₂d)²
 *   p = (p - γ (m/(1-β₁ᵗ) + β₂v/(1-β₂ᵗ)) / (√w/√(1-β₃ᵗ) + ε)) / (1 + γλ);   b = g
 *
 * where d = 0 at the first step; -g for g to maximize. The quotient is reduced by √(1-β₃ᵗ).
 */
@inline
function sweep<T, V>(p: usize, g: usize, m: usize, v: usize, w: usize, b: usize, bytes: usize, h: usize): void {
  const t = <u32>load<f64>(h);
  const first = t == 1;
  const rate = load<f64>(h, 8);
  const r = sqrt(1 - power(load<f64>(h, 32), t));
  const am = all<T, V>((rate * r) / (1 - power(load<f64>(h, 16), t)));
  const bv = all<T, V>((rate * r * load<f64>(h, 24)) / (1 - power(load<f64>(h, 24), t)));
  const β1 = all<T, V>(load<f64>(h, 16));
  const c1 = all<T, V>(1 - load<f64>(h, 16));
  const β2 = all<T, V>(load<f64>(h, 24));
  const c2 = all<T, V>(1 - load<f64>(h, 24));
  const β3 = all<T, V>(load<f64>(h, 32));
  const c3 = all<T, V>(1 - load<f64>(h, 32));
  const ε = all<T, V>(load<f64>(h, 40) * r);
  const keep = all<T, V>(1 / (1 + rate * load<f64>(h, 48)));
  const σ = all<T, V>(load<f64>(h, 56) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const gi = mul<T, V>(σ, load<V>(g));
    const di = sub<T, V>(gi, first ? gi : load<V>(b));
    const mi = add<T, V>(mul<T, V>(β1, load<V>(m)), mul<T, V>(c1, gi));
    const vi = add<T, V>(mul<T, V>(β2, load<V>(v)), mul<T, V>(c2, di));
    const ahead = add<T, V>(gi, mul<T, V>(β2, di));
    const wi = add<T, V>(mul<T, V>(β3, load<V>(w)), mul<T, V>(c3, mul<T, V>(ahead, ahead)));
    store<V>(m, mi);
    store<V>(v, vi);
    store<V>(w, wi);
    store<V>(b, gi);
    const above = add<T, V>(mul<T, V>(am, mi), mul<T, V>(bv, vi));
    const moved = sub<T, V>(load<V>(p), div<T, V>(above, add<T, V>(root<T, V>(wi), ε)));
    store<V>(p, mul<T, V>(moved, keep));
    g += sizeof<V>();
    m += sizeof<V>();
    v += sizeof<V>();
    w += sizeof<V>();
    b += sizeof<V>();
  }
}

@inline
function adan<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, s + 2 * apart, s + 3 * apart, whole, h);
  const end = s + whole;
  sweep<T, T>(p + whole, g + whole, end, end + apart, end + 2 * apart, end + 3 * apart, rest<T>(n), h);
}

export function adan_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adan<f64>(p, g, s, apart, n, h);
}

export function adan_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adan<f32>(p, g, s, apart, n, h);
}
