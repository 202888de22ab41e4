/**
 * Elementary functions of vectors, whose elements are of type T, where neural networks need them. Every engine has some
 * of these and rounds them in its own way: these have the same bits everywhere. NaN stays NaN.
 */
import { add, all, div, mul, pmin, sub } from "../lanes";

/** -SMALLEST and below, where exp is 0: callers keep their arguments above. */
@inline
export function deepest<T>(): v128 {
  return all<T>(sizeof<T>() == 8 ? 746 : 104);
}

/** |x|, at most what `exp` takes. */
@inline
export function depth<T>(x: v128): v128 {
  return pmin<T>(v128.abs<T>(x), deepest<T>());
}

/**
 * Adding this to x/ln 2 rounds it to an integer n, and shifting the bits of the sum makes 2ⁿ⁺ᵇ of it: the lowest bits
 * are those of n, b and the bias of exponents.
 *
 *     1.5 · 2^23 + 127 + b:   0 10010110 1 .............. n + 127 + b
 *                                                          << 23
 */
@inline
function shifter<T>(b: f64): v128 {
  return all<T>(sizeof<T>() == 8 ? 6755399441055744 + 1023 + b : 12582912 + 127 + b);
}

@inline
function powerOfTwo<T>(shifted: v128): v128 {
  return sizeof<T>() == 8 ? v128.shl<i64>(shifted, 52) : v128.shl<i32>(shifted, 23);
}

@inline
function overLn2<T>(x: v128): v128 {
  return mul<T>(x, all<T>(1.4426950408889634074));
}

/** x - n ln 2, for n of few bits. */
@inline
function reduced<T>(x: v128, n: v128): v128 {
  const high = all<T>(sizeof<T>() == 8 ? 6.93147180369123816490e-1 : 0.693359375);
  const low = all<T>(sizeof<T>() == 8 ? 1.90821492927058770002e-10 : -2.12194440054690583e-4);
  return sub<T>(sub<T>(x, mul<T>(n, high)), mul<T>(n, low));
}

/** expm1(r) for |r| < 0.3468. */
@inline
function small<T>(r: v128): v128 {
  let q: v128;
  if (sizeof<T>() == 8) {
    q = all<T>(2.5095602802879676109e-8);
    q = add<T>(mul<T>(q, r), all<T>(2.7613869441565016463e-7));
    q = add<T>(mul<T>(q, r), all<T>(2.7557279980245574711e-6));
    q = add<T>(mul<T>(q, r), all<T>(2.4801536275858555765e-5));
    q = add<T>(mul<T>(q, r), all<T>(1.9841269854382069334e-4));
    q = add<T>(mul<T>(q, r), all<T>(1.3888888905938052226e-3));
    q = add<T>(mul<T>(q, r), all<T>(8.3333333333321505244e-3));
    q = add<T>(mul<T>(q, r), all<T>(4.1666666666651287102e-2));
    q = add<T>(mul<T>(q, r), all<T>(1.6666666666666666667e-1));
  } else {
    q = all<T>(1.3918752723502385725e-3);
    q = add<T>(mul<T>(q, r), all<T>(8.3572313876865948339e-3));
    q = add<T>(mul<T>(q, r), all<T>(4.1666621762537026607e-2));
    q = add<T>(mul<T>(q, r), all<T>(1.6666630731358456058e-1));
  }
  q = add<T>(mul<T>(q, r), all<T>(0.5));
  return add<T>(r, mul<T>(mul<T>(r, r), q));
}

/** eˣ⁺ˡ for x ≤ 0 that `depth` bounds, and l of less than a unit in the last place of x. */
@inline
export function expOfSum<T>(x: v128, l: v128): v128 {
  // Two factors, for what 2ⁿ by itself would lose below the smallest normal number.
  const b: f64 = sizeof<T>() == 8 ? 600 : 64;
  const shifted = add<T>(overLn2<T>(x), shifter<T>(b));
  const s = powerOfTwo<T>(shifted);
  const p = small<T>(add<T>(reduced<T>(x, sub<T>(shifted, shifter<T>(b))), l));
  return mul<T>(add<T>(s, mul<T>(s, p)), all<T>(sizeof<T>() == 8 ? 2.409919865102884e-181 : 5.421010862427522e-20));
}

