import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";

/**
 * torch.optim.Adagrad:
 *
 *   g = g + λp;   v = v + g²;   p = p - γ/(1 + (t-1)η) · g/(√v + ε)
 *
 * where v starts at an initial value; -g for g to maximize.
 */
@inline
function sweep<T, V>(p: usize, g: usize, v: usize, bytes: usize, h: usize): void {
  const t = load<f64>(h);
  const first = t == 1;
  const γ = all<T, V>(load<f64>(h, 8) / (1 + (t - 1) * load<f64>(h, 16)));
  const initial = all<T, V>(load<f64>(h, 24));
  const ε = all<T, V>(load<f64>(h, 32));
  const decays = load<f64>(h, 40) != 0;
  const λ = all<T, V>(load<f64>(h, 40));
  const σ = all<T, V>(load<f64>(h, 48) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const vi = add<T, V>(first ? initial : load<V>(v), mul<T, V>(gi, gi));
    store<V>(v, vi);
    store<V>(p, sub<T, V>(pi, div<T, V>(mul<T, V>(γ, gi), add<T, V>(root<T, V>(vi), ε))));
    g += sizeof<V>();
    v += sizeof<V>();
  }
}

@inline
function adagrad<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, rest<T>(n), h);
}

export function adagrad_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adagrad<f64>(p, g, s, apart, n, h);
}

export function adagrad_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adagrad<f32>(p, g, s, apart, n, h);
}
