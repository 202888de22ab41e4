/**
 * Elementary functions of vectors, whose elements are of type T, as neural networks need them. Every engine has its own
 * and rounds them in its own way: these have the same bits everywhere. NaN stays NaN.
 *
 * Their constants lie in memory, where a kernel has them put before its loop: V8 from Node 24 on makes a constant vector
 * anew in every round, by four instructions, and loads it by one.
 *
 * The polynomials of expm1 and log1p interpolate at Chebyshev's nodes, the quotient for Mills' ratio is fitted to its
 * relative error by least squares, all in 50 digits; what they are off by is at most 0.3 units in the last place.
 */
import { add, div, magnitude, mul, pmin, REST, sub } from "../lanes";

/** Below REST, those of float32 and of float64 apart: the logarithm of a float32 sum is float64. */
@inline
function table<T>(): usize {
  return REST - (sizeof<T>() == 8 ? 448 : 672);
}

const ONE = 0;
const HALF = 1;
const TWO = 2;
const DEPTH = 3;
const DEPTH_OF_RISE = 4;
const OVER_LN2 = 5;
const SHIFTER = 6;
const LN2_HIGH = 7;
const LN2_LOW = 8;
const UNBIAS = 9;
const SIGN = 10;
const EXPM1 = 11;
const LOG1P = 20;
const DEPTH_OF_BELL = 30;
const DENSITY = 31;
const MASK = 32;
const MILLS_P = 33;
const MILLS_Q = 42;

/** c in every lane, by way of memory: a constant that is to stay in its register, for loops that take but a few. */
@inline
export function held<T>(c: T): v128 {
  const at = table<f32>() - 16;
  store<T>(at, c);
  return v128.load_splat<T>(at);
}

@inline
function set<T>(i: usize, c: f64): void {
  store<T>(table<T>() + i * sizeof<T>(), <T>c);
}

@inline
function constant<T>(i: usize): v128 {
  return v128.load_splat<T>(table<T>() + i * sizeof<T>());
}

/** y x + c, a step of Horner's. */
@inline
function times<T>(y: v128, x: v128, i: usize): v128 {
  return add<T>(mul<T>(y, x), constant<T>(i));
}

/** For `exp`, `rise`, `tanhByRise` and whatever of these has no others. */
export function bringExp<T>(): void {
  set<T>(ONE, 1);
  set<T>(HALF, 0.5);
  set<T>(TWO, 2);
  set<T>(OVER_LN2, 1.4426950408889634074);
  set<T>(SIGN, -0.0);
  if (sizeof<T>() == 8) {
    set<T>(DEPTH, 1125);
    set<T>(DEPTH_OF_RISE, 40);
    set<T>(SHIFTER, 6755399441055744 + 1023 + 600);
    set<T>(LN2_HIGH, 6.93147180369123816490e-1);
    set<T>(LN2_LOW, 1.90821492927058770002e-10);
    set<T>(UNBIAS, 2.409919865102884e-181);
  } else {
    set<T>(DEPTH, 132.4);
    set<T>(DEPTH_OF_RISE, 20);
    set<T>(SHIFTER, 12582912 + 127 + 64);
    set<T>(LN2_HIGH, 0.693359375);
    set<T>(LN2_LOW, -2.12194440054690583e-4);
    set<T>(UNBIAS, 5.421010862427522e-20);
  }
  if (sizeof<T>() == 8) {
    set<T>(EXPM1, 2.5095602802879676109e-8);
    set<T>(EXPM1 + 1, 2.7613869441565016463e-7);
    set<T>(EXPM1 + 2, 2.7557279980245574711e-6);
    set<T>(EXPM1 + 3, 2.4801536275858555765e-5);
    set<T>(EXPM1 + 4, 1.9841269854382069334e-4);
    set<T>(EXPM1 + 5, 1.3888888905938052226e-3);
    set<T>(EXPM1 + 6, 8.3333333333321505244e-3);
    set<T>(EXPM1 + 7, 4.1666666666651287102e-2);
    set<T>(EXPM1 + 8, 1.6666666666666666667e-1);
  } else {
    set<T>(EXPM1, 1.3918752723502385725e-3);
    set<T>(EXPM1 + 1, 8.3572313876865948339e-3);
    set<T>(EXPM1 + 2, 4.1666621762537026607e-2);
    set<T>(EXPM1 + 3, 1.6666630731358456058e-1);
  }
}

