/**
 * What layers make of their sums, element by element, and the derivatives. Kinds:
 *
 *     0 identity   1 relu   2 leakyRelu   3 gelu   4 silu   5 tanh   6 sigmoid   7 softplus
 *
 * PyTorch's, with its defaults: a slope of 0.01, gelu by the normal distribution and not by tanh, and softplus of more
 * than 20 is the number itself.
 */
import {
  bell, bringExp, bringLog, bringNormal, density, depth, depthOfBell, exp, held, log1p, mills, neg, one, rise, tanhByRise,
} from "../elementary/vectors";
import { add, all, bringRest, bulk, div, magnitude, mul, pmax, pmin, REST, returnRest, sub } from "../lanes";

const IDENTITY: u32 = 0;
const RELU: u32 = 1;
const LEAKY_RELU: u32 = 2;
const GELU: u32 = 3;
const SILU: u32 = 4;
const TANH: u32 = 5;
const SOFTPLUS: u32 = 7;

/** gelu: z Φ(z) = max(z, 0) - |z| Φ(-|z|). Derivative: Φ(z) + z φ(z), of which -z lacks that of z to 1. */
function normal<T>(derivative: bool, out: usize, z: usize, bytes: usize): void {
  bringExp<T>();
  bringNormal<T>();
  const end = out + bytes;
  const zero = all<T>(0);
  do {
    const x = load<v128>(z);
    const a = pmin<T>(magnitude<T>(x), depthOfBell<T>());
    const e = bell<T>(a);
    const m = mills<T>(a);
    let y: v128;
    if (derivative) {
      y = mul<T>(e, sub<T>(m, mul<T>(a, density<T>())));
      y = mul<T>(load<v128>(out), v128.bitselect(y, sub<T>(one<T>(), y), v128.lt<T>(x, zero)));
    } else y = sub<T>(pmax<T>(x, zero), mul<T>(mul<T>(a, e), m));
    store<v128>(out, y);
    z += 16;
    out += 16;
  } while (out < end);
}

/**
 * With e = exp(-|z|), which never overflows:
 *
 *     sigmoid σ    z < 0:  e/(1+e),   z > 0:  1/(1+e)
 *     silu         z σ(z)
 *     its derivative,  σ(z) + z σ(z) σ(-z)
 *     softplus     max(z, 0) + log(1+e)
 */
function logistic<T>(kind: u32, derivative: bool, out: usize, z: usize, bytes: usize): void {
  bringExp<T>();
  bringLog<T>();
  const end = out + bytes;
  const zero = all<T>(0);
  const threshold = held<T>(20);
  do {
    const x = load<v128>(z);
    const below = neg<T>(pmin<T>(magnitude<T>(x), depth<T>()));
    const e = exp<T>(below);
    let y: v128;
    if (kind == SOFTPLUS) {
      y = v128.bitselect(x, add<T>(pmax<T>(x, zero), log1p<T>(e)), v128.gt<T>(x, threshold));
    } else {
      const negative = v128.lt<T>(x, zero);
      y = div<T>(v128.bitselect(e, one<T>(), negative), add<T>(one<T>(), e));
      if (kind == SILU) {
        // Times what is bounded below, for the product of -∞ and 0 would be NaN.
        if (derivative) {
          const other = div<T>(v128.bitselect(one<T>(), e, negative), add<T>(one<T>(), e));
          const bounded = v128.bitselect(below, neg<T>(below), negative);
          y = mul<T>(load<v128>(out), add<T>(y, mul<T>(y, mul<T>(bounded, other))));
        } else y = mul<T>(y, v128.bitselect(below, x, negative));
      }
    }
    store<v128>(out, y);
    z += 16;
    out += 16;
  } while (out < end);
}

