import { add, all, bringRest, bulk, mul, REST, returnRest, sub } from "../lanes";
import { realPower } from "./power";

/**
 * The share c of this step in the average of a schedule-free rule, by weights tʳ·Γᵏ where Γ is the largest rate γ so far:
 * c = its weight / all weights so far. Γ and the sum of weights are the scalars of the record, γ follows them.
 */
export function averaging(h: usize, r: f64, k: f64): f64 {
  const largest = max<f64>(load<f64>(h, 8), load<f64>(h, 24));
  const weight = realPower(load<f64>(h), r) * realPower(largest, k);
  const sum = load<f64>(h, 16) + weight;
  store<f64>(h, largest, 8);
  store<f64>(h, sum, 16);
  return sum == 0 ? 0 : weight / sum;
}

/** x = y + (1 - 1/β)(z - y), in the place of y */
function toAverage<T>(y: usize, z: usize, bytes: usize, β: f64): void {
  if (bytes == 0) return;
  const c = all<T>(1 - 1 / β);
  const end = y + bytes;
  do {
    const yi = load<v128>(y);
    store<v128>(y, add<T>(yi, mul<T>(c, sub<T>(load<v128>(z), yi))));
    z += 16;
    y += 16;
  } while (y < end);
}

@inline
export function average<T>(y: usize, z: usize, n: u32, β: f64): void {
  toAverage<T>(y, z, bulk<T>(n), β);
  if (bringRest<T>(y, z, 0, 0, n, 0)) {
    toAverage<T>(REST, REST + 16, 16, β);
    returnRest<T>(y, 0, 0, n, 0);
  }
}
