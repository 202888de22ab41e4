/** Rows of any width, a vector at a time: the last one may be a part, of 4, 8 or 12 bytes. */

/** The vector at p, of which so many bytes are left; in the lanes after those `fill`. */
@inline
export function take<T>(p: usize, left: i32, fill: v128): v128 {
  if (left >= 16) return load<v128>(p);
  if (sizeof<T>() == 4 && left == 4) return v128.load_lane<i32>(p, fill, 0);
  const half = v128.load_lane<i64>(p, fill, 0);
  return sizeof<T>() == 4 && left == 12 ? v128.load_lane<i32>(p, half, 2, 8) : half;
}

@inline
export function put<T>(p: usize, left: i32, x: v128): void {
  if (left >= 16) store<v128>(p, x);
  else if (sizeof<T>() == 4 && left == 4) v128.store_lane<i32>(p, x, 0);
  else {
    v128.store_lane<i64>(p, x, 0);
    if (sizeof<T>() == 4 && left == 12) v128.store_lane<i32>(p, x, 2, 8);
  }
}
