import { loadComponent, storeComponent } from "./difference";
import { bytes, isPlain, read, round, write } from "./number";
import { addTicks, multiplyTicks } from "./timedelta";

/**
 * out[j] = (a*x[j] + b*y[j]) + c*z[j]  for j < count.
 *
 * Three neighbours weighted: the second-order edges and, row by row, the interior of unevenly spaced samples along any
 * axis but the last.
 */
export function combination<F, W, R>(out: usize, x: usize, y: usize, z: usize, count: u32, a: R, b: R, c: R): void {
  const end = out + <usize>count * bytes<F>();
  if (isPlain<F, W>()) {
    const bulk = out + ((<usize>count * bytes<F>()) & ~31);
    const aa = v128.splat<R>(a);
    const bb = v128.splat<R>(b);
    const cc = v128.splat<R>(c);
    while (out < bulk) {
      const ax0 = v128.mul<R>(aa, v128.load(x));
      const ax1 = v128.mul<R>(aa, v128.load(x, 16));
      const by0 = v128.mul<R>(bb, v128.load(y));
      const by1 = v128.mul<R>(bb, v128.load(y, 16));
      const cz0 = v128.mul<R>(cc, v128.load(z));
      const cz1 = v128.mul<R>(cc, v128.load(z, 16));
      v128.store(out, v128.add<R>(v128.add<R>(ax0, by0), cz0));
      v128.store(out, v128.add<R>(v128.add<R>(ax1, by1), cz1), 16);
      x += 32;
      y += 32;
      z += 32;
      out += 32;
    }
  }
  while (out < end) {
    combine<F, W, R>(out, x, y, z, a, b, c);
    x += bytes<F>();
    y += bytes<F>();
    z += bytes<F>();
    out += bytes<F>();
  }
}

/**
 * out[j] = (A[j]*f[j-1] + B[j]*f[j]) + C[j]*f[j+1]  for j < count, f being the pointer to f[0] and A, B, C three arrays
 * of R, `apart` bytes from one to the next.
 *
 * The interior of unevenly spaced samples along the last axis, where every element has weights of its own.
 */
export function weighted<F, W, R>(out: usize, f: usize, count: u32, A: usize, apart: usize): void {
  const end = out + <usize>count * bytes<F>();
  let B = A + apart;
  let C = B + apart;
  if (isPlain<F, W>()) {
    const bulk = out + ((<usize>count * bytes<F>()) & ~15);
    while (out < bulk) {
      const ax = v128.mul<R>(v128.load(A), v128.load(f - bytes<F>()));
      const by = v128.mul<R>(v128.load(B), v128.load(f));
      const cz = v128.mul<R>(v128.load(C), v128.load(f, sizeof<R>()));
      v128.store(out, v128.add<R>(v128.add<R>(ax, by), cz));
      A += 16;
      B += 16;
      C += 16;
      f += 16;
      out += 16;
    }
  }
  while (out < end) {
    combine<F, W, R>(out, f - bytes<F>(), f, f + bytes<F>(), load<R>(A), load<R>(B), load<R>(C));
    A += sizeof<R>();
    B += sizeof<R>();
    C += sizeof<R>();
    f += bytes<F>();
    out += bytes<F>();
  }
}

function combine<F, W, R>(out: usize, x: usize, y: usize, z: usize, a: R, b: R, c: R): void {
  if (isReference<F>()) {
    const im = bytes<F>() / 2;
    const xr = loadComponent<F, R>(x), xi = loadComponent<F, R>(x + im);
    const yr = loadComponent<F, R>(y), yi = loadComponent<F, R>(y + im);
    const zr = loadComponent<F, R>(z), zi = loadComponent<F, R>(z + im);
    storeComponent<F, R>(out, (fused<R>(a, xr, -xi) + fused<R>(b, yr, -yi)) + fused<R>(c, zr, -zi));
    storeComponent<F, R>(out + im, (fused<R>(a, xi, xr) + fused<R>(b, yi, yr)) + fused<R>(c, zi, zr));
  } else if (isInteger<F>() && sizeof<F>() == 8) {
    const ax = multiplyTicks(<f64>a, load<i64>(x));
    const by = multiplyTicks(<f64>b, load<i64>(y));
    const cz = multiplyTicks(<f64>c, load<i64>(z));
    store<i64>(out, addTicks(addTicks(ax, by), cz));
  } else {
    const ax = round<W, R>(a * read<F, R>(x));
    const by = round<W, R>(b * read<F, R>(y));
    const cz = round<W, R>(c * read<F, R>(z));
    write<F, R>(out, round<W, R>(round<W, R>(ax + by) + cz));
  }
}

/**
 * a*x + 0*y, one component of the product (a + 0i)(x + yi), with one rounding.
 *
 * The term with 0 is part of NumPy's bits, for it turns infinities into NaN. NumPy fuses the sum on every processor
 * that can. With a 0 to add, this shows only where the product underflows: it is not 0 yet, so its sign is kept.
 */
function fused<R>(a: R, x: R, y: R): R {
  const product = a * x;
  const zero = <R>0 * y;
  return product == 0 && zero == 0 && a != 0 && x != 0 ? product : product + zero;
}
