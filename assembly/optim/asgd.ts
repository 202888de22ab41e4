import { add, all, bringRest, bulk, mul, REST, returnRest, sub } from "../lanes";
import { realPower } from "./power";

/**
 * Averaged gradient descent, torch.optim.ASGD:
 *
 *   g = g + λp;   p = (1 - Λη)p - ηg;   a = a + (p - a)/max(1, t-1-t₀)
 *   then η = γ/(1 + Λγt)^α, which is γ at first
 *
 * where a is the mean of the parameters from t₀ on; -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, a: usize, apart: usize, bytes: usize, h: usize, eta: f64): void {
  if (bytes == 0) return;
  const keep = all<T>(1 - load<f64>(h, 24) * eta);
  const μ = 1 / max<f64>(1, load<f64>(h) - 1 - load<f64>(h, 40));
  let from = μ == 1 ? p : a; // where the new p already is, so that a becomes it
  const share = all<T>(μ);
  const σ: f64 = load<f64>(h, 56) != 0 ? -1 : 1;
  const η = all<T>(σ * eta);
  const λ = all<T>(σ * load<f64>(h, 48));
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    const now = sub<T>(mul<T>(keep, pi), mul<T>(η, add<T>(load<v128>(g), mul<T>(λ, pi))));
    store<v128>(p, now);
    const ai = load<v128>(from);
    store<v128>(a, add<T>(ai, mul<T>(share, sub<T>(now, ai))));
    g += 16;
    from += 16;
    a += 16;
    p += 16;
  } while (p < end);
}

@inline
function asgd<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const rate = load<f64>(h, 16);
  const eta = load<f64>(h) == 1 ? rate : load<f64>(h, 8);
  sweep<T>(p, g, s, apart, bulk<T>(n), h, eta);
  if (bringRest<T>(p, g, s, apart, n, 1)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h, eta);
    returnRest<T>(p, s, apart, n, 1);
  }
  const slowed = realPower(1 + load<f64>(h, 24) * rate * load<f64>(h), load<f64>(h, 32));
  store<f64>(h, rate / slowed, 8);
}

export function asgd_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  asgd<f64>(p, g, s, apart, n, h);
}

export function asgd_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  asgd<f32>(p, g, s, apart, n, h);
}
