import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";

/**
 * torch.optim.Adagrad:
 *
 *   g = g + λp;   v = v + g²;   p = p - γ/(1 + (t-1)η) · g/(√v + ε)
 *
 * where v starts at an initial value; -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, v: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  const t = load<f64>(h);
  const first = t == 1;
  const γ = all<T>(load<f64>(h, 8) / (1 + (t - 1) * load<f64>(h, 16)));
  const initial = all<T>(load<f64>(h, 24));
  const ε = all<T>(load<f64>(h, 32));
  const decays = load<f64>(h, 40) != 0;
  const λ = all<T>(load<f64>(h, 40));
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const vi = add<T>(first ? initial : load<v128>(v), mul<T>(gi, gi));
    store<v128>(v, vi);
    store<v128>(p, sub<T>(pi, div<T>(mul<T>(γ, gi), add<T>(root<T>(vi), ε))));
    g += 16;
    v += 16;
    p += 16;
  } while (p < end);
}

@inline
function adagrad<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 1)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 1);
  }
}

export function adagrad_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adagrad<f64>(p, g, s, apart, n, h);
}

export function adagrad_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  adagrad<f32>(p, g, s, apart, n, h);
}
