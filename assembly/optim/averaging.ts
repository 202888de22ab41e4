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
