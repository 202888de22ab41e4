/** xⁿ by squaring: the same bits everywhere, as the engines' own powers are not. */
export function power(x: f64, n: u32): f64 {
  let y: f64 = 1;
  for (; n > 0; n >>= 1) {
    if (n & 1) y *= x;
    x *= x;
  }
  return y;
}

/** 1 - xⁿ for x in [0, 1], each digit of it right but the last ones: the difference to xⁿ would lose them near 1. */
export function shortfall(x: f64, n: u32): f64 {
  let y: f64 = 0;
  let d = 1 - x;
  for (; n > 0; n >>= 1) {
    if (n & 1) y += d * (1 - y);
    d *= 2 - d;
  }
  return y;
}

/** xʸ for x ≥ 0, whose whole part is by squaring and the rest by a square root for each binary digit. */
export function realPower(x: f64, y: f64): f64 {
  const exponent = abs(y);
  const whole = floor(exponent);
  let result = power(x, <u32>whole);
  let rest = exponent - whole;
  while (rest > 0) {
    x = sqrt(x);
    rest *= 2;
    if (rest >= 1) {
      result *= x;
      rest -= 1;
    }
  }
  return y < 0 ? 1 / result : result;
}
