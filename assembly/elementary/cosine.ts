/** Every engine has a cosine and rounds it in its own way: this one has the same bits everywhere. */

/**
 * (1 + cos πx) / 2 for 0 ≤ x ≤ 1, falling from 1 to 0. The second half is a squared sine, for 1 + cos πx would cancel:
 *
 *     x   0 ...... 1/4 ........ 1/2 ................ 1
 *         (1 + cos πx) / 2
 *                  (1 + sin π(1/2 - x)) / 2
 *                               sin² π(1 - x) / 2
 */
export function raisedCosine_f64(x: f64): f64 {
  if (x <= 0.25) return (1 + cosine(NativeMath.PI * x)) / 2;
  if (x <= 0.5) return (1 + sine(NativeMath.PI * (0.5 - x))) / 2;
  const s = sine(NativeMath.PI * ((1 - x) / 2));
  return s * s;
}

/** For |x| ≤ π/4; fdlibm's k_cos.c. */
@inline
function cosine(x: f64): f64 {
  const z = x * x;
  const w = z * z;
  const low = z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * 2.48015872894767294178e-5));
  const high = -2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11);
  const half = 0.5 * z;
  const first = 1 - half;
  return first + (1 - first - half + z * (low + w * w * high));
}

/** For |x| ≤ π/4; fdlibm's k_sin.c. */
@inline
function sine(x: f64): f64 {
  const z = x * x;
  const low = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * 2.75573137070700676789e-6);
  const high = -2.50507602534068634195e-8 + z * 1.58969099521155010221e-10;
  return x + z * x * (-1.66666666666666324348e-1 + z * (low + z * z * z * high));
}
