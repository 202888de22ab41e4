import { bytes, round, subtract } from "./number";

/**
 * The weights of unevenly spaced samples. With p = x[i] - x[i-1] and q = x[i+1] - x[i],
 *
 *   f'(x[i]) = a*f[i-1] + b*f[i] + c*f[i+1],   a = -q/(p(p+q)),   b = (q-p)/(pq),   c = p/(q(p+q)).
 *
 * All of it is rounded to the type S of the coordinates, whatever the type of f, as NumPy does.
 */

/** The step x[1] - x[0], rounded to S. */
export function step<S, R>(x: usize): f64 {
  return <f64>subtract<S, R>(x + bytes<S>(), x);
}

/** How many of the first `count` steps of x equal d; NaN equals nothing. */
export function evenSteps<S, R>(x: usize, count: u32, d: f64): u32 {
  for (let i: u32 = 0; i < count; ++i, x += bytes<S>()) {
    if (step<S, R>(x) != d) return i;
  }
  return count;
}

/** Writes A, B and C for `count` samples, the first at x, as three arrays of R, `apart` bytes from one to the next. */
export function weights<S, R>(A: usize, apart: usize, x: usize, count: u32): void {
  let B = A + apart;
  let C = B + apart;
  const end = A + <usize>count * sizeof<R>();
  if (isFloat<S>()) {
    const bulk = A + ((<usize>count * sizeof<R>()) & ~15);
    while (A < bulk) {
      const y = v128.load(x);
      const p = v128.sub<R>(y, v128.load(x - bytes<S>()));
      const q = v128.sub<R>(v128.load(x, sizeof<R>()), y);
      v128.store(A, aOf<R>(p, q));
      v128.store(B, bOf<R>(p, q));
      v128.store(C, cOf<R>(p, q));
      A += 16;
      B += 16;
      C += 16;
      x += 16;
    }
  }
  while (A < end) {
    const p = subtract<S, R>(x, x - bytes<S>());
    const q = subtract<S, R>(x + bytes<S>(), x);
    const sum = round<S, R>(p + q);
    store<R>(A, round<S, R>(-q / round<S, R>(p * sum)));
    store<R>(B, round<S, R>(round<S, R>(q - p) / round<S, R>(p * q)));
    store<R>(C, round<S, R>(p / round<S, R>(q * sum)));
    A += sizeof<R>();
    B += sizeof<R>();
    C += sizeof<R>();
    x += bytes<S>();
  }
}

/** The interior of one row in one pass: weights that serve a single row never go through memory. */
export function weightedOnce<T>(out: usize, f: usize, x: usize, count: u32): void {
  const bulk = out + ((<usize>count * sizeof<T>()) & ~15);
  const end = out + <usize>count * sizeof<T>();
  while (out < bulk) {
    const y = v128.load(x);
    const p = v128.sub<T>(y, v128.load(x - sizeof<T>()));
    const q = v128.sub<T>(v128.load(x, sizeof<T>()), y);
    const af = v128.mul<T>(aOf<T>(p, q), v128.load(f - sizeof<T>()));
    const bf = v128.mul<T>(bOf<T>(p, q), v128.load(f));
    const cf = v128.mul<T>(cOf<T>(p, q), v128.load(f, sizeof<T>()));
    v128.store(out, v128.add<T>(v128.add<T>(af, bf), cf));
    x += 16;
    f += 16;
    out += 16;
  }
  while (out < end) {
    const y = load<T>(x);
    const p = y - load<T>(x - sizeof<T>());
    const q = load<T>(x + sizeof<T>()) - y;
    const af = (-q / (p * (p + q))) * load<T>(f - sizeof<T>());
    const bf = ((q - p) / (p * q)) * load<T>(f);
    const cf = (p / (q * (p + q))) * load<T>(f + sizeof<T>());
    store<T>(out, af + bf + cf);
    x += sizeof<T>();
    f += sizeof<T>();
    out += sizeof<T>();
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
