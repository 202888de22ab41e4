import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";

/**
 * torch.optim.RMSprop:
 *
 *   g = g + λp;   v = αv + (1-α)g²;   a = αa + (1-α)g
 *   d = g/(√v + ε), or g/(√(v - a²) + ε) if centered;   b = μb + d;   p = p - γb
 *
 * Without momentum (μ = 0) there is no b and d is used as it is; a only if centered. -g for g to maximize.
 */
@inline
function sweep<T, V>(p: usize, g: usize, v: usize, a: usize, b: usize, bytes: usize, h: usize): void {
  const γ = all<T, V>(load<f64>(h, 8));
  const α = all<T, V>(load<f64>(h, 16));
  const c = all<T, V>(1 - load<f64>(h, 16));
  const ε = all<T, V>(load<f64>(h, 24));
  const moves = load<f64>(h, 40) != 0;
  const μ = all<T, V>(load<f64>(h, 40));
  const centered = load<f64>(h, 48) != 0;
  const decays = load<f64>(h, 32) != 0;
  const λ = all<T, V>(load<f64>(h, 32));
  const σ = all<T, V>(load<f64>(h, 56) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const vi = add<T, V>(mul<T, V>(α, load<V>(v)), mul<T, V>(c, mul<T, V>(gi, gi)));
    store<V>(v, vi);
    let variance = vi;
    if (centered) {
      const ai = add<T, V>(mul<T, V>(α, load<V>(a)), mul<T, V>(c, gi));
      store<V>(a, ai);
      variance = sub<T, V>(vi, mul<T, V>(ai, ai));
    }
    let d = div<T, V>(gi, add<T, V>(root<T, V>(variance), ε));
    if (moves) {
      d = add<T, V>(mul<T, V>(μ, load<V>(b)), d);
      store<V>(b, d);
    }
    store<V>(p, sub<T, V>(pi, mul<T, V>(γ, d)));
    g += sizeof<V>();
    v += sizeof<V>();
    a += sizeof<V>();
    b += sizeof<V>();
  }
}

@inline
function rmsprop<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  const a = s + apart;
  const b = load<f64>(h, 48) != 0 ? a + apart : a; // as there are: v, a, b
  sweep<T, v128>(p, g, s, a, b, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, a + whole, b + whole, rest<T>(n), h);
}

export function rmsprop_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rmsprop<f64>(p, g, s, apart, n, h);
}

export function rmsprop_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rmsprop<f32>(p, g, s, apart, n, h);
}
