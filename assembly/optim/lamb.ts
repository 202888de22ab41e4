import { add, addSquares, all, bringRest, bulk, div, mul, REST, returnRest, root, sub, SUMS, total } from "../lanes";
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
@inline
function direction<T>(pi: v128, mi: v128, vi: v128, a: v128, ε: v128, λ: v128): v128 {
  return add<T>(div<T>(mul<T>(a, mi), add<T>(root<T>(vi), ε)), mul<T>(λ, pi));
}

/** √(1-β₂ᵗ) */
function reduction(h: usize): f64 {
  return sqrt(1 - power(load<f64>(h, 24), <u32>load<f64>(h)));
}

/** What m is multiplied by in u. */
function share(h: usize): f64 {
  return reduction(h) / (1 - power(load<f64>(h, 16), <u32>load<f64>(h)));
}

/** The moments; adds to the sums of p² and u². */
function moments<T>(p: usize, g: usize, m: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let v = m + apart;
  const a = all<T>(share(h));
  const ε = all<T>(load<f64>(h, 32) * reduction(h));
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(1 - load<f64>(h, 16));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(1 - load<f64>(h, 24));
  const λ = all<T>(load<f64>(h, 40));
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  let ofP = load<v128>(SUMS);
  let ofU = load<v128>(SUMS, 16);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    const gi = mul<T>(σ, load<v128>(g));
    const mi = add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi));
    const vi = add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, mul<T>(gi, gi)));
    store<v128>(m, mi);
    store<v128>(v, vi);
    ofP = addSquares<T>(ofP, pi);
    ofU = addSquares<T>(ofU, direction<T>(pi, mi, vi, a, ε, λ));
    g += 16;
    m += 16;
    v += 16;
    p += 16;
  } while (p < end);
  store<v128>(SUMS, ofP);
  store<v128>(SUMS, ofU, 16);
}

function step<T>(p: usize, m: usize, apart: usize, bytes: usize, h: usize, rate: f64): void {
  if (bytes == 0) return;
  let v = m + apart;
  const a = all<T>(share(h));
  const ε = all<T>(load<f64>(h, 32) * reduction(h));
  const λ = all<T>(load<f64>(h, 40));
  const γ = all<T>(rate);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    store<v128>(p, sub<T>(pi, mul<T>(γ, direction<T>(pi, load<v128>(m), load<v128>(v), a, ε, λ))));
    m += 16;
    v += 16;
    p += 16;
  } while (p < end);
}

@inline
function lamb<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  memory.fill(REST, 0, 128); // what lies beside the rest must add nothing to the sums
  moments<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    moments<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 2);
  }
  const ofP = total(load<v128>(SUMS));
  const ofU = total(load<v128>(SUMS, 16));
  let rate = load<f64>(h, 8);
  if (ofP != 0 && ofU != 0) rate *= sqrt(ofP) / sqrt(ofU);
  step<T>(p, s, apart, bulk<T>(n), h, rate);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    step<T>(REST, REST + 32, 16, 16, h, rate);
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function lamb_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lamb<f64>(p, g, s, apart, n, h);
}

export function lamb_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lamb<f32>(p, g, s, apart, n, h);
}
