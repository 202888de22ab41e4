import { bytes, Complex64, isPlain, round, subtract, write } from "./number";
import { divideTicks, subtractTicks } from "./timedelta";

/**
 * out[j] = (hi[j] - lo[j]) / d  for j < count.
 *
 * The central difference of evenly spaced samples (d = 2h, hi two elements or rows behind lo) and the one-sided
 * difference at an edge (d = h). `r` is 1/d where that is exact, so that a product gives the bits of the quotient at
 * three times the speed; 0 where it is not.
 */
export function difference<F, W, R>(out: usize, lo: usize, hi: usize, count: u32, d: R, r: R): void {
  const end = out + <usize>count * bytes<F>();
  if (isPlain<F, W>()) {
    const bulk = out + ((<usize>count * bytes<F>()) & ~63);
    const pairs = out + ((<usize>count * bytes<F>()) & ~15);
    if (r != 0) {
      const rr = v128.splat<R>(r);
      while (out != bulk) {
        const x0 = v128.sub<R>(v128.load(hi), v128.load(lo));
        const x1 = v128.sub<R>(v128.load(hi, 16), v128.load(lo, 16));
        const x2 = v128.sub<R>(v128.load(hi, 32), v128.load(lo, 32));
        const x3 = v128.sub<R>(v128.load(hi, 48), v128.load(lo, 48));
        v128.store(out, v128.mul<R>(x0, rr));
        v128.store(out, v128.mul<R>(x1, rr), 16);
        v128.store(out, v128.mul<R>(x2, rr), 32);
        v128.store(out, v128.mul<R>(x3, rr), 48);
        lo += 64;
        hi += 64;
        out += 64;
      }
    }
    const dd = v128.splat<R>(d);
    while (out < bulk) {
      const x0 = v128.sub<R>(v128.load(hi), v128.load(lo));
      const x1 = v128.sub<R>(v128.load(hi, 16), v128.load(lo, 16));
      const x2 = v128.sub<R>(v128.load(hi, 32), v128.load(lo, 32));
      const x3 = v128.sub<R>(v128.load(hi, 48), v128.load(lo, 48));
      v128.store(out, v128.div<R>(x0, dd));
      v128.store(out, v128.div<R>(x1, dd), 16);
      v128.store(out, v128.div<R>(x2, dd), 32);
      v128.store(out, v128.div<R>(x3, dd), 48);
      lo += 64;
      hi += 64;
      out += 64;
    }
    while (out < pairs) {
      v128.store(out, v128.div<R>(v128.sub<R>(v128.load(hi), v128.load(lo)), dd));
      lo += 16;
      hi += 16;
      out += 16;
    }
  }
  if (isReference<F>()) {
    // NumPy divides by the complex number d + 0i with Smith's method; its products with 0 turn infinities into NaN.
    const ratio: R = <R>0 / d;
    const scale: R = <R>1 / (d + <R>0 * ratio);
    const im = bytes<F>() / 2;
    while (out < end) {
      const re = component<F, R>(hi, lo);
      const imaginary = component<F, R>(hi + im, lo + im);
      const zero = d == 0;
      storeComponent<F, R>(out, zero ? re / abs(d) : (re + imaginary * ratio) * scale);
      storeComponent<F, R>(out + im, zero ? imaginary / abs(d) : (imaginary - re * ratio) * scale);
      lo += bytes<F>();
      hi += bytes<F>();
      out += bytes<F>();
    }
    return;
  }
  while (out < end) {
    if (isInteger<F>() && sizeof<F>() == 8) store<i64>(out, divideTicks(subtractTicks(load<i64>(hi), load<i64>(lo)), <f64>d));
    else write<F, R>(out, round<W, R>(subtract<F, R>(hi, lo) / d));
    lo += bytes<F>();
    hi += bytes<F>();
    out += bytes<F>();
  }
}

/** hi - lo of one component of a complex number, rounded to the component's type. */
@inline
function component<F, R>(hi: usize, lo: usize): R {
  if (offsetof<F>() == offsetof<Complex64>()) return <R>(load<f32>(hi) - load<f32>(lo));
  return <R>(load<f64>(hi) - load<f64>(lo));
}

@inline
export function storeComponent<F, R>(p: usize, x: R): void {
  if (offsetof<F>() == offsetof<Complex64>()) store<f32>(p, <f32>x);
  else store<f64>(p, <f64>x);
}

@inline
export function loadComponent<F, R>(p: usize): R {
  if (offsetof<F>() == offsetof<Complex64>()) return <R>load<f32>(p);
  return <R>load<f64>(p);
}
