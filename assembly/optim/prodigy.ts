import { add, all, bulk, div, magnitude, mul, rest, root, sub } from "../lanes";
import { power } from "./power";

/**
 * Adam that estimates its step size, Prodigy of Mishchenko and Defazio:
 *
 *   g = g + λp unless decoupled;   γd = d · γ, with √(1-β₂ᵗ)/(1-β₁ᵗ) for bias correction
 *   m = β₁m + (1-β₁)dg;   v = β₂v + (1-β₂)d²g²;   s = β₃s + d/d₀·γd g;   β₃ = √β₂
 *   r = β₃r + d/d₀·γd Σ g(p₀ - p);   d' = max(d, c·r/Σ|s|), at most d·growth
 *   p = p - γd λp if decoupled;   p = p - γd m/(√v + d'ε);   d = d'
 *
 * where p₀ is where p started, and sums are over the parameters of all parts; -g for g to maximize. A step is
 * prodigyBegin, prodigyMoments for each part, prodigyEstimate and, if that found an estimate, prodigyStep for each part.
 * What they share is
 *
 *   totals   d | largest estimate | r | Σ g(p₀ - p), weighted | Σ|s| | d of this step
 */

export function prodigyBegin(totals: usize, h: usize): void {
  if (load<f64>(totals) == 0) {
    store<f64>(totals, load<f64>(h, 48));
    store<f64>(totals, load<f64>(h, 48), 8);
  }
  store<f64>(totals, 0, 24);
  store<f64>(totals, 0, 32);
  store<f64>(totals, load<f64>(totals), 40);
}

/** False if all gradients so far were 0: then there is no step to make. */
export function prodigyEstimate(totals: usize, h: usize): bool {
  const denominator = load<f64>(totals, 32);
  if (denominator == 0) return false;
  const numerator = load<f64>(totals, 16) * sqrt(load<f64>(h, 24)) + load<f64>(totals, 24);
  const estimate = (load<f64>(h, 56) * numerator) / denominator;
  let d = load<f64>(totals);
  if (d == load<f64>(h, 48)) d = max<f64>(d, estimate);
  const largest = max<f64>(load<f64>(totals, 8), estimate);
  store<f64>(totals, min<f64>(largest, d * load<f64>(h, 64)));
  store<f64>(totals, largest, 8);
  store<f64>(totals, numerator, 16);
  return true;
}

/** γd */
function rateOf(h: usize, totals: usize): f64 {
  const rate = load<f64>(totals, 40) * load<f64>(h, 8);
  if (load<f64>(h, 80) == 0) return rate;
  const t = <u32>load<f64>(h);
  return rate * (sqrt(1 - power(load<f64>(h, 24), t)) / (1 - power(load<f64>(h, 16), t)));
}

/** Two sums in float64, which x is added to: lanes by turns. */
@inline
function accumulate<T, V>(sums: v128, x: V): v128 {
  if (!isVector<V>()) return f64x2.add(sums, f64x2.replace_lane(f64x2.splat(0), 0, <f64>x));
  if (sizeof<T>() == 8) return f64x2.add(sums, x as v128);
  const high = v128.shuffle<i64>(x as v128, x as v128, 1, 0);
  return f64x2.add(f64x2.add(sums, f64x2.promote_low_f32x4(x as v128)), f64x2.promote_low_f32x4(high));
}

@inline
function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

@inline
function moments<T, V>(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  s: usize,
  p0: usize,
  bytes: usize,
  h: usize,
  totals: usize,
  rate: f64,
): void {
  const d = load<f64>(totals, 40);
  const β1 = all<T, V>(load<f64>(h, 16));
  const c1 = all<T, V>(d * (1 - load<f64>(h, 16)));
  const β2 = all<T, V>(load<f64>(h, 24));
  const c2 = all<T, V>(d * d * (1 - load<f64>(h, 24)));
  const β3 = all<T, V>(sqrt(load<f64>(h, 24)));
  const weight = (d / load<f64>(h, 48)) * rate;
  const c3 = all<T, V>(load<f64>(h, 88) != 0 ? (d / load<f64>(h, 48)) * d : weight);
  const decays = load<f64>(h, 72) == 0 && load<f64>(h, 40) != 0;
  const λ = all<T, V>(load<f64>(h, 40));
  const σ = all<T, V>(load<f64>(h, 96) != 0 ? -1 : 1);
  let along = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    let gi = mul<T, V>(σ, load<V>(g));
    if (decays) gi = add<T, V>(gi, mul<T, V>(λ, pi));
    const si = add<T, V>(mul<T, V>(β3, load<V>(s)), mul<T, V>(c3, gi));
    store<V>(m, add<T, V>(mul<T, V>(β1, load<V>(m)), mul<T, V>(c1, gi)));
    store<V>(v, add<T, V>(mul<T, V>(β2, load<V>(v)), mul<T, V>(c2, mul<T, V>(gi, gi))));
    store<V>(s, si);
    along = accumulate<T, V>(along, mul<T, V>(gi, sub<T, V>(load<V>(p0), pi)));
    sizes = accumulate<T, V>(sizes, magnitude<T, V>(si));
    g += sizeof<V>();
    m += sizeof<V>();
    v += sizeof<V>();
    s += sizeof<V>();
    p0 += sizeof<V>();
  }
  store<f64>(totals, load<f64>(totals, 24) + weight * total(along), 24);
  store<f64>(totals, load<f64>(totals, 32) + total(sizes), 32);
}

@inline
function prodigyMoments<T>(p: usize, g: usize, m: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  const v = m + apart;
  const s = v + apart;
  const p0 = s + apart;
  if (load<f64>(h) == 1) memory.copy(p0, p, <usize>n * sizeof<T>());
  const rate = rateOf(h, totals);
  if (rate == 0) return;
  const whole = bulk<T>(n);
  moments<T, v128>(p, g, m, v, s, p0, whole, h, totals, rate);
  const left = rest<T>(n);
  moments<T, T>(p + whole, g + whole, m + whole, v + whole, s + whole, p0 + whole, left, h, totals, rate);
}

@inline
function step<T, V>(p: usize, m: usize, v: usize, bytes: usize, h: usize, totals: usize, rate: f64): void {
  const γd = all<T, V>(rate);
  const ε = all<T, V>(load<f64>(totals) * load<f64>(h, 32));
  const keep = all<T, V>(load<f64>(h, 72) != 0 ? 1 - load<f64>(h, 40) * rate : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const d = div<T, V>(mul<T, V>(γd, load<V>(m)), add<T, V>(root<T, V>(load<V>(v)), ε));
    store<V>(p, sub<T, V>(mul<T, V>(load<V>(p), keep), d));
    m += sizeof<V>();
    v += sizeof<V>();
  }
}

@inline
function prodigyStep<T>(p: usize, m: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  const whole = bulk<T>(n);
  const rate = rateOf(h, totals);
  step<T, v128>(p, m, m + apart, whole, h, totals, rate);
  step<T, T>(p + whole, m + whole, m + apart + whole, rest<T>(n), h, totals, rate);
}

export function prodigyMoments_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  prodigyMoments<f64>(p, g, s, apart, n, h, totals);
}

export function prodigyMoments_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  prodigyMoments<f32>(p, g, s, apart, n, h, totals);
}

export function prodigyStep_f64(p: usize, s: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  prodigyStep<f64>(p, s, apart, n, h, totals);
}

export function prodigyStep_f32(p: usize, s: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  prodigyStep<f32>(p, s, apart, n, h, totals);
}
