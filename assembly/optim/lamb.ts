import { add, all, BLOCK, bringRest, bulk, div, gather, mul, REST, returnRest, root, sub, SUMS, total } from "../lanes";
import { power } from "./power";

/**
 * Adam with steps as long as the array is large, optax.lamb:
 *
 *   m = β₁m + (1-β₁)g;   v = β₂v + (1-β₂)g²
 *   u = m/(1-β₁ᵗ) / (√v/√(1-β₂ᵗ) + ε) + λp
 *   p = p - γ|p|/|u| u, with 1 for the quotient if a norm is 0
 *
 * -g for g to maximize. The quotient of u is reduced by √(1-β₂ᵗ).
 */
/** √(1-β₂ᵗ) */
function reduction(h: usize): f64 {
  return sqrt(1 - power(load<f64>(h, 24), <u32>load<f64>(h)));
}

/** What m is multiplied by in u. */
function share(h: usize): f64 {
  return reduction(h) / (1 - power(load<f64>(h, 16), <u32>load<f64>(h)));
}

/** The moments, and u to where there is room for it; adds to the sums of p² and u². */
function moments<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize, u: usize): void {
  if (bytes == 0) return;
  const v = m + apart;
  const a = all<T>(share(h));
  const ε = all<T>(load<f64>(h, 32) * reduction(h));
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(1 - load<f64>(h, 16));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(1 - load<f64>(h, 24));
  const λ = all<T>(load<f64>(h, 40));
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  let i: usize = 0;
  do {
    const stop = min<usize>(i + BLOCK, bytes);
    let ofP = all<T>(0);
    let ofU = all<T>(0);
    do {
      const pi = load<v128>(p + i);
      const gi = mul<T>(σ, load<v128>(g + i));
      const mi = add<T>(mul<T>(β1, load<v128>(m + i)), mul<T>(c1, gi));
      const vi = add<T>(mul<T>(β2, load<v128>(v + i)), mul<T>(c2, mul<T>(gi, gi)));
      const ui = add<T>(div<T>(mul<T>(a, mi), add<T>(root<T>(vi), ε)), mul<T>(λ, pi));
      store<v128>(m + i, mi);
      store<v128>(v + i, vi);
      store<v128>(u + i, ui);
      ofP = add<T>(ofP, mul<T>(pi, pi));
      ofU = add<T>(ofU, mul<T>(ui, ui));
      i += 16;
    } while (i < stop);
    gather<T>(SUMS, ofP);
    gather<T>(SUMS + 16, ofU);
  } while (i < bytes);
}

/** p = p - γu */
function step<T>(p: usize, u: usize, bytes: usize, rate: f64): void {
  if (bytes == 0) return;
  const γ = all<T>(rate);
  let i: usize = 0;
  do {
    store<v128>(p + i, sub<T>(load<v128>(p + i), mul<T>(γ, load<v128>(u + i))));
    i += 16;
  } while (i < bytes);
}

@inline
function lamb<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, u: usize): void {
  memory.fill(REST, 0, 128); // what lies beside the rest must add nothing to the sums
  moments<T>(p, g, s, apart, bulk<T>(n), h, u);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    moments<T>(REST, REST + 16, REST + 32, 16, 16, h, REST + 64);
    returnRest<T>(p, s, apart, n, 2);
  }
  const ofP = total(load<v128>(SUMS));
  const ofU = total(load<v128>(SUMS, 16));
  let rate = load<f64>(h, 8);
  if (ofP != 0 && ofU != 0) rate *= sqrt(ofP) / sqrt(ofU);
  step<T>(p, u, bulk<T>(n), rate);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    step<T>(REST, REST + 64, 16, rate); // where u still is
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function lamb_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, u: usize): void {
  lamb<f64>(p, g, s, apart, n, h, u);
}

export function lamb_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, u: usize): void {
  lamb<f32>(p, g, s, apart, n, h, u);
}
