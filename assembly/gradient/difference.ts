import { F32, F64, lanesOf, precisionOf, read, round, roundTo, sizeOf, subtractAs, write } from "./number";
import { divideTicks, subtractTicks } from "./timedelta";

/**
 * out[j] = (hi[j] - lo[j]) / d  for j < count.
 *
 * The central difference of evenly spaced samples (d = 2h, hi two elements or rows behind lo) and the one-sided
 * difference at an edge (d = h). `r` is 1/d where that is exact, so that a product gives the bits of the quotient at
 * three times the speed; 0 where it is not.
 */
export function difference(type: u32, out: usize, lo: usize, hi: usize, count: u32, d: f64, r: f64): void {
  if (type == F64) plain<f64>(out, lo, hi, count, d, r);
  else if (type == F32) plain<f32>(out, lo, hi, count, <f32>d, <f32>r);
  else if (lanesOf(type) == 0) durations(out, lo, hi, count, d);
  else if (lanesOf(type) == 1) {
    if (sizeOf(type) == 4) mixed(out, lo, hi, count, d);
    else half(precisionOf(type), out, lo, hi, count, d);
  } else if (precisionOf(type) == 4) complex<f32, f32>(out, lo, hi, count, d);
  else if (sizeOf(type) == 4) complex<f32, f64>(out, lo, hi, count, d);
  else complex<f64, f64>(out, lo, hi, count, d);
}

function plain<R>(out: usize, lo: usize, hi: usize, count: u32, d: R, r: R): void {
  const end = out + <usize>count * sizeof<R>();
  const bulk = out + ((<usize>count * sizeof<R>()) & ~63);
  const pairs = out + ((<usize>count * sizeof<R>()) & ~15);
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
  while (out < end) {
    store<R>(out, (load<R>(hi) - load<R>(lo)) / d);
    lo += sizeof<R>();
    hi += sizeof<R>();
    out += sizeof<R>();
  }
}

/** float32, computed in float64. The difference is rounded to the type of the elements, as NumPy does before any promotion. */
function mixed(out: usize, lo: usize, hi: usize, count: u32, d: f64): void {
  for (const end = out + <usize>count * 4; out < end; out += 4, lo += 4, hi += 4) {
    store<f32>(out, <f32>(subtractAs<f32>(hi, lo) / d));
  }
}

function half(w: u32, out: usize, lo: usize, hi: usize, count: u32, d: f64): void {
  for (const end = out + <usize>count * 2; out < end; out += 2, lo += 2, hi += 2) {
    write(out, round(subtract(hi, lo, 2) / d, w), 2);
  }
}

/** NumPy divides by the complex number d + 0i with Smith's method; its products with 0 turn infinities into NaN. */
function complex<F, W>(out: usize, lo: usize, hi: usize, count: u32, d: f64): void {
  const im = sizeof<F>();
  const ratio = 0 / d;
  const scale = roundTo<W>(1 / (d + 0 * ratio));
  for (const end = out + <usize>count * 2 * im; out < end; out += 2 * im, lo += 2 * im, hi += 2 * im) {
    const x = subtractAs<F>(hi, lo);
    const y = subtractAs<F>(hi + im, lo + im);
    store<F>(out, <F>(d == 0 ? x / abs(d) : roundTo<W>(roundTo<W>(x + y * ratio) * scale)));
    store<F>(out + im, <F>(d == 0 ? y / abs(d) : roundTo<W>(roundTo<W>(y - x * ratio) * scale)));
  }
}

function durations(out: usize, lo: usize, hi: usize, count: u32, d: f64): void {
  for (const end = out + <usize>count * 8; out < end; out += 8, lo += 8, hi += 8) {
    store<i64>(out, divideTicks(subtractTicks(load<i64>(hi), load<i64>(lo)), d));
  }
}

/** hi - lo of two floats of so many bytes, rounded to their type. */
export function subtract(hi: usize, lo: usize, size: u32): f64 {
  return round(read(hi, size) - read(lo, size), size);
}