/** For `log1p`, and in float64 for `log`. */
export function bringLog<T>(): void {
  set<T>(TWO, 2);
  if (sizeof<T>() == 8) {
    set<T>(LOG1P, 1.6164045612143531932e-1);
    set<T>(LOG1P + 1, 8.8007384861446738822e-2);
    set<T>(LOG1P + 2, 1.2001072809590712535e-1);
    set<T>(LOG1P + 3, 1.331414420965493615e-1);
    set<T>(LOG1P + 4, 1.5385570064958623103e-1);
    set<T>(LOG1P + 5, 1.8181789436132858169e-1);
    set<T>(LOG1P + 6, 2.2222222717427862989e-1);
    set<T>(LOG1P + 7, 2.8571428567108757162e-1);
    set<T>(LOG1P + 8, 4.0000000000014582673e-1);
    set<T>(LOG1P + 9, 6.6666666666666658561e-1);
  } else {
    set<T>(LOG1P, 2.6851498022837151807e-1);
    set<T>(LOG1P + 1, 2.8236619805310481437e-1);
    set<T>(LOG1P + 2, 4.0007560644911205765e-1);
    set<T>(LOG1P + 3, 6.6666640336699239788e-1);
  }
}

/** For `bell`, `mills` and `density`, after those of `exp`. */
export function bringNormal<T>(): void {
  set<T>(DENSITY, 0.39894228040143267794);
  if (sizeof<T>() == 8) {
    set<T>(DEPTH_OF_BELL, 47.434);
    store<u64>(table<T>() + 8 * MASK, 0xffff_ffff_f800_0000);
  } else {
    set<T>(DEPTH_OF_BELL, 16.2727);
    store<u32>(table<T>() + 4 * MASK, 0xffff_f000);
  }
  if (sizeof<T>() == 8) {
    set<T>(MILLS_P, 1.3537984050858786106e-6);
    set<T>(MILLS_P + 1, 3.6551073757315563369e-5);
    set<T>(MILLS_P + 2, 4.8278874503246619393e-4);
    set<T>(MILLS_P + 3, 4.0372121892547193049e-3);
    set<T>(MILLS_P + 4, 2.3379792633361291117e-2);
    set<T>(MILLS_P + 5, 9.6913041545293510988e-2);
    set<T>(MILLS_P + 6, 2.8759710783608387206e-1);
    set<T>(MILLS_P + 7, 5.9163893967422335834e-1);
    set<T>(MILLS_P + 8, 7.7322954039648236794e-1);
  } else {
    set<T>(MILLS_P, 4.053211502319188828e-3);
    set<T>(MILLS_P + 1, 4.0225195684386154048e-2);
    set<T>(MILLS_P + 2, 1.820527767114402095e-1);
    set<T>(MILLS_P + 3, 4.3674468274067625082e-1);
  }
  if (sizeof<T>() == 8) {
    set<T>(MILLS_Q, 3.3934693603501438282e-6);
    set<T>(MILLS_Q + 1, 9.1619954945841431774e-5);
    set<T>(MILLS_Q + 2, 1.2135653885517134477e-3);
    set<T>(MILLS_Q + 3, 1.0211410167007345645e-2);
    set<T>(MILLS_Q + 4, 5.980783471043835569e-2);
    set<T>(MILLS_Q + 5, 2.5286150786196023901e-1);
    set<T>(MILLS_Q + 6, 7.7711734196302109648e-1);
    set<T>(MILLS_Q + 7, 1.7066163012733873481);
    set<T>(MILLS_Q + 8, 2.5537934761943572151);
    set<T>(MILLS_Q + 9, 2.3443436415958228978);
  } else {
    set<T>(MILLS_Q, 1.0159766917782574305e-2);
    set<T>(MILLS_Q + 1, 1.0083642022615500984e-1);
    set<T>(MILLS_Q + 2, 4.6634191764677888972e-1);
    set<T>(MILLS_Q + 3, 1.1976652615808368443);
    set<T>(MILLS_Q + 4, 1.6713742646271600092);
  }
}

