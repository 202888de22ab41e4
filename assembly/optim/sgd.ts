import { add, all, bringRest, bulk, mul, REST, returnRest, sub } from "../lanes";

/**
 * Gradient descent, torch.optim.SGD:
 *
 *   d = g + λp;   b = d at the first step, else μb + (1-τ)d;   d = d + μb with Nesterov, else b;   p = p - γd
 *
 * Without momentum (μ = 0) there is no buffer b and d is used as it is. To maximize, g is -g.
 */
function sweep<T>(p: usize, g: usize, b: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  const first = load<f64>(h) == 1;
  const γ = all<T>(load<f64>(h, 8));
  const moves = load<f64>(h, 16) != 0;
  const μ = all<T>(load<f64>(h, 16));
  const keep = all<T>(1 - load<f64>(h, 24));
  const decays = load<f64>(h, 32) != 0;
  const λ = all<T>(load<f64>(h, 32));
  const nesterov = load<f64>(h, 40) != 0;
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    let d = mul<T>(σ, load<v128>(g));
    if (decays) d = add<T>(d, mul<T>(λ, pi));
    if (moves) {
      const bi = first ? d : add<T>(mul<T>(μ, load<v128>(b)), mul<T>(keep, d));
      store<v128>(b, bi);
      d = nesterov ? add<T>(d, mul<T>(μ, bi)) : bi;
    }
    store<v128>(p, sub<T>(pi, mul<T>(γ, d)));
    g += 16;
    b += 16;
    p += 16;
  } while (p < end);
}

@inline
function sgd<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const slots = load<f64>(h, 16) != 0 ? 1 : 0;
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, slots)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, slots);
  }
}

export function sgd_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sgd<f64>(p, g, s, apart, n, h);
}

export function sgd_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sgd<f32>(p, g, s, apart, n, h);
}
