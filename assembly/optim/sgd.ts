import { add, all, bulk, mul, rest, sub } from "../lanes";

/**
 * Gradient descent, torch.optim.SGD:
 *
 *   d = g + λp;   b = d at the first step, else μb + (1-τ)d;   d = d + μb with Nesterov, else b;   p = p - γd
 *
 * Without momentum (μ = 0) there is no buffer b and d is used as it is. To maximize, g is -g.
 */
@inline
function sgd<T, V>(p: usize, g: usize, b: usize, bytes: usize, h: usize): void {
  const first = load<f64>(h) == 1;
  const γ = all<T, V>(load<f64>(h, 8));
  const moves = load<f64>(h, 16) != 0;
  const μ = all<T, V>(load<f64>(h, 16));
  const keep = all<T, V>(1 - load<f64>(h, 24));
  const decays = load<f64>(h, 32) != 0;
  const λ = all<T, V>(load<f64>(h, 32));
  const nesterov = load<f64>(h, 40) != 0;
  const σ = all<T, V>(load<f64>(h, 48) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let d = mul<T, V>(σ, load<V>(g));
    if (decays) d = add<T, V>(d, mul<T, V>(λ, pi));
    if (moves) {
      const bi = first ? d : add<T, V>(mul<T, V>(μ, load<V>(b)), mul<T, V>(keep, d));
      store<V>(b, bi);
      d = nesterov ? add<T, V>(d, mul<T, V>(μ, bi)) : bi;
    }
    store<V>(p, sub<T, V>(pi, mul<T, V>(γ, d)));
    g += sizeof<V>();
    b += sizeof<V>();
  }
}

export function sgd_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f64>(n);
  sgd<f64, v128>(p, g, s, whole, h);
  sgd<f64, f64>(p + whole, g + whole, s + whole, rest<f64>(n), h);
}

export function sgd_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f32>(n);
  sgd<f32, v128>(p, g, s, whole, h);
  sgd<f32, f32>(p + whole, g + whole, s + whole, rest<f32>(n), h);
}