@inline
export function neg<T>(x: v128): v128 {
  return v128.neg<T>(x);
}

@inline
export function one<T>(): v128 {
  return constant<T>(ONE);
}

/**
 * |x| that `exp` takes; e^-|x| of what is larger is 0. There the exponent of 2ⁿ is 0, so that 0 comes out without an
 * underflow, which takes a processor as long as ten vectors: the lanes beside a row are there.
 */
@inline
export function depth<T>(): v128 {
  return constant<T>(DEPTH);
}

/** |x| that `bell` takes, where e^(-x²/2) is 0 in the same way. */
@inline
export function depthOfBell<T>(): v128 {
  return constant<T>(DEPTH_OF_BELL);
}

/** 1/√2π */
@inline
export function density<T>(): v128 {
  return constant<T>(DENSITY);
}

/** n + shifter, where n is x / ln 2 rounded to an integer, whose bits are the lowest of the sum. */
@inline
function shifted<T>(x: v128): v128 {
  return add<T>(mul<T>(x, constant<T>(OVER_LN2)), constant<T>(SHIFTER));
}

/**
 * 2ⁿ times 2^64 (float64: 2^600), by which powers down to the smallest number are normal:
 *
 *     n + shifter   0 10010110 1 ........... n + 127 + 64
 *                   n + 127 + 64 0 ..................... 0
 */
@inline
function powerOf<T>(shifted: v128): v128 {
  return sizeof<T>() == 8 ? v128.shl<i64>(shifted, 52) : v128.shl<i32>(shifted, 23);
}

@inline
function unbias<T>(x: v128): v128 {
  return mul<T>(x, constant<T>(UNBIAS));
}

/** x - n ln 2; n times the higher bits of ln 2 is exact. */
@inline
function reduced<T>(x: v128, shifted: v128): v128 {
  const n = sub<T>(shifted, constant<T>(SHIFTER));
  return sub<T>(sub<T>(x, mul<T>(n, constant<T>(LN2_HIGH))), mul<T>(n, constant<T>(LN2_LOW)));
}

/** eˣ - 1 for |x| < 0.3468 */
@inline
function expm1<T>(x: v128): v128 {
  let y = constant<T>(EXPM1);
  y = times<T>(y, x, EXPM1 + 1);
  y = times<T>(y, x, EXPM1 + 2);
  y = times<T>(y, x, EXPM1 + 3);
  if (sizeof<T>() == 8) {
    y = times<T>(y, x, EXPM1 + 4);
    y = times<T>(y, x, EXPM1 + 5);
    y = times<T>(y, x, EXPM1 + 6);
    y = times<T>(y, x, EXPM1 + 7);
    y = times<T>(y, x, EXPM1 + 8);
  }
  return add<T>(x, mul<T>(mul<T>(x, x), times<T>(y, x, HALF)));
}

/** eˣ for x from -`depth` to 0 */
@inline
export function exp<T>(x: v128): v128 {
  const n = shifted<T>(x);
  const s = powerOf<T>(n);
  return unbias<T>(add<T>(s, mul<T>(s, expm1<T>(reduced<T>(x, n)))));
}

/** 1 - e⁻ˣ for x ≥ 0 */
@inline
export function rise<T>(x: v128): v128 {
  const y = neg<T>(pmin<T>(x, constant<T>(DEPTH_OF_RISE)));
  const n = shifted<T>(y);
  const s = unbias<T>(powerOf<T>(n));
  return sub<T>(sub<T>(one<T>(), s), mul<T>(s, expm1<T>(reduced<T>(y, n))));
}

