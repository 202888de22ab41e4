/**
 * What layers make of their sums, element by element, and the derivatives. Kinds:
 *
 *     0 identity   1 relu   2 leakyRelu   3 gelu   4 silu   5 tanh   6 sigmoid   7 softplus
 *
 * PyTorch's, with its defaults: a slope of 0.01, gelu by the normal distribution and not by tanh, and softplus of more
 * than 20 is the number itself.
 */
import { bell, depth, exp, log1p, mills, normalDepth, riseTo1, tanh } from "../elementary/vectors";
import { add, all, bringRest, bulk, div, mul, pmax, REST, returnRest, sub } from "../lanes";

const IDENTITY: u32 = 0;
const RELU: u32 = 1;
const LEAKY_RELU: u32 = 2;
const GELU: u32 = 3;
const SILU: u32 = 4;
const TANH: u32 = 5;
const SIGMOID: u32 = 6;

@inline
function slope<T>(): v128 {
  return all<T>(0.01);
}

/** What softplus makes of its threshold of 20. */
@inline
function threshold<T>(): v128 {
  return all<T>(20.0000000020611536);
}

function activateVectors<T>(kind: u32, out: usize, z: usize, bytes: usize): void {
  if (bytes == 0) return;
  const end = out + bytes;
  const zero = all<T>(0);
  const one = all<T>(1);
  if (kind <= LEAKY_RELU) {
    do {
      const x = load<v128>(z);
      store<v128>(out, pmax<T>(x, kind == RELU ? zero : mul<T>(x, slope<T>())));
      z += 16;
      out += 16;
    } while (out < end);
  } else if (kind == GELU) {
    // z Φ(z) = z - z Φ(-z)
    do {
      const x = load<v128>(z);
      const a = normalDepth<T>(x);
      store<v128>(out, sub<T>(pmax<T>(x, zero), mul<T>(mul<T>(a, bell<T>(a)), mills<T>(a))));
      z += 16;
      out += 16;
    } while (out < end);
  } else if (kind == TANH) {
    do {
      store<v128>(out, tanh<T>(load<v128>(z)));
      z += 16;
      out += 16;
    } while (out < end);
  } else {
    do {
      const x = load<v128>(z);
      const a = depth<T>(x);
      const e = exp<T>(sub<T>(zero, a));
      const positive = pmax<T>(x, zero);
      let y: v128;
      if (kind == SILU || kind == SIGMOID) {
        const negative = v128.lt<T>(x, zero);
        y = div<T>(v128.bitselect(e, one, negative), add<T>(one, e));
        if (kind == SILU) y = mul<T>(y, v128.bitselect(sub<T>(zero, a), x, negative));
      } else y = v128.bitselect(x, add<T>(positive, log1p<T>(e)), v128.gt<T>(x, all<T>(20)));
      store<v128>(out, y);
      z += 16;
      out += 16;
    } while (out < end);
  }
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
  const end = d + bytes;
  const zero = all<T>(0);
  const one = all<T>(1);
  if (kind == GELU) {
    // Φ(z) + z φ(z), which is 1 less that of -z
    do {
      const x = load<v128>(z);
      const b = normalDepth<T>(x);
      const y = mul<T>(bell<T>(b), sub<T>(mills<T>(b), mul<T>(b, all<T>(0.39894228040143267794))));
      store<v128>(d, mul<T>(load<v128>(d), v128.bitselect(sub<T>(one, y), y, v128.gt<T>(x, zero))));
      z += 16;
      d += 16;
    } while (d < end);
  } else if (kind == SILU) {
    // σ(z) (1 + z σ(-z))
    do {
      const x = load<v128>(z);
      const b = depth<T>(x);
      const e = exp<T>(sub<T>(zero, b));
      const s = div<T>(one, add<T>(one, e));
      const es = mul<T>(e, s);
      const y = v128.bitselect(
        mul<T>(es, sub<T>(one, mul<T>(b, s))),
        mul<T>(s, add<T>(one, mul<T>(b, es))),
        v128.lt<T>(x, zero),
      );
      store<v128>(d, mul<T>(load<v128>(d), y));
      z += 16;
      d += 16;
    } while (d < end);
  } else {
    do {
      const x = load<v128>(a);
      const g = load<v128>(d);
      let y: v128;
      if (kind == RELU) y = v128.andnot(g, v128.le<T>(x, zero));
      else if (kind == LEAKY_RELU) y = v128.bitselect(mul<T>(g, slope<T>()), g, v128.le<T>(x, zero));
      else if (kind == TANH) y = mul<T>(g, mul<T>(sub<T>(one, x), add<T>(one, x)));
      else if (kind == SIGMOID) y = mul<T>(g, mul<T>(x, sub<T>(one, x)));
      else y = mul<T>(g, v128.bitselect(one, riseTo1<T>(x), v128.gt<T>(x, threshold<T>())));
      store<v128>(d, y);
      a += 16;
      d += 16;
    } while (d < end);
  }
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
