import { add, all, bringRest, bulk, mul, REST, returnRest, sub } from "../lanes";
import { average, averaging } from "./averaging";

/**
 * Schedule-free gradient descent, SGDScheduleFree of Defazio et al.; p is y, where gradients are taken:
 *
 *   g = g + λy;   y = y + c(z - y) - γ(1 - β(1-c))g;   z = z - γg
 *
 * where z starts at y and c is the share of this step in the average x = y + (1 - 1/β)(z - y); -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, z: usize, apart: usize, bytes: usize, h: usize, c: f64): void {
  if (bytes == 0) return;
  const rate = load<f64>(h, 24);
  const σ: f64 = load<f64>(h, 64) != 0 ? -1 : 1;
  const share = all<T>(c);
  const γ = all<T>(σ * rate);
  const γy = all<T>(σ * rate * (1 - load<f64>(h, 32) * (1 - c)));
  const λ = all<T>(σ * load<f64>(h, 40));
  let from = load<f64>(h) == 1 ? p : z;
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    const gi = add<T>(load<v128>(g), mul<T>(λ, pi));
    const zi = load<v128>(from);
    const yi = add<T>(pi, mul<T>(share, sub<T>(zi, pi)));
    store<v128>(p, sub<T>(yi, mul<T>(γy, gi)));
    store<v128>(z, sub<T>(zi, mul<T>(γ, gi)));
    g += 16;
    from += 16;
    z += 16;
    p += 16;
  } while (p < end);
}

@inline
function scheduleFreeSgd<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const c = averaging(h, load<f64>(h, 48), load<f64>(h, 56));
  sweep<T>(p, g, s, apart, bulk<T>(n), h, c);
  if (bringRest<T>(p, g, s, apart, n, 1)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h, c);
    returnRest<T>(p, s, apart, n, 1);
  }
}

export function scheduleFreeSgd_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  scheduleFreeSgd<f64>(p, g, s, apart, n, h);
}

export function scheduleFreeSgd_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  scheduleFreeSgd<f32>(p, g, s, apart, n, h);
}

export function scheduleFreeSgdAverage_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  average<f64>(p, s, n, load<f64>(h, 32));
}

export function scheduleFreeSgdAverage_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  average<f32>(p, s, n, load<f64>(h, 32));
}
