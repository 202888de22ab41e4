import { accumulate, add, all, bringRest, bulk, div, magnitude, mul, REST, returnRest, root, sub, total } from "../lanes";
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

function moments<T>(
  p: usize,
  g: usize,
  m: usize,
  apart: usize,
  bytes: usize,
  h: usize,
  totals: usize,
  rate: f64,
): void {
  if (bytes == 0) return;
  let v = m + apart;
  let s = v + apart;
  let p0 = s + apart;
  const d = load<f64>(totals, 40);
  const β1 = all<T>(load<f64>(h, 16));
  const c1 = all<T>(d * (1 - load<f64>(h, 16)));
  const β2 = all<T>(load<f64>(h, 24));
  const c2 = all<T>(d * d * (1 - load<f64>(h, 24)));
  const β3 = all<T>(sqrt(load<f64>(h, 24)));
  const weight = (d / load<f64>(h, 48)) * rate;
  const c3 = all<T>(load<f64>(h, 88) != 0 ? (d / load<f64>(h, 48)) * d : weight);
  const decays = load<f64>(h, 72) == 0 && load<f64>(h, 40) != 0;
  const λ = all<T>(load<f64>(h, 40));
  const σ = all<T>(load<f64>(h, 96) != 0 ? -1 : 1);
  let along = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    let gi = mul<T>(σ, load<v128>(g));
    if (decays) gi = add<T>(gi, mul<T>(λ, pi));
    const si = add<T>(mul<T>(β3, load<v128>(s)), mul<T>(c3, gi));
    store<v128>(m, add<T>(mul<T>(β1, load<v128>(m)), mul<T>(c1, gi)));
    store<v128>(v, add<T>(mul<T>(β2, load<v128>(v)), mul<T>(c2, mul<T>(gi, gi))));
    store<v128>(s, si);
    along = accumulate<T>(along, mul<T>(gi, sub<T>(load<v128>(p0), pi)));
    sizes = accumulate<T>(sizes, magnitude<T>(si));
    g += 16;
    m += 16;
    v += 16;
    s += 16;
    p0 += 16;
    p += 16;
  } while (p < end);
  store<f64>(totals, load<f64>(totals, 24) + weight * total(along), 24);
  store<f64>(totals, load<f64>(totals, 32) + total(sizes), 32);
}

@inline
function prodigyMoments<T>(p: usize, g: usize, m: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  if (load<f64>(h) == 1) memory.copy(m + 3 * apart, p, <usize>n * sizeof<T>());
  const rate = rateOf(h, totals);
  if (rate == 0) return;
  moments<T>(p, g, m, apart, bulk<T>(n), h, totals, rate);
  memory.fill(REST, 0, 96); // what lies beside the rest must add nothing to the sums
  if (bringRest<T>(p, g, m, apart, n, 4)) {
    moments<T>(REST, REST + 16, REST + 32, 16, 16, h, totals, rate);
    returnRest<T>(p, m, apart, n, 4);
  }
}

function step<T>(p: usize, m: usize, apart: usize, bytes: usize, h: usize, totals: usize, rate: f64): void {
  if (bytes == 0) return;
  let v = m + apart;
  const γd = all<T>(rate);
  const ε = all<T>(load<f64>(totals) * load<f64>(h, 32));
  const keep = all<T>(load<f64>(h, 72) != 0 ? 1 - load<f64>(h, 40) * rate : 1);
  const end = p + bytes;
  do {
    const d = div<T>(mul<T>(γd, load<v128>(m)), add<T>(root<T>(load<v128>(v)), ε));
    store<v128>(p, sub<T>(mul<T>(load<v128>(p), keep), d));
    m += 16;
    v += 16;
    p += 16;
  } while (p < end);
}

@inline
function prodigyStep<T>(p: usize, m: usize, apart: usize, n: u32, h: usize, totals: usize): void {
  const rate = rateOf(h, totals);
  step<T>(p, m, apart, bulk<T>(n), h, totals, rate);
  if (bringRest<T>(p, p, m, apart, n, 2)) {
    step<T>(REST, REST + 32, 16, 16, h, totals, rate);
    returnRest<T>(p, m, apart, n, 2);
  }
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