/** eˣ for x ≤ 0 that `depth` bounds. */
@inline
export function exp<T>(x: v128): v128 {
  const b: f64 = sizeof<T>() == 8 ? 600 : 64;
  const shifted = add<T>(overLn2<T>(x), shifter<T>(b));
  const s = powerOfTwo<T>(shifted);
  const p = small<T>(reduced<T>(x, sub<T>(shifted, shifter<T>(b))));
  return mul<T>(add<T>(s, mul<T>(s, p)), all<T>(sizeof<T>() == 8 ? 2.409919865102884e-181 : 5.421010862427522e-20));
}

/** 1 - e⁻ˣ for x ≥ 0. */
@inline
export function riseTo1<T>(x: v128): v128 {
  const y = sub<T>(all<T>(0), pmin<T>(x, all<T>(sizeof<T>() == 8 ? 40 : 20)));
  const shifted = add<T>(overLn2<T>(y), shifter<T>(0));
  const s = powerOfTwo<T>(shifted);
  const p = small<T>(reduced<T>(y, sub<T>(shifted, shifter<T>(0))));
  return sub<T>(sub<T>(all<T>(1), s), mul<T>(s, p));
}

/** tanh x = y / (2 - y), where y = 1 - e⁻²ˣ, with the sign of x. */
@inline
export function tanh<T>(x: v128): v128 {
  const y = riseTo1<T>(v128.abs<T>(add<T>(x, x)));
  return v128.bitselect(x, div<T>(y, sub<T>(all<T>(2), y)), all<T>(-0.0));
}

/** log(1 + x) for 0 ≤ x ≤ 1: with s = x / (2 + x) it is 2 artanh s = 2s + s³ L(s²), and 2s = x - sx. */
@inline
export function log1p<T>(x: v128): v128 {
  const s = div<T>(x, add<T>(x, all<T>(2)));
  const w = mul<T>(s, s);
  let l: v128;
  if (sizeof<T>() == 8) {
    l = all<T>(1.6164045612143531932e-1);
    l = add<T>(mul<T>(l, w), all<T>(8.8007384861446738822e-2));
    l = add<T>(mul<T>(l, w), all<T>(1.2001072809590712535e-1));
    l = add<T>(mul<T>(l, w), all<T>(1.331414420965493615e-1));
    l = add<T>(mul<T>(l, w), all<T>(1.5385570064958623103e-1));
    l = add<T>(mul<T>(l, w), all<T>(1.8181789436132858169e-1));
    l = add<T>(mul<T>(l, w), all<T>(2.2222222717427862989e-1));
    l = add<T>(mul<T>(l, w), all<T>(2.8571428567108757162e-1));
    l = add<T>(mul<T>(l, w), all<T>(4.0000000000014582673e-1));
    l = add<T>(mul<T>(l, w), all<T>(6.6666666666666658561e-1));
  } else {
    l = all<T>(2.6851498022837151807e-1);
    l = add<T>(mul<T>(l, w), all<T>(2.8236619805310481437e-1));
    l = add<T>(mul<T>(l, w), all<T>(4.0007560644911205765e-1));
    l = add<T>(mul<T>(l, w), all<T>(6.6666640336699239788e-1));
  }
  return sub<T>(x, mul<T>(s, sub<T>(x, mul<T>(w, l))));
}

/** log x for x ≥ 1, in float64: x = 2ᵏ (1 + f). */
@inline
export function log(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const k = <i32>(bits >> 52) - 1023;
  const f = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000) - 1;
  const y = f64x2.extract_lane(log1p<f64>(f64x2.splat(f)), 0);
  return x < Infinity ? <f64>k * 0.69314718055994530942 + y : x;
}

