/** xⁿ by squaring: the same bits everywhere, as the engines' own powers are not. */
export function power(x: f64, n: u32): f64 {
  let y: f64 = 1;
  for (; n > 0; n >>= 1) {
    if (n & 1) y *= x;
    x *= x;
  }
  return y;
}

/** xʸ for x ≥ 0 with an error of some ulps, more the larger |y log x|; software, in half the code of NativeMath.pow. */
export function realPower(x: f64, y: f64): f64 {
  return y == 0 ? 1 : NativeMath.exp(y * NativeMath.log(x));
}