/** tanh x by y = 1 - e^-2|x| */
@inline
export function tanhByRise<T>(x: v128, y: v128): v128 {
  return v128.bitselect(x, div<T>(y, sub<T>(constant<T>(TWO), y)), constant<T>(SIGN));
}

/** log(1 + x) for 0 ≤ x ≤ 1: with s = x / (2 + x) it is 2 artanh s = 2s + s³ y(s²), and 2s = x - sx. */
@inline
export function log1p<T>(x: v128): v128 {
  const s = div<T>(x, add<T>(x, constant<T>(TWO)));
  const w = mul<T>(s, s);
  let y = constant<T>(LOG1P);
  y = times<T>(y, w, LOG1P + 1);
  y = times<T>(y, w, LOG1P + 2);
  y = times<T>(y, w, LOG1P + 3);
  if (sizeof<T>() == 8) {
    y = times<T>(y, w, LOG1P + 4);
    y = times<T>(y, w, LOG1P + 5);
    y = times<T>(y, w, LOG1P + 6);
    y = times<T>(y, w, LOG1P + 7);
    y = times<T>(y, w, LOG1P + 8);
    y = times<T>(y, w, LOG1P + 9);
  }
  return sub<T>(x, mul<T>(s, sub<T>(x, mul<T>(w, y))));
}

/** log x for x ≥ 1, in float64: x = 2ᵏ (1 + f) */
export function log(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const k = <i32>(bits >> 52) - 1023;
  const f = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000) - 1;
  const y = f64x2.extract_lane(log1p<f64>(f64x2.splat(f)), 0);
  return x < Infinity ? <f64>k * 0.69314718055994530942 + y : x;
}

/** e^(-a²/2) for a from 0 to `depthOfBell`; what rounding takes from the square is found by two parts of a. */
@inline
export function bell<T>(a: v128): v128 {
  const half = constant<T>(HALF);
  const square = mul<T>(a, a);
  const high = v128.and(a, constant<T>(MASK));
  const lost = add<T>(sub<T>(mul<T>(high, high), square), mul<T>(sub<T>(a, high), add<T>(a, high)));
  const x = neg<T>(mul<T>(half, square));
  const n = shifted<T>(x);
  const s = powerOf<T>(n);
  return unbias<T>(add<T>(s, mul<T>(s, expm1<T>(sub<T>(reduced<T>(x, n), mul<T>(half, lost))))));
}

/**
 * Mills' ratio over √2π, which times `bell` is Φ(-a), the share of the normal distribution below -a. A quotient of
 * polynomials without a negative coefficient: nothing cancels.
 */
@inline
export function mills<T>(a: v128): v128 {
  let p = constant<T>(MILLS_P);
  p = times<T>(p, a, MILLS_P + 1);
  p = times<T>(p, a, MILLS_P + 2);
  p = times<T>(p, a, MILLS_P + 3);
  if (sizeof<T>() == 8) {
    p = times<T>(p, a, MILLS_P + 4);
    p = times<T>(p, a, MILLS_P + 5);
    p = times<T>(p, a, MILLS_P + 6);
    p = times<T>(p, a, MILLS_P + 7);
    p = times<T>(p, a, MILLS_P + 8);
  }
  let q = constant<T>(MILLS_Q);
  q = times<T>(q, a, MILLS_Q + 1);
  q = times<T>(q, a, MILLS_Q + 2);
  q = times<T>(q, a, MILLS_Q + 3);
  q = times<T>(q, a, MILLS_Q + 4);
  if (sizeof<T>() == 8) {
    q = times<T>(q, a, MILLS_Q + 5);
    q = times<T>(q, a, MILLS_Q + 6);
    q = times<T>(q, a, MILLS_Q + 7);
    q = times<T>(q, a, MILLS_Q + 8);
    q = times<T>(q, a, MILLS_Q + 9);
  }
  return div<T>(times<T>(p, a, HALF), times<T>(q, a, ONE));
}
