import { add, all, bulk, div, mul, rest, root, sub } from "../lanes";
import { average, averaging } from "./averaging";
import { power } from "./power";

/**
 * Schedule-free AdamW, AdamWScheduleFree of Defazio et al.; p is y, where gradients are taken:
 *
 *   v = β₂v + (1-β₂)g²;   d = g/(√v/√(1-β₂ᵗ) + ε) + λy
 *   y = y + c(z - y) - γ(1 - β₁(1-c))d;   z = z - γd
 *
 * where z starts at y and c is the share of this step in the average x = y + (1 - 1/β₁)(z - y); -g for g to maximize.
 * The quotient is reduced by √(1-β₂ᵗ).
 */
@inline
function sweep<T, V>(p: usize, g: usize, z: usize, v: usize, bytes: usize, h: usize, c: f64): void {
  const rate = load<f64>(h, 24);
  const t = <u32>load<f64>(h);
  const first = t == 1;
  const r = sqrt(1 - power(load<f64>(h, 40), t));
  const rs = all<T, V>(r);
  const ε = all<T, V>(load<f64>(h, 48) * r);
  const share = all<T, V>(c);
  const γ = all<T, V>(rate);
  const γy = all<T, V>(rate * (1 - load<f64>(h, 32) * (1 - c)));
  const β2 = all<T, V>(load<f64>(h, 40));
  const c2 = all<T, V>(1 - load<f64>(h, 40));
  const decays = load<f64>(h, 56) != 0;
  const λ = all<T, V>(load<f64>(h, 56));
  const σ = all<T, V>(load<f64>(h, 80) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    const gi = mul<T, V>(σ, load<V>(g));
    const vi = add<T, V>(mul<T, V>(β2, load<V>(v)), mul<T, V>(c2, mul<T, V>(gi, gi)));
    let di = div<T, V>(mul<T, V>(rs, gi), add<T, V>(root<T, V>(vi), ε));
    if (decays) di = add<T, V>(di, mul<T, V>(λ, pi));
    const zi = first ? pi : load<V>(z);
    const yi = add<T, V>(pi, mul<T, V>(share, sub<T, V>(zi, pi)));
    store<V>(v, vi);
    store<V>(p, sub<T, V>(yi, mul<T, V>(γy, di)));
    store<V>(z, sub<T, V>(zi, mul<T, V>(γ, di)));
    g += sizeof<V>();
    z += sizeof<V>();
    v += sizeof<V>();
  }
}

@inline
function scheduleFreeAdamw<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const c = averaging(h, load<f64>(h, 64), load<f64>(h, 72));
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, whole, h, c);
  sweep<T, T>(p + whole, g + whole, s + whole, s + apart + whole, rest<T>(n), h, c);
}

export function scheduleFreeAdamw_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  scheduleFreeAdamw<f64>(p, g, s, apart, n, h);
}

export function scheduleFreeAdamw_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  scheduleFreeAdamw<f32>(p, g, s, apart, n, h);
}

export function scheduleFreeAdamwAverage_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  average<f64>(p, s, n, load<f64>(h, 32));
}

export function scheduleFreeAdamwAverage_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  average<f32>(p, s, n, load<f64>(h, 32));
}
