import { add, all, bulk, mul, rest, sub } from "../lanes";

/**
 * The share c of this step in the average of a schedule-free rule, by weights tʳ·Γᵏ where Γ is the largest rate γ so far:
 * c = its weight / all weights so far. Γ and the sum of weights are the scalars of the record, γ follows them. Powers are
 * software, for the engines' own differ in the last bits.
 */
export function averaging(h: usize, r: f64, k: f64): f64 {
  const largest = max<f64>(load<f64>(h, 8), load<f64>(h, 24));
  const weight = NativeMath.pow(load<f64>(h), r) * NativeMath.pow(largest, k);
  const sum = load<f64>(h, 16) + weight;
  store<f64>(h, largest, 8);
  store<f64>(h, sum, 16);
  return sum == 0 ? 0 : weight / sum;
}

/** x = y + (1 - 1/β)(z - y), in the place of y */
@inline
function toAverage<T, V>(y: usize, z: usize, bytes: usize, β: f64): void {
  const c = all<T, V>(1 - 1 / β);
  for (const end = y + bytes; y < end; y += sizeof<V>()) {
    const yi = load<V>(y);
    store<V>(y, add<T, V>(yi, mul<T, V>(c, sub<T, V>(load<V>(z), yi))));
    z += sizeof<V>();
  }
}

@inline
export function average<T>(y: usize, z: usize, n: u32, β: f64): void {
  const whole = bulk<T>(n);
  toAverage<T, v128>(y, z, whole, β);
  toAverage<T, T>(y + whole, z + whole, rest<T>(n), β);
}
