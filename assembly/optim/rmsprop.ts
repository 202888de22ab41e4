import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";

/**
 * torch.optim.RMSprop:
 *
 *   g = g + λp;   v = αv + (1-α)g²;   a = αa + (1-α)g
 *   d = g/(√v + ε), or g/(√(v - a²) + ε) if centered;   b = μb + d;   p = p - γb
 *
 * Without momentum (μ = 0) there is no b and d is used as it is; a only if centered. -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, v: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let a = v + apart;
  let b = load<f64>(h, 48) != 0 ? a + apart : a; // as there are: v, a, b
  const γ = all<T>(load<f64>(h, 8));
  const α = all<T>(load<f64>(h, 16));
  const c = all<T>(1 - load<f64>(h, 16));
  const ε = all<T>(load<f64>(h, 24));
  const moves = load<f64>(h, 40) != 0;
  const μ = all<T>(load<f64>(h, 40));
  const centered = load<f64>(h, 48) != 0;
  const decays = load<f64>(h, 32) != 0;
  const λ = all<T>(load<f64>(h, 32));
  const σ = all<T>(load<f64>(h, 56) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const vi = add<T>(mul<T>(α, load<v128>(v)), mul<T>(c, mul<T>(gi, gi)));
    store<v128>(v, vi);
    let variance = vi;
    if (centered) {
      const ai = add<T>(mul<T>(α, load<v128>(a)), mul<T>(c, gi));
      store<v128>(a, ai);
      variance = sub<T>(vi, mul<T>(ai, ai));
    }
    let d = div<T>(gi, add<T>(root<T>(variance), ε));
    if (moves) {
      d = add<T>(mul<T>(μ, load<v128>(b)), d);
      store<v128>(b, d);
    }
    store<v128>(p, sub<T>(pi, mul<T>(γ, d)));
    g += 16;
    v += 16;
    a += 16;
    b += 16;
    p += 16;
  } while (p < end);
}

@inline
function rmsprop<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const slots = 1 + <u32>(load<f64>(h, 40) != 0) + <u32>(load<f64>(h, 48) != 0);
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, slots)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, slots);
  }
}

export function rmsprop_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rmsprop<f64>(p, g, s, apart, n, h);
}

export function rmsprop_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rmsprop<f32>(p, g, s, apart, n, h);
}
