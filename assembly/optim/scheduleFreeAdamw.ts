import { add, all, bringRest, bulk, div, mul, REST, returnRest, root, sub } from "../lanes";
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
function sweep<T>(p: usize, g: usize, z: usize, apart: usize, bytes: usize, h: usize, c: f64): void {
  if (bytes == 0) return;
  let v = z + apart;
  const rate = load<f64>(h, 24);
  const t = <u32>load<f64>(h);
  const first = t == 1;
  const r = sqrt(1 - power(load<f64>(h, 40), t));
  const rs = all<T>(r);
  const ε = all<T>(load<f64>(h, 48) * r);
  const share = all<T>(c);
  const γ = all<T>(rate);
  const γy = all<T>(rate * (1 - load<f64>(h, 32) * (1 - c)));
  const β2 = all<T>(load<f64>(h, 40));
  const c2 = all<T>(1 - load<f64>(h, 40));
  const decays = load<f64>(h, 56) != 0;
  const λ = all<T>(load<f64>(h, 56));
  const σ = all<T>(load<f64>(h, 80) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    const gi = mul<T>(σ, load<v128>(g));
    const vi = add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, mul<T>(gi, gi)));
    let di = div<T>(mul<T>(rs, gi), add<T>(root<T>(vi), ε));
    if (decays) di = add<T>(di, mul<T>(λ, pi));
    const zi = first ? pi : load<v128>(z);
    const yi = add<T>(pi, mul<T>(share, sub<T>(zi, pi)));
    store<v128>(v, vi);
    store<v128>(p, sub<T>(yi, mul<T>(γy, di)));
    store<v128>(z, sub<T>(zi, mul<T>(γ, di)));
    g += 16;
    z += 16;
    v += 16;
    p += 16;
  } while (p < end);
}

@inline
function scheduleFreeAdamw<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const c = averaging(h, load<f64>(h, 64), load<f64>(h, 72));
  sweep<T>(p, g, s, apart, bulk<T>(n), h, c);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h, c);
    returnRest<T>(p, s, apart, n, 2);
  }
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
