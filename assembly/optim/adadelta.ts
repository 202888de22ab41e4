import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";

/**
 * torch.optim.Adadelta:
 *
 *   g = g + λp;   v = ρv + (1-ρ)g²;   δ = √(u + ε)/√(v + ε) · g;   u = ρu + (1-ρ)δ²;   p = p - γδ
 *
 * -g for g to maximize. δ takes the root of the quotient, one root less to wait for.
 */
function sweep<T>(p: usize, g: usize, v: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let u = v + apart;
  const γ = all<T>(load<f64>(h, 8));
  const ρ = all<T>(load<f64>(h, 16));
  const c = all<T>(1 - load<f64>(h, 16));
  const ε = all<T>(load<f64>(h, 24));
  const decays = load<f64>(h, 32) != 0;
  const λ = all<T>(load<f64>(h, 32));
  const σ = all<T>(load<f64>(h, 40) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const vi = add<T>(mul<T>(ρ, load<v128>(v)), mul<T>(c, mul<T>(gi, gi)));
    const ui = load<v128>(u);
    const δ = mul<T>(root<T>(div<T>(add<T>(ui, ε), add<T>(vi, ε))), gi);
    store<v128>(v, vi);
    store<v128>(u, add<T>(mul<T>(ρ, ui), mul<T>(c, mul<T>(δ, δ))));
    store<v128>(p, sub<T>(pi, mul<T>(γ, δ)));
    g += 16;
    v += 16;
    u += 16;
    p += 16;
  } while (p < end);
}

@inline
function adadelta<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function adadelta_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adadelta<f64>(p, g, s, apart, n, h);
}

export function adadelta_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adadelta<f32>(p, g, s, apart, n, h);
}
