import { F32, F64, lanesOf, precisionOf, read, round, sizeOf, subtractAs, write } from "./number";
import { divideTicks, subtractTicks } from "./timedelta";

/**
 * out[j] = (hi[j] - lo[j]) / d  for j < count.
 *
 * The central difference of evenly spaced samples (d = 2h, hi two elements or rows behind lo) and the one-sided
 * difference at an edge (d = h). `r` is 1/d where that is exact, so that a product gives the bits of the quotient at
 * three times the speed; 0 where it is not.
 */
export function difference(type: u32, out: usize, lo: usize, hi: usize, count: u32, d: f64, r: f64): void {
  const size = sizeOf(type);
  const w = precisionOf(type);
  if (lanesOf(type) == 2) {
    if (size == 8) complex<f64>(out, lo, hi, count, d, w);
    else complex<f32>(out, lo, hi, count, d, w);
  } else if (lanesOf(type) == 0) {
    for (const end = out + <usize>count * 8; out < end; out += 8, lo += 8, hi += 8) {
      store<i64>(out, divideTicks(subtractTicks(load<i64>(hi), load<i64>(lo)), d));
    }
  } else if (size == 8) real<f64>(out, lo, hi, count, d, r, w);
  else if (size == 4) real<f32>(out, lo, hi, count, d, r, w);
  else {
    for (const end = out + <usize>count * 2; out < end; out += 2, lo += 2, hi += 2) {
      write(out, round(subtract(hi, lo, 2) / d, w), 2);
    }
  }
}

function real<R>(out: usize, lo: usize, hi: usize, count: u32, d: f64, r: f64, w: u32): void {
  const bytes = <usize>count * sizeof<R>();
  const end = out + bytes;
  if (w == sizeof<R>()) {
    if (r != 0) {
      const bulk = out + (bytes & ~63);
      const rr = v128.splat<R>(<R>r);
      while (out < bulk) {
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
    // The divider takes longer than everything else here: nothing to gain by larger steps.
    const dd = v128.splat<R>(<R>d);
    const pairs = end - 16;
    while (out <= pairs) {
      v128.store(out, v128.div<R>(v128.sub<R>(v128.load(hi), v128.load(lo)), dd));
      lo += 16;
      hi += 16;
      out += 16;
    }
  }
  // The difference is rounded to the type of the elements, as NumPy does before any promotion.
  while (out < end) {
    store<R>(out, <R>(subtractAs<R>(hi, lo) / d));
    lo += sizeof<R>();
    hi += sizeof<R>();
    out += sizeof<R>();
  }
}

/**
 * NumPy divides by the complex number d + 0i with Smith's method, (x + y*ratio) * scale; its products with 0 turn
 * infinities into NaN. Only scale and the last product round.
 */
function complex<F>(out: usize, lo: usize, hi: usize, count: u32, d: f64, w: u32): void {
  const im = sizeof<F>();
  const ratio = 0 / d;
  const scale = round(1 / d, w);
  for (const end = out + <usize>count * 2 * im; out < end; out += 2 * im, lo += 2 * im, hi += 2 * im) {
    const x = subtractAs<F>(hi, lo);
    const y = subtractAs<F>(hi + im, lo + im);
    store<F>(out, <F>(d == 0 ? x / abs(d) : (x + y * ratio) * scale));
    store<F>(out + im, <F>(d == 0 ? y / abs(d) : (y - x * ratio) * scale));
  }
}

/** hi - lo of two floats of so many bytes, rounded to their type. */
export function subtract(hi: usize, lo: usize, size: u32): f64 {
  return round(read(hi, size) - read(lo, size), size);
}
