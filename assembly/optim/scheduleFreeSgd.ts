import { add, all, bulk, mul, rest, sub } from "../lanes";
import { average, averaging } from "./averaging";

/**
 * Schedule-free gradient descent, SGDScheduleFree of Defazio et al.; p is y, where gradients are taken:
 *
 *   g = g + λy;   y = y + c(z - y) - γ(1 - β(1-c))g;   z = z - γg
 *
 * where z starts at y and c is the share of this step in the average x = y + (1 - 1/β)(z - y); -g for g to maximize.
 */
@inline
function sweep<T, V>(p: usize, g: usize, z: usize, bytes: usize, h: usize, c: f64): void {
  const rate = load<f64>(h, 24);
  const first = load<f64>(h) == 1;
  const share = all<T, V>(c);
  const γ = all<T, V>(rate);
  const γy = all<T, V>(rate * (1 - load<f64>(h, 32) * (1 - c)));
  const decays = load<f64>(h, 40) != 0;
  const λ = all<T, V>(load<f64>(h, 40));
  const σ = all<T, V>(load<f64>(h, 64) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const zi = first ? pi : load<V>(z);
    const yi = add<T, V>(pi, mul<T, V>(share, sub<T, V>(zi, pi)));
    store<V>(p, sub<T, V>(yi, mul<T, V>(γy, gi)));
    store<V>(z, sub<T, V>(zi, mul<T, V>(γ, gi)));
    g += sizeof<V>();
    z += sizeof<V>();
  }
}

@inline
function scheduleFreeSgd<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const c = averaging(h, load<f64>(h, 48), load<f64>(h, 56));
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, whole, h, c);
  sweep<T, T>(p + whole, g + whole, s + whole, rest<T>(n), h, c);
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
