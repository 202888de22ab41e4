/** xⁿ by squaring: the same bits everywhere, as the engines' own powers are not. */
export function power(x: f64, n: u32): f64 {
  let y: f64 = 1;
  for (; n > 0; n >>= 1) {
    if (n & 1) y *= x;
    x *= x;
  }
  return y;
}