/** Where the tail of the normal distribution is 0. */
@inline
export function normalDepth<T>(x: v128): v128 {
  return pmin<T>(v128.abs<T>(x), all<T>(sizeof<T>() == 8 ? 39 : 14.5));
}

/** exp(-a²/2) for a that `normalDepth` bounds. The square is taken with what its rounding lost, in two parts of a. */
@inline
export function bell<T>(a: v128): v128 {
  const square = mul<T>(a, a);
  const mask = sizeof<T>() == 8 ? v128.splat<i64>(-0x8000000) : v128.splat<i32>(-0x1000);
  const high = v128.and(a, mask);
  const lost = add<T>(sub<T>(mul<T>(high, high), square), mul<T>(sub<T>(a, high), add<T>(a, high)));
  const half = all<T>(-0.5);
  return expOfSum<T>(mul<T>(half, square), mul<T>(half, lost));
}

/**
 * Mills' ratio over √2π, for a that `normalDepth` bounds: times `bell` it is Φ(-a), the share of the normal distribution
 * below -a. A quotient of polynomials without a negative coefficient, so that nothing cancels.
 */
@inline
export function mills<T>(a: v128): v128 {
  let p: v128;
  let q: v128;
  if (sizeof<T>() == 8) {
    p = all<T>(1.3537984050858786106e-6);
    p = add<T>(mul<T>(p, a), all<T>(3.6551073757315563369e-5));
    p = add<T>(mul<T>(p, a), all<T>(4.8278874503246619393e-4));
    p = add<T>(mul<T>(p, a), all<T>(4.0372121892547193049e-3));
    p = add<T>(mul<T>(p, a), all<T>(2.3379792633361291117e-2));
    p = add<T>(mul<T>(p, a), all<T>(9.6913041545293510988e-2));
    p = add<T>(mul<T>(p, a), all<T>(2.8759710783608387206e-1));
    p = add<T>(mul<T>(p, a), all<T>(5.9163893967422335834e-1));
    p = add<T>(mul<T>(p, a), all<T>(7.7322954039648236794e-1));
    p = add<T>(mul<T>(p, a), all<T>(0.5));
    q = all<T>(3.3934693603501438282e-6);
    q = add<T>(mul<T>(q, a), all<T>(9.1619954945841431774e-5));
    q = add<T>(mul<T>(q, a), all<T>(1.2135653885517134477e-3));
    q = add<T>(mul<T>(q, a), all<T>(1.0211410167007345645e-2));
    q = add<T>(mul<T>(q, a), all<T>(5.980783471043835569e-2));
    q = add<T>(mul<T>(q, a), all<T>(2.5286150786196023901e-1));
    q = add<T>(mul<T>(q, a), all<T>(7.7711734196302109648e-1));
    q = add<T>(mul<T>(q, a), all<T>(1.7066163012733873481));
    q = add<T>(mul<T>(q, a), all<T>(2.5537934761943572151));
    q = add<T>(mul<T>(q, a), all<T>(2.3443436415958228978));
  } else {
    p = all<T>(4.053211502319188828e-3);
    p = add<T>(mul<T>(p, a), all<T>(4.0225195684386154048e-2));
    p = add<T>(mul<T>(p, a), all<T>(1.820527767114402095e-1));
    p = add<T>(mul<T>(p, a), all<T>(4.3674468274067625082e-1));
    p = add<T>(mul<T>(p, a), all<T>(0.5));
    q = all<T>(1.0159766917782574305e-2);
    q = add<T>(mul<T>(q, a), all<T>(1.0083642022615500984e-1));
    q = add<T>(mul<T>(q, a), all<T>(4.6634191764677888972e-1));
    q = add<T>(mul<T>(q, a), all<T>(1.1976652615808368443));
    q = add<T>(mul<T>(q, a), all<T>(1.6713742646271600092));
  }
  return div<T>(p, add<T>(mul<T>(q, a), all<T>(1)));
}
