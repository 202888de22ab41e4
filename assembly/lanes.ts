/**
 * Formulas on vectors, whose elements are of type T. Memory need not be aligned; the constants of a formula go into every
 * lane by `all` before its loop. The elements that are left over after the last whole vector are worked on in a vector of
 * their own, by the same code:
 *
 *     formula<T>(p, g, s, apart, bulk<T>(n), ...);
 *     if (bringRest<T>(p, g, s, apart, n, slots)) {
 *       formula<T>(REST, REST + 16, REST + 32, 16, 16, ...);
 *       returnRest<T>(p, s, apart, n, slots);
 *     }
 *
 * A loop over vectors tests at its end, `do { ... } while (p < end)`: what tests at its beginning, as `for` and `while`
 * do, takes Node 20 up to 2.7 times as long (Adam, float32).
 */

/** Where that begins which src/wasm/heap.ts keeps for scratch. */
export const SCRATCH: usize = 64;

/**
 * Where they are, at the end of what src/wasm/heap.ts keeps for scratch:
 *
 *     REST    +16   +32   +48
 *     | p     | g   | s   | the next slot | ...
 *
 * and, at +96 and +112, sums for kernels that need some.
 */
export const REST: usize = (1 << 20) - 128;

export const SUMS: usize = REST + 96;

/** Two sums in float64, which x is added to. */
@inline
export function accumulate<T>(sums: v128, x: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.add(sums, x);
  const high = v128.shuffle<i64>(x, x, 1, 0);
  return f64x2.add(f64x2.add(sums, f64x2.promote_low_f32x4(x)), f64x2.promote_low_f32x4(high));
}

/** How many bytes are summed in T before `gather` adds that to sums in float64: conversions take longer than a formula. */
export const BLOCK: usize = 512;

export function gather<T>(sums: usize, x: v128): void {
  store<v128>(sums, accumulate<T>(load<v128>(sums), x));
}

@inline
export function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** How many bytes of n elements are whole vectors. */
@inline
export function bulk<T>(n: u32): usize {
  return (<usize>n * sizeof<T>()) & ~15;
}

/** Copies the elements of p, g and the state vectors from s on that are left over; false if none are. What lies beside them is of no matter. */
@inline
export function bringRest<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, slots: u32): bool {
  return carry(p, g, s, apart, <usize>n * sizeof<T>(), slots, false);
}

/** Copies those of p and the state vectors back. */
@inline
export function returnRest<T>(p: usize, s: usize, apart: usize, n: u32, slots: u32): void {
  carry(p, 0, s, apart, <usize>n * sizeof<T>(), slots, true);
}

function carry(p: usize, g: usize, s: usize, apart: usize, bytes: usize, slots: u32, back: bool): bool {
  const left = bytes & 15;
  if (left == 0) return false;
  const whole = bytes - left;
  copyWords(REST, p + whole, left, back);
  if (!back) copyWords(REST + 16, g + whole, left, false);
  s += whole;
  for (let rest = REST + 32, end = rest + 16 * <usize>slots; rest < end; rest += 16) {
    copyWords(rest, s, left, back);
    s += apart;
  }
  return true;
}

/** Copies 4, 8 or 12 bytes, for which memory.copy would take longer. */
function copyWords(to: usize, from: usize, bytes: usize, back: bool): void {
  for (const end = to + bytes; to < end; to += 4) {
    if (back) store<u32>(from, load<u32>(to));
    else store<u32>(to, load<u32>(from));
    from += 4;
  }
}

@inline
export function all<T>(x: f64): v128 {
  return v128.splat<T>(<T>x);
}

@inline
export function add<T>(a: v128, b: v128): v128 {
  return v128.add<T>(a, b);
}

@inline
export function sub<T>(a: v128, b: v128): v128 {
  return v128.sub<T>(a, b);
}

@inline
export function mul<T>(a: v128, b: v128): v128 {
  return v128.mul<T>(a, b);
}

@inline
export function div<T>(a: v128, b: v128): v128 {
  return v128.div<T>(a, b);
}

@inline
export function root<T>(a: v128): v128 {
  return v128.sqrt<T>(a);
}

@inline
export function magnitude<T>(a: v128): v128 {
  return v128.abs<T>(a);
}

/** NaN if either is. */
@inline
export function larger<T>(a: v128, b: v128): v128 {
  return v128.max<T>(a, b);
}

/** NaN if either is. */
@inline
export function smaller<T>(a: v128, b: v128): v128 {
  return v128.min<T>(a, b);
}

/** As `larger` in an eighth of the instructions, but a NaN of b is lost. */
@inline
export function pmax<T>(a: v128, b: v128): v128 {
  return v128.pmax<T>(a, b);
}

/** As `smaller` in an eighth of the instructions, but a NaN of b is lost. */
@inline
export function pmin<T>(a: v128, b: v128): v128 {
  return v128.pmin<T>(a, b);
}

/** `negative`, 0 or `positive` by the sign of x; 0 for NaN. */
@inline
export function bySign<T>(x: v128, negative: v128, positive: v128): v128 {
  const zero = v128.splat<T>(0);
  return v128.or(v128.and(v128.lt<T>(x, zero), negative), v128.and(v128.gt<T>(x, zero), positive));
}
