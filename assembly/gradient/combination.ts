import { bytesOf, F32, F64, lanesOf, precisionOf, read, round, roundTo, sizeOf, write } from "./number";
import { addTicks, multiplyTicks } from "./timedelta";

/**
 * out[j] = (a*x[j] + b*y[j]) + c*z[j]  for j < count.
 *
 * Three neighbours weighted: the second-order edges and, row by row, the interior of unevenly spaced samples along any
 * axis but the last.
 */
export function combination(
  type: u32, out: usize, x: usize, y: usize, z: usize, count: u32, a: f64, b: f64, c: f64
): void {
  if (type == F64) plain<f64>(out, x, y, z, count, a, b, c);
  else if (type == F32) plain<f32>(out, x, y, z, count, <f32>a, <f32>b, <f32>c);
  else if (isMixed(type)) {
    for (const end = out + <usize>count * 4; out < end; out += 4, x += 4, y += 4, z += 4) {
      store<f32>(out, <f32>(a * <f64>load<f32>(x) + b * <f64>load<f32>(y) + c * <f64>load<f32>(z)));
    }
  } else {
    const bytes = bytesOf(type);
    for (const end = out + <usize>count * bytes; out < end; out += bytes) {
      combine(type, out, x, y, z, a, b, c);
      x += bytes;
      y += bytes;
      z += bytes;
    }
  }
}

function plain<R>(out: usize, x: usize, y: usize, z: usize, count: u32, a: R, b: R, c: R): void {
  const end = out + <usize>count * sizeof<R>();
  const bulk = out + ((<usize>count * sizeof<R>()) & ~31);
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
  while (out < end) {
    store<R>(out, a * load<R>(x) + b * load<R>(y) + c * load<R>(z));
    x += sizeof<R>();
    y += sizeof<R>();
    z += sizeof<R>();
    out += sizeof<R>();
  }
}

/**
 * out[j] = (A[j]*f[j-1] + B[j]*f[j]) + C[j]*f[j+1]  for j < count, f being the pointer to f[0] and A, B, C three arrays
 * of float64 or, for less precise elements, float32, `apart` bytes from one to the next.
 *
 * The interior of unevenly spaced samples along the last axis, where every element has weights of its own.
 */
export function weighted(type: u32, out: usize, f: usize, count: u32, A: usize, apart: usize): void {
  if (type == F64) plainWeighted<f64>(out, f, count, A, apart);
  else if (type == F32) plainWeighted<f32>(out, f, count, A, apart);
  else if (isMixed(type)) {
    const B = A + apart;
    const C = B + apart;
    const g = f - 4;
    const h = f + 4;
    for (let i: usize = 0; i < <usize>count * 4; i += 4) {
      const ax = load<f64>(A + 2 * i) * <f64>load<f32>(g + i);
      const by = load<f64>(B + 2 * i) * <f64>load<f32>(f + i);
      const cz = load<f64>(C + 2 * i) * <f64>load<f32>(h + i);
      store<f32>(out + i, <f32>(ax + by + cz));
    }
  } else {
    const bytes = bytesOf(type);
    const size = weightBytes(type);
    for (const end = out + <usize>count * bytes; out < end; out += bytes) {
      const a = read(A, size);
      const b = read(A + apart, size);
      const c = read(A + 2 * apart, size);
      combine(type, out, f - bytes, f, f + bytes, a, b, c);
      A += size;
      f += bytes;
    }
  }
}

/** Bytes of a weight. */
@inline
export function weightBytes(type: u32): u32 {
  return max<u32>(precisionOf(type), 4);
}

function plainWeighted<R>(out: usize, f: usize, count: u32, A: usize, apart: usize): void {
  const end = out + <usize>count * sizeof<R>();
  const bulk = out + ((<usize>count * sizeof<R>()) & ~15);
  let B = A + apart;
  let C = B + apart;
  while (out < bulk) {
    const ax = v128.mul<R>(v128.load(A), v128.load(f - sizeof<R>()));
    const by = v128.mul<R>(v128.load(B), v128.load(f));
    const cz = v128.mul<R>(v128.load(C), v128.load(f, sizeof<R>()));
    v128.store(out, v128.add<R>(v128.add<R>(ax, by), cz));
    A += 16;
    B += 16;
    C += 16;
    f += 16;
    out += 16;
  }
  while (out < end) {
    const ax = load<R>(A) * load<R>(f - sizeof<R>());
    const by = load<R>(B) * load<R>(f);
    const cz = load<R>(C) * load<R>(f + sizeof<R>());
    store<R>(out, ax + by + cz);
    A += sizeof<R>();
    B += sizeof<R>();
    C += sizeof<R>();
    f += sizeof<R>();
    out += sizeof<R>();
  }
}

/** float32, computed in float64. */
@inline
function isMixed(type: u32): bool {
  return lanesOf(type) == 1 && sizeOf(type) == 4;
}

/** One element of the types that have no loop of their own. */
function combine(type: u32, out: usize, x: usize, y: usize, z: usize, a: f64, b: f64, c: f64): void {
  const w = precisionOf(type);
  if (lanesOf(type) == 0) {
    const ax = multiplyTicks(a, load<i64>(x));
    const by = multiplyTicks(b, load<i64>(y));
    const cz = multiplyTicks(c, load<i64>(z));
    store<i64>(out, addTicks(addTicks(ax, by), cz));
  } else if (lanesOf(type) == 1) {
    const ax = round(a * read(x, 2), w);
    const by = round(b * read(y, 2), w);
    const cz = round(c * read(z, 2), w);
    write(out, round(round(ax + by, w) + cz, w), 2);
  } else if (w == 4) complex<f32, f32>(out, x, y, z, a, b, c);
  else if (sizeOf(type) == 4) complex<f32, f64>(out, x, y, z, a, b, c);
  else complex<f64, f64>(out, x, y, z, a, b, c);
}

function complex<F, W>(out: usize, x: usize, y: usize, z: usize, a: f64, b: f64, c: f64): void {
  const im = sizeof<F>();
  const xr = <f64>load<F>(x), xi = <f64>load<F>(x + im);
  const yr = <f64>load<F>(y), yi = <f64>load<F>(y + im);
  const zr = <f64>load<F>(z), zi = <f64>load<F>(z + im);
  store<F>(out, <F>roundTo<W>(roundTo<W>(fused<W>(a, xr, -xi) + fused<W>(b, yr, -yi)) + fused<W>(c, zr, -zi)));
  store<F>(out + im, <F>roundTo<W>(roundTo<W>(fused<W>(a, xi, xr) + fused<W>(b, yi, yr)) + fused<W>(c, zi, zr)));
}

/**
 * a*x + 0*y, one component of the product (a + 0i)(x + yi), with one rounding.
 *
 * The term with 0 is part of NumPy's bits, for it turns infinities into NaN. NumPy fuses the sum on every processor
 * that can. With a 0 to add, this shows only where the product underflows: it is not 0 yet, so its sign is kept.
 */
function fused<W>(a: f64, x: f64, y: f64): f64 {
  const product = a * x;
  const zero = 0 * y;
  return roundTo<W>(product == 0 && zero == 0 && a != 0 && x != 0 ? product : product + zero);
}
