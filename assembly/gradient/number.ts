/**
 * How an element lies in memory and in which precision it is computed.
 *
 * Every kernel of this family is generic over three types:
 *
 *   F  the element of f and of the result: u16 (the bits of a float16), f32, f64, i64 (timedelta64),
 *      Complex64 or Complex128;
 *   W  the type NumPy would promote F and the spacing to: u16 (float16), f32 or f64. Every step rounds to it;
 *   R  the register that carries a W: f32 for float16 and float32, f64 for float64.
 */

/** Layout of a complex64: re, im. */
@unmanaged
export class Complex64 {
  re: f32;
  im: f32;
}

/** Layout of a complex128: re, im. */
@unmanaged
export class Complex128 {
  re: f64;
  im: f64;
}

/** Bytes of one element. */
@inline
export function bytes<F>(): usize {
  return isReference<F>() ? offsetof<F>() : sizeof<F>();
}

/** Whether F and W are the same float32 or float64, the case that has SIMD. */
@inline
export function isPlain<F, W>(): bool {
  return isFloat<F>() && isFloat<W>() && sizeof<F>() == sizeof<W>();
}

const SCALE: f32 = reinterpret<f32>(0x77800000); // 2^112, the difference of the two exponent biases

export function halfToFloat(half: u32): f32 {
  const magnitude: u32 = (half & 0x7fff) << 13;
  const value: u32 =
    magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : reinterpret<u32>(reinterpret<f32>(magnitude) * SCALE);
  return reinterpret<f32>(value | ((half & 0x8000) << 16));
}

/** The nearest float16, ties to even. */
export function floatToHalf(x: f32): u32 {
  const sign: u32 = (reinterpret<u32>(x) >> 16) & 0x8000;
  let bits: u32 = reinterpret<u32>(x) & 0x7fffffff;
  if (bits > 0x7f800000) return sign | 0x7e00;
  if (bits >= 0x477ff000) return sign | 0x7c00; // 65520 and more round to infinity
  if (bits < 0x38800000) {
    // Below 2^-14 the result is subnormal. The unit in the last place of 0.5 is 2^-24, the spacing of
    // subnormal halves, so the addition rounds where it should.
    return sign | (reinterpret<u32>(reinterpret<f32>(bits) + 0.5) - 0x3f000000);
  }
  bits += 0xc8000fff + ((bits >> 13) & 1);
  return sign | (bits >> 13);
}

/** The nearest float16 with one rounding: the way through float32 is rounded to odd, which the second rounding undoes. */
export function doubleToHalf(x: f64): u32 {
  const near = <f32>x;
  let bits = reinterpret<u32>(near);
  if (<f64>near != x && x == x) {
    if (abs(<f64>near) > abs(x)) --bits;
    bits |= 1;
  }
  return floatToHalf(reinterpret<f32>(bits));
}

/** x rounded to W. */
@inline
export function round<W, R>(x: R): R {
  return isInteger<W>() ? <R>halfToFloat(floatToHalf(<f32>x)) : x;
}

/** The real element at p, as a register of W. */
@inline
export function read<F, R>(p: usize): R {
  return isInteger<F>() ? <R>halfToFloat(load<u16>(p)) : <R>load<F>(p);
}

/** Stores x as the real element at p, rounded once. */
@inline
export function write<F, R>(p: usize, x: R): void {
  if (isInteger<F>()) store<u16>(p, sizeof<R>() == 8 ? doubleToHalf(<f64>x) : floatToHalf(<f32>x));
  else store<F>(p, <F>x);
}

/** hi - lo of two real elements, rounded to F as NumPy does before any promotion. */
@inline
export function subtract<F, R>(hi: usize, lo: usize): R {
  if (isInteger<F>()) return <R>halfToFloat(floatToHalf(halfToFloat(load<u16>(hi)) - halfToFloat(load<u16>(lo))));
  return <R>(load<F>(hi) - load<F>(lo));
}
