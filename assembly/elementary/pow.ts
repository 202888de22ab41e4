/** xʸ by fdlibm, off by less than 0.7 units in the last place: the same bits everywhere, as the engines' own are not. */
export function pow_f64(x: f64, y: f64): f64 {
  return NativeMath.pow(x, y);
}
