import { add, all, bulk, mul, rest, sub } from "../lanes";

/**
 * Averaged gradient descent, torch.optim.ASGD:
 *
 *   g = g + λp;   p = (1 - Λη)p - ηg;   a = a + (p - a)/max(1, t-1-t₀)
 *   then η = γ/(1 + Λγt)^α, which is γ at first
 *
 * where a is the mean of the parameters from t₀ on; -g for g to maximize.
 */
@inline
function sweep<T, V>(p: usize, g: usize, a: usize, bytes: usize, h: usize, eta: f64): void {
  const η = all<T, V>(eta);
  const keep = all<T, V>(1 - load<f64>(h, 24) * eta);
  const μ = 1 / max<f64>(1, load<f64>(h) - 1 - load<f64>(h, 40));
  const averages = μ != 1;
  const share = all<T, V>(μ);
  const decays = load<f64>(h, 48) != 0;
  const λ = all<T, V>(load<f64>(h, 48));
  const σ = all<T, V>(load<f64>(h, 56) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const now = sub<T, V>(mul<T, V>(keep, pi), mul<T, V>(η, gi));
    store<V>(p, now);
    const ai = load<V>(a);
    store<V>(a, averages ? add<T, V>(ai, mul<T, V>(share, sub<T, V>(now, ai))) : now);
    g += sizeof<V>();
    a += sizeof<V>();
  }
}

@inline
function asgd<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const rate = load<f64>(h, 16);
  const eta = load<f64>(h) == 1 ? rate : load<f64>(h, 8);
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, whole, h, eta);
  sweep<T, T>(p + whole, g + whole, s + whole, rest<T>(n), h, eta);
  // Software: the engines' own powers differ in the last bits.
  const slowed = NativeMath.pow(1 + load<f64>(h, 24) * rate * load<f64>(h), load<f64>(h, 32));
  store<f64>(h, rate / slowed, 8);
}

export function asgd_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  asgd<f64>(p, g, s, apart, n, h);
}

export function asgd_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  asgd<f32>(p, g, s, apart, n, h);
}
