import { add, all, bulk, bySign, mul, rest, sub } from "../lanes";

/**
 * Evolved sign momentum, Lion of Chen et al.:
 *
 *   p = p - γ(sign(β₁m + (1-β₁)g) + λp);   m = β₂m + (1-β₂)g
 *
 * -g for g to maximize.
 */
@inline
function sweep<T, V>(p: usize, g: usize, m: usize, bytes: usize, h: usize): void {
  const rate = load<f64>(h, 8);
  const γ = all<T, V>(rate);
  const back = all<T, V>(-rate);
  const zero = all<T, V>(0);
  const β1 = all<T, V>(load<f64>(h, 16));
  const c1 = all<T, V>(1 - load<f64>(h, 16));
  const β2 = all<T, V>(load<f64>(h, 24));
  const c2 = all<T, V>(1 - load<f64>(h, 24));
  const keep = all<T, V>(1 - rate * load<f64>(h, 32));
  const σ = all<T, V>(load<f64>(h, 40) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const gi = mul<T, V>(σ, load<V>(g));
    const mi = load<V>(m);
    const c = add<T, V>(mul<T, V>(β1, mi), mul<T, V>(c1, gi));
    store<V>(p, sub<T, V>(mul<T, V>(load<V>(p), keep), bySign<T, V>(c, back, zero, γ)));
    store<V>(m, add<T, V>(mul<T, V>(β2, mi), mul<T, V>(c2, gi)));
    g += sizeof<V>();
    m += sizeof<V>();
  }
}

@inline
function lion<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, rest<T>(n), h);
}

export function lion_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lion<f64>(p, g, s, apart, n, h);
}

export function lion_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lion<f32>(p, g, s, apart, n, h);
}
