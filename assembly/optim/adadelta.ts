import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";

/**
 * torch.optim.Adadelta:
 *
 *   g = g + λp;   v = ρv + (1-ρ)g²;   δ = √(u + ε)/√(v + ε) · g;   u = ρu + (1-ρ)δ²;   p = p - γδ
 *
 * -g for g to maximize. δ takes the root of the quotient, one root less to wait for.
 */
@inline
function sweep<T, V>(p: usize, g: usize, v: usize, u: usize, bytes: usize, h: usize): void {
  const γ = all<T, V>(load<f64>(h, 8));
  const ρ = all<T, V>(load<f64>(h, 16));
  const c = all<T, V>(1 - load<f64>(h, 16));
  const ε = all<T, V>(load<f64>(h, 24));
  const decays = load<f64>(h, 32) != 0;
  const λ = all<T, V>(load<f64>(h, 32));
  const σ = all<T, V>(load<f64>(h, 40) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const vi = add<T, V>(mul<T, V>(ρ, load<V>(v)), mul<T, V>(c, mul<T, V>(gi, gi)));
    const ui = load<V>(u);
    const δ = mul<T, V>(root<T, V>(div<T, V>(add<T, V>(ui, ε), add<T, V>(vi, ε))), gi);
    store<V>(v, vi);
    store<V>(u, add<T, V>(mul<T, V>(ρ, ui), mul<T, V>(c, mul<T, V>(δ, δ))));
    store<V>(p, sub<T, V>(pi, mul<T, V>(γ, δ)));
    g += sizeof<V>();
    v += sizeof<V>();
    u += sizeof<V>();
  }
}

@inline
function adadelta<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, s + apart + whole, rest<T>(n), h);
}

export function adadelta_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adadelta<f64>(p, g, s, apart, n, h);
}

export function adadelta_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adadelta<f32>(p, g, s, apart, n, h);
}
