import { subtract } from "./difference";
import { round, write } from "./number";

/**
 * The weights of unevenly spaced samples. With p = x[i] - x[i-1] and q = x[i+1] - x[i],
 *
 *   f'(x[i]) = a*f[i-1] + b*f[i] + c*f[i+1],   a = -q/(p(p+q)),   b = (q-p)/(pq),   c = p/(q(p+q)).
 *
 * All of it is rounded to the type of the coordinates, whatever that of f, as NumPy does.
 */

/** The step x[1] - x[0], rounded to the type of the coordinates, which have so many bytes. */
export function step(x: usize, size: u32): f64 {
  return subtract(x + size, x, size);
}

/** How many of the first `count` steps of x equal d; NaN equals nothing. */
export function evenSteps(x: usize, size: u32, count: u32, d: f64): u32 {
  const end = x + <usize>count * size;
  let at = x;
  if (size == 8) {
    const dd = v128.splat<f64>(d);
    while (at + 8 < end && v128.all_true<i64>(v128.eq<f64>(v128.sub<f64>(v128.load(at, 8), v128.load(at)), dd))) at += 16;
  }
  while (at < end && step(at, size) == d) at += size;
  return <u32>(at - x) / size;
}

/**
 * Writes A, B and C for `count` samples, the first at x, as three arrays, `apart` bytes from one to the next, of
 * float64 if that is what is computed in (w = 8), else float32.
 */
export function weights(A: usize, apart: usize, x: usize, size: u32, count: u32, w: u32): void {
  if (w == size) {
    const vectors = (count * w) >> 4;
    if (w == 8) plain<f64>(A, apart, x, vectors);
    else if (w == 4) plain<f32>(A, apart, x, vectors);
    A += vectors << 4;
    x += vectors << 4;
    count -= (vectors << 4) / w;
  }
  for (; count > 0; --count, A += w, x += size) {
    const p = step(x - size, size);
    const q = step(x, size);
    const sum = round(p + q, size);
    write(A, round(-q / round(p * sum, size), size), w);
    write(A + apart, round(round(q - p, size) / round(p * q, size), size), w);
    write(A + 2 * apart, round(p / round(q * sum, size), size), w);
  }
}

function plain<R>(A: usize, apart: usize, x: usize, vectors: u32): void {
  let B = A + apart;
  let C = B + apart;
  for (; vectors > 0; --vectors, A += 16, B += 16, C += 16, x += 16) {
    const y = v128.load(x);
    const p = v128.sub<R>(y, v128.load(x - sizeof<R>()));
    const q = v128.sub<R>(v128.load(x, sizeof<R>()), y);
    v128.store(A, aOf<R>(p, q));
    v128.store(B, bOf<R>(p, q));
    v128.store(C, cOf<R>(p, q));
  }
}

/** The interior of one line in one pass, so many bytes of it: weights that serve once never go through memory. */
export function weightedOnce<T>(out: usize, f: usize, x: usize, bytes: usize): void {
  for (const end = out + bytes; out < end; out += 16, f += 16, x += 16) {
    const y = v128.load(x);
    const p = v128.sub<T>(y, v128.load(x - sizeof<T>()));
    const q = v128.sub<T>(v128.load(x, sizeof<T>()), y);
    const af = v128.mul<T>(aOf<T>(p, q), v128.load(f - sizeof<T>()));
    const bf = v128.mul<T>(bOf<T>(p, q), v128.load(f));
    const cf = v128.mul<T>(cOf<T>(p, q), v128.load(f, sizeof<T>()));
    v128.store(out, v128.add<T>(v128.add<T>(af, bf), cf));
  }
}

@inline
function aOf<T>(p: v128, q: v128): v128 {
  return v128.div<T>(v128.neg<T>(q), v128.mul<T>(p, v128.add<T>(p, q)));
}

@inline
function bOf<T>(p: v128, q: v128): v128 {
  return v128.div<T>(v128.sub<T>(q, p), v128.mul<T>(p, q));
}

@inline
function cOf<T>(p: v128, q: v128): v128 {
  return v128.div<T>(p, v128.mul<T>(q, v128.add<T>(p, q)));
}
