/**
 * What an element is, and in which precision it is computed: a number that the kernels are told,
 *
 *     size | w << 8 | lanes << 16
 *
 *   size   bytes of a component: 2 (float16), 4, 8;
 *   w      bytes of the type that NumPy would promote it and the spacing to, at least as many. Every step rounds to it;
 *   lanes  components: 1, 2 for complex numbers (re, im), 0 for durations (timedelta64, 64-bit ticks).
 *
 * float32 and float64 that are computed as they are have loops with SIMD. The loops of all others compute in float64 and
 * round each step to w: of +, -, *, / that gives the bits of an operation in w, for float64 has more than twice the
 * digits. They are generic over F, the type of a component; half precision goes through functions that ask at run time.
 */
export const F32: u32 = 4 | (4 << 8) | (1 << 16);
export const F64: u32 = 8 | (8 << 8) | (1 << 16);

@inline
export function sizeOf(type: u32): u32 {
  return type & 255;
}

@inline
export function precisionOf(type: u32): u32 {
  return (type >> 8) & 255;
}

@inline
export function lanesOf(type: u32): u32 {
  return type >> 16;
}

/** Bytes of one element. */
@inline
export function bytesOf(type: u32): usize {
  return sizeOf(type) << (lanesOf(type) >> 1);
}

const SCALE: f32 = reinterpret<f32>(0x77800000); // 2^112, the difference of the two exponent biases

function halfToFloat(half: u32): f32 {
  const magnitude: u32 = (half & 0x7fff) << 13;
  const value: u32 =
    magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : reinterpret<u32>(reinterpret<f32>(magnitude) * SCALE);
  return reinterpret<f32>(value | ((half & 0x8000) << 16));
}

/** The nearest float16, ties to even. */
function floatToHalf(x: f32): u32 {
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
function doubleToHalf(x: f64): u32 {
  const near = <f32>x;
  let bits = reinterpret<u32>(near);
  if (<f64>near != x && x == x) {
    if (abs(<f64>near) > abs(x)) --bits;
    bits |= 1;
  }
  return floatToHalf(reinterpret<f32>(bits));
}

/** hi - lo of two floats, rounded to their type. */
@inline
export function subtractAs<F>(hi: usize, lo: usize): f64 {
  return <f64>(load<F>(hi) - load<F>(lo));
}

/** x rounded to the float type of so many bytes. */
export function round(x: f64, size: u32): f64 {
  if (size == 8) return x;
  return <f64>(size == 4 ? <f32>x : halfToFloat(doubleToHalf(x)));
}

/** The float of so many bytes at p. */
export function read(p: usize, size: u32): f64 {
  if (size == 8) return load<f64>(p);
  return <f64>(size == 4 ? load<f32>(p) : halfToFloat(load<u16>(p)));
}

/** Stores x at p as a float of so many bytes, rounded once. */
export function write(p: usize, x: f64, size: u32): void {
  if (size == 8) store<f64>(p, x);
  else if (size == 4) store<f32>(p, <f32>x);
  else store<u16>(p, doubleToHalf(x));
}
