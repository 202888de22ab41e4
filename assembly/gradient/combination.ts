import { bytesOf, F32, F64, lanesOf, precisionOf, read, round, sizeOf, write } from "./number";
import { addTicks, multiplyTicks } from "./timedelta";

/**
 * out[j] = (a*x[j] + b*y[j]) + c*z[j]  for j < count: three neighbours weighted, y and z lying `step` and 2 * `step`
 * bytes behind x.
 *
 *     A   a ... | b ... | c ...          each of them `size` bytes, `apart` bytes from a to b to c, and `next` bytes
 *                                        from the weights of one element to those of the next
 *
 * With next = 0 one a, b and c serve all elements: the second-order edges and, row by row, the interior of unevenly
 * spaced samples along any axis but the last. Along the last axis every element has its own, and next = size.
 */
export function combination(
  type: u32, out: usize, x: usize, step: usize, count: u32, A: usize, apart: usize, size: u32, next: u32
): void {
  const bytes = bytesOf(type);
  const end = out + <usize>count * bytes;
  let bulk: usize = 0;
  if (type == F64) bulk = plain<f64>(out, x, step, count, A, apart, size, next);
  else if (type == F32) bulk = plain<f32>(out, x, step, count, A, apart, size, next);
  out += bulk;
  x += bulk;
  if (next) A += bulk;
  const twice: usize = 2 * step;
  if (lanesOf(type) == 1 && sizeOf(type) == 4 && precisionOf(type) == 8) {
    // float32, computed in float64.
    for (; out < end; out += 4, x += 4, A += next) {
      const ax = load<f64>(A) * <f64>load<f32>(x);
      const by = load<f64>(A + apart) * <f64>load<f32>(x + step);
      const cz = load<f64>(A + 2 * apart) * <f64>load<f32>(x + twice);
      store<f32>(out, <f32>(ax + by + cz));
    }
  }
  for (; out < end; out += bytes, x += bytes, A += next) {
    combine(type, out, x, x + step, x + twice, read(A, size), read(A + apart, size), read(A + 2 * apart, size));
  }
}

/** Bytes of a weight that an element has for itself. */
@inline
export function weightBytes(type: u32): u32 {
  return max<u32>(precisionOf(type), 4);
}

/** As many elements as fill vectors; how many bytes these are. */
function plain<R>(
  out: usize, x: usize, step: usize, count: u32, A: usize, apart: usize, size: u32, next: usize
): usize {
  const start = out;
  const bytes = <usize>count * sizeof<R>();
  if (next) {
    let B = A + apart;
    let C = B + apart;
    const end = out + (bytes & ~15);
    if (out < end) do {
      const ax = v128.mul<R>(v128.load(A), v128.load(x));
      const by = v128.mul<R>(v128.load(B), v128.load(x, sizeof<R>()));
      const cz = v128.mul<R>(v128.load(C), v128.load(x, 2 * sizeof<R>()));
      v128.store(out, v128.add<R>(v128.add<R>(ax, by), cz));
      out += 16;
      x += 16;
      A += 16;
      B += 16;
      C += 16;
    } while (out < end);
  } else {
    let y = x + step;
    let z = y + step;
    const aa = v128.splat<R>(<R>read(A, size));
    const bb = v128.splat<R>(<R>read(A + apart, size));
    const cc = v128.splat<R>(<R>read(A + 2 * apart, size));
    const end = out + (bytes & ~31);
    if (out < end) do {
      const ax0 = v128.mul<R>(aa, v128.load(x));
      const ax1 = v128.mul<R>(aa, v128.load(x, 16));
      const by0 = v128.mul<R>(bb, v128.load(y));
      const by1 = v128.mul<R>(bb, v128.load(y, 16));
      const cz0 = v128.mul<R>(cc, v128.load(z));
      const cz1 = v128.mul<R>(cc, v128.load(z, 16));
      v128.store(out, v128.add<R>(v128.add<R>(ax0, by0), cz0));
      v128.store(out, v128.add<R>(v128.add<R>(ax1, by1), cz1), 16);
      out += 32;
      x += 32;
      y += 32;
      z += 32;
    } while (out < end);
  }
  return out - start;
}

/** One element. */
function combine(type: u32, out: usize, x: usize, y: usize, z: usize, a: f64, b: f64, c: f64): void {
  const w = precisionOf(type);
  const size = sizeOf(type);
  if (lanesOf(type) == 0) {
    const ax = multiplyTicks(a, load<i64>(x));
    const by = multiplyTicks(b, load<i64>(y));
    const cz = multiplyTicks(c, load<i64>(z));
    store<i64>(out, addTicks(addTicks(ax, by), cz));
  } else if (lanesOf(type) == 1) {
    write(out, sum(a * read(x, size), b * read(y, size), c * read(z, size), w), size);
  } else {
    // Both components at once.
    const xx = pair(x, size, w);
    const yy = pair(y, size, w);
    const zz = pair(z, size, w);
    if (w == 4) v128.store64_lane(out, weightedPairs<f32>(xx, yy, zz, a, b, c), 0);
    else {
      const result = weightedPairs<f64>(xx, yy, zz, a, b, c);
      if (size == 8) v128.store(out, result);
      else v128.store64_lane(out, f32x4.demote_f64x2_zero(result), 0);
    }
  }
}

/** re and im of a complex number, as floats of w bytes. */
function pair(p: usize, size: u32, w: u32): v128 {
  if (size == 8) return v128.load(p);
  const found = v128.load64_zero(p);
  return w == 8 ? f64x2.promote_low_f32x4(found) : found;
}

function weightedPairs<W>(x: v128, y: v128, z: v128, a: f64, b: f64, c: f64): v128 {
  return v128.add<W>(v128.add<W>(fused<W>(a, x), fused<W>(b, y)), fused<W>(c, z));
}

/** (a, b, c) rounded to the float type of w bytes, and so is each sum. */
function sum(a: f64, b: f64, c: f64, w: u32): f64 {
  return round(round(round(a, w) + round(b, w), w) + round(c, w), w);
}

/**
 * (a + 0i)(re + im i), which is a*re - 0*im and a*im + 0*re, each with one rounding.
 *
 * The terms with 0 are part of NumPy's bits, for they turn infinities into NaN. NumPy fuses the sums on every processor
 * that can. With a 0 to add, this shows only where the product underflows: it is not 0 yet, so its sign is kept.
 */
function fused<W>(a: f64, x: v128): v128 {
  const aa = v128.splat<W>(<W>a);
  const none = v128.splat<W>(0);
  const product = v128.mul<W>(aa, x);
  const swapped = sizeof<W>() == 8 ? v128.shuffle<f64>(x, x, 1, 0) : v128.shuffle<f32>(x, x, 1, 0, 3, 2);
  const zero = v128.mul<W>(swapped, sizeof<W>() == 8 ? f64x2(-0.0, 0) : f32x4(-0.0, 0, 0, 0));
  const underflow = v128.and(
    v128.and(v128.eq<W>(product, none), v128.eq<W>(zero, none)),
    v128.and(v128.ne<W>(aa, none), v128.ne<W>(x, none))
  );
  return v128.bitselect(product, v128.add<W>(product, zero), underflow);
}
