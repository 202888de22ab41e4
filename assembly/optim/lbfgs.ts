/** What L-BFGS does with whole vectors. Sums go over a fixed pattern of lanes in float64, whatever the type. */
import { add, all, bulk, mul } from "../lanes";

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
  const whole = x + <usize>(n & ~3) * sizeof<T>();
  if (x < whole) {
    do {
      a = f64x2.add(a, f64x2.mul(two<T>(x), two<T>(y)));
      b = f64x2.add(b, f64x2.mul(two<T>(x + 2 * sizeof<T>()), two<T>(y + 2 * sizeof<T>())));
      x += 4 * sizeof<T>();
      y += 4 * sizeof<T>();
    } while (x < whole);
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; x < end; x += sizeof<T>(), y += sizeof<T>()) sum += <f64>load<T>(x) * <f64>load<T>(y);
  return sum;
}

/** Σ |x[i]|, which is wanted once. */
@inline
function sumOfMagnitudes<T>(x: usize, n: u32): f64 {
  let sum: f64 = 0;
  for (const end = x + <usize>n * sizeof<T>(); x < end; x += sizeof<T>()) sum += Math.abs(<f64>load<T>(x));
  return sum;
}

/** z = a x + b y, of which z may be either */
@inline
function combine<T>(z: usize, a: f64, x: usize, b: f64, y: usize, n: u32): void {
  const end = z + <usize>n * sizeof<T>();
  const whole = z + bulk<T>(n);
  if (z < whole) {
    const aa = all<T>(a);
    const bb = all<T>(b);
    do {
      store<v128>(z, add<T>(mul<T>(aa, load<v128>(x)), mul<T>(bb, load<v128>(y))));
      x += 16;
      y += 16;
      z += 16;
    } while (z < whole);
  }
  while (z < end) {
    store<T>(z, <T>a * load<T>(x) + <T>b * load<T>(y));
    x += sizeof<T>();
    y += sizeof<T>();
    z += sizeof<T>();
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
  combine<f64>(z, a, x, b, y, n);
}
export function combine_f32(z: usize, a: f64, x: usize, b: f64, y: usize, n: u32): void {
  combine<f32>(z, a, x, b, y, n);
}
