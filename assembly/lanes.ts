/**
 * One formula for whole vectors and for the elements that are left over: T is the type of an element, V what is worked
 * on at once, v128 or T itself.
 *
 *     const whole = bulk<T>(n);
 *     formula<T, v128>(p, whole, ...);
 *     formula<T, T>(p + whole, rest<T>(n), ...);
 *
 * Memory need not be aligned; the constants of a formula go into every lane by `all` before its loop.
 */

/** How many bytes of n elements are whole vectors. */
@inline
export function bulk<T>(n: u32): usize {
  return (<usize>n * sizeof<T>()) & ~15;
}

/** How many are not. */
@inline
export function rest<T>(n: u32): usize {
  return (<usize>n * sizeof<T>()) & 15;
}

@inline
export function all<T, V>(x: f64): V {
  if (isVector<V>()) return v128.splat<T>(<T>x) as V;
  return <V>x;
}

@inline
export function add<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.add<T>(a, b) as V;
  return a + b;
}

@inline
export function sub<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.sub<T>(a, b) as V;
  return a - b;
}

@inline
export function mul<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.mul<T>(a, b) as V;
  return a * b;
}

@inline
export function div<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.div<T>(a, b) as V;
  return a / b;
}

@inline
export function root<T, V>(a: V): V {
  if (isVector<V>()) return v128.sqrt<T>(a) as V;
  return <V>sqrt<T>(a);
}

@inline
export function magnitude<T, V>(a: V): V {
  if (isVector<V>()) return v128.abs<T>(a) as V;
  return <V>abs<T>(a);
}

/** NaN if either is. */
@inline
export function larger<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.max<T>(a, b) as V;
  return <V>max<T>(a, b);
}

@inline
export function smaller<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.min<T>(a, b) as V;
  return <V>min<T>(a, b);
}

/** As `larger` in an eighth of the instructions, but a NaN of b is lost. */
@inline
export function pmax<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.pmax<T>(a as v128, b as v128) as V;
  return select<V>(b, a, a < b);
}

/** As `smaller` in an eighth of the instructions, but a NaN of b is lost. */
@inline
export function pmin<T, V>(a: V, b: V): V {
  if (isVector<V>()) return v128.pmin<T>(a as v128, b as v128) as V;
  return select<V>(b, a, b < a);
}

/** `negative`, `zero` or `positive` by the sign of x; zero for NaN. */
@inline
export function bySign<T, V>(x: V, negative: V, zero: V, positive: V): V {
  if (isVector<V>()) {
    const nothing = v128.splat<T>(0);
    const upTo = v128.bitselect(negative as v128, zero as v128, v128.lt<T>(x as v128, nothing));
    return v128.bitselect(positive as v128, upTo, v128.gt<T>(x as v128, nothing)) as V;
  }
  return select<V>(positive, select<V>(negative, zero, x < 0), x > 0);
}
