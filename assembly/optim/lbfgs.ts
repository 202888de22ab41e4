/** What L-BFGS does with whole vectors. Sums go over a fixed pattern of lanes in float64, whatever the type. */
import { add, all, bulk, mul, rest } from "../lanes";

/** Two elements as float64. */
@inline
function two<T>(x: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(x);
  return f64x2.promote_low_f32x4(v128.load64_zero(x));
}

/** Σ x[i] y[i] */
@inline
function dot<T>(x: usize, y: usize, n: u32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const end = x + <usize>n * sizeof<T>();
  for (; x + 4 * sizeof<T>() <= end; x += 4 * sizeof<T>(), y += 4 * sizeof<T>()) {
    a = f64x2.add(a, f64x2.mul(two<T>(x), two<T>(y)));
    b = f64x2.add(b, f64x2.mul(two<T>(x + 2 * sizeof<T>()), two<T>(y + 2 * sizeof<T>())));
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; x < end; x += sizeof<T>(), y += sizeof<T>()) sum += <f64>load<T>(x) * <f64>load<T>(y);
  return sum;
}

/** Σ |x[i]| */
@inline
function sumOfMagnitudes<T>(x: usize, n: u32): f64 {
  let a = f64x2.splat(0);
  const end = x + <usize>n * sizeof<T>();
  for (; x + 2 * sizeof<T>() <= end; x += 2 * sizeof<T>()) a = f64x2.add(a, f64x2.abs(two<T>(x)));
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; x < end; x += sizeof<T>()) sum += Math.abs(<f64>load<T>(x));
  return sum;
}

/** z = a x + b y, of which z may be either */
@inline
function combine<T, V>(z: usize, a: f64, x: usize, b: f64, y: usize, bytes: usize): void {
  const aa = all<T, V>(a);
  const bb = all<T, V>(b);
  for (const end = z + bytes; z < end; z += sizeof<V>()) {
    store<V>(z, add<T, V>(mul<T, V>(aa, load<V>(x)), mul<T, V>(bb, load<V>(y))));
    x += sizeof<V>();
    y += sizeof<V>();
  }
}

export function dot_f64(x: usize, y: usize, n: u32): f64 {
  return dot<f64>(x, y, n);
}
export function dot_f32(x: usize, y: usize, n: u32): f64 {
  return dot<f32>(x, y, n);
}
export function sumOfMagnitudes_f64(x: usize, n: u32): f64 {
  return sumOfMagnitudes<f64>(x, n);
}
export function sumOfMagnitudes_f32(x: usize, n: u32): f64 {
  return sumOfMagnitudes<f32>(x, n);
}
export function combine_f64(z: usize, a: f64, x: usize, b: f64, y: usize, n: u32): void {
  const whole = bulk<f64>(n);
  combine<f64, v128>(z, a, x, b, y, whole);
  combine<f64, f64>(z + whole, a, x + whole, b, y + whole, rest<f64>(n));
}
export function combine_f32(z: usize, a: f64, x: usize, b: f64, y: usize, n: u32): void {
  const whole = bulk<f32>(n);
  combine<f32, v128>(z, a, x, b, y, whole);
  combine<f32, f32>(z + whole, a, x + whole, b, y + whole, rest<f32>(n));
}
