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
  const γ = all<T>(load<f64>(h, 8));
  const μ = all<T>(load<f64>(h, 16));
  const keep = all<T>(load<f64>(h) == 1 ? 1 : 1 - load<f64>(h, 24)); // b is 0 at first
  const λ = all<T>(load<f64>(h, 32));
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  const end = p + bytes;
  // A loop for each way, for a choice within takes up to twice as long.
  if (load<f64>(h, 16) == 0) {
    do {
      const pi = load<v128>(p);
      store<v128>(p, sub<T>(pi, mul<T>(γ, direction<T>(pi, g, σ, λ))));
      g += 16;
      p += 16;
    } while (p < end);
  } else if (load<f64>(h, 40) == 0) {
    do {
      const pi = load<v128>(p);
      const bi = add<T>(mul<T>(μ, load<v128>(b)), mul<T>(keep, direction<T>(pi, g, σ, λ)));
      store<v128>(b, bi);
      store<v128>(p, sub<T>(pi, mul<T>(γ, bi)));
      g += 16;
      b += 16;
      p += 16;
    } while (p < end);
  } else {
    do {
      const pi = load<v128>(p);
      const d = direction<T>(pi, g, σ, λ);
      const bi = add<T>(mul<T>(μ, load<v128>(b)), mul<T>(keep, d));
      store<v128>(b, bi);
      store<v128>(p, sub<T>(pi, mul<T>(γ, add<T>(d, mul<T>(μ, bi)))));
      g += 16;
      b += 16;
      p += 16;
    } while (p < end);
  }
}

@inline
function direction<T>(pi: v128, g: usize, σ: v128, λ: v128): v128 {
  return add<T>(mul<T>(σ, load<v128>(g)), mul<T>(λ, pi));
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
