/** The part of a vector that ends a row: 4, 8 or 12 bytes, or none. */

/** Of `fill`, with the part at p in its first lanes. */
@inline
export function loadPart(p: usize, bytes: usize, fill: v128): v128 {
  if (bytes == 8) return v128.load_lane<i64>(p, fill, 0);
  if (bytes == 4) return v128.load_lane<i32>(p, fill, 0);
  return v128.load_lane<i32>(p, v128.load_lane<i64>(p, fill, 0), 2, 8);
}

@inline
export function storePart(p: usize, bytes: usize, x: v128): void {
  if (bytes == 4) v128.store_lane<i32>(p, x, 0);
  else {
    v128.store_lane<i64>(p, x, 0);
    if (bytes == 12) v128.store_lane<i32>(p, x, 2, 8);
  }
}