/** tanh by 1 - e^-2|z|; and the derivative of softplus, σ(z) = 1 - e⁻ᵃ, where a = softplus(z) is up to its threshold. */
function rising<T>(kind: u32, out: usize, z: usize, bytes: usize): void {
  bringExp<T>();
  const end = out + bytes;
  const threshold = held<T>(<T>20.0000000020611536);
  do {
    const x = load<v128>(z);
    let y = rise<T>(kind == TANH ? magnitude<T>(add<T>(x, x)) : x);
    if (kind == TANH) y = tanhByRise<T>(x, y);
    else y = mul<T>(load<v128>(out), v128.bitselect(one<T>(), y, v128.gt<T>(x, threshold)));
    store<v128>(out, y);
    z += 16;
    out += 16;
  } while (out < end);
}

function activateVectors<T>(kind: u32, out: usize, z: usize, bytes: usize): void {
  if (bytes == 0) return;
  if (kind == GELU) return normal<T>(false, out, z, bytes);
  if (kind == TANH) return rising<T>(kind, out, z, bytes);
  if (kind > LEAKY_RELU) return logistic<T>(kind, false, out, z, bytes);
  const end = out + bytes;
  const zero = all<T>(0);
  const slope = held<T>(<T>0.01);
  do {
    const x = load<v128>(z);
    store<v128>(out, pmax<T>(x, kind == RELU ? zero : mul<T>(x, slope)));
    z += 16;
    out += 16;
  } while (out < end);
}

/** a = σ(z); out may be z. */
@inline
function activate<T>(kind: u32, out: usize, z: usize, n: u32): void {
  if (kind == IDENTITY) {
    if (out != z) memory.copy(out, z, <usize>n * sizeof<T>());
    return;
  }
  activateVectors<T>(kind, out, z, bulk<T>(n));
  if (bringRest<T>(out, z, 0, 0, n, 0)) {
    activateVectors<T>(kind, REST, REST + 16, 16);
    returnRest<T>(out, 0, 0, n, 0);
  }
}

function differentiateVectors<T>(kind: u32, d: usize, z: usize, a: usize, bytes: usize): void {
  if (bytes == 0) return;
  if (kind == GELU) return normal<T>(true, d, z, bytes);
  if (kind == SILU) return logistic<T>(kind, true, d, z, bytes);
  if (kind == SOFTPLUS) return rising<T>(kind, d, a, bytes);
  const end = d + bytes;
  const zero = all<T>(0);
  const one = held<T>(1);
  const slope = held<T>(<T>0.01);
  if (kind == RELU) {
    do {
      store<v128>(d, v128.andnot(load<v128>(d), v128.le<T>(load<v128>(a), zero)));
      a += 16;
      d += 16;
    } while (d < end);
    return;
  }
  do {
    const x = load<v128>(a);
    let y: v128;
    if (kind == LEAKY_RELU) y = v128.bitselect(slope, one, v128.le<T>(x, zero));
    else y = mul<T>(sub<T>(one, x), kind == TANH ? add<T>(one, x) : x);
    store<v128>(d, mul<T>(load<v128>(d), y));
    a += 16;
    d += 16;
  } while (d < end);
}

/** d = d σ'(z), where gelu and silu take z and the others a = σ(z) only. */
@inline
function differentiate<T>(kind: u32, d: usize, z: usize, a: usize, n: u32): void {
  if (kind == IDENTITY) return;
  differentiateVectors<T>(kind, d, z, a, bulk<T>(n));
  if (bringRest<T>(d, z, a, 0, n, 1)) {
    differentiateVectors<T>(kind, REST, REST + 16, REST + 32, 16);
    returnRest<T>(d, 0, 0, n, 0);
  }
}

export function activate_f32(kind: u32, out: usize, z: usize, n: u32): void {
  activate<f32>(kind, out, z, n);
}
export function activate_f64(kind: u32, out: usize, z: usize, n: u32): void {
  activate<f64>(kind, out, z, n);
}
export function differentiate_f32(kind: u32, d: usize, z: usize, a: usize, n: u32): void {
  differentiate<f32>(kind, d, z, a, n);
}
export function differentiate_f64(kind: u32, d: usize, z: usize, a: usize, n: u32): void {
  differentiate<f64>(kind, d, z, a, n);
}
