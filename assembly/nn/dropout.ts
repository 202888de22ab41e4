import { philox } from "../random/philox";
import { REST } from "../lanes";

/**
 * x = 0 for a share of the elements, x / (1 - rate) for the others. Element i has word i % 4 of Philox at the counter
 * (i / 4, step, layer, 1): the mask is made again for the backward pass, and not kept. Shuffling and initialization have
 * a 0 where this has the 1.
 */
@inline
function dropout<T>(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  const c = <T>(1 / (1 - rate));
  const limit = <u32>(rate * 4294967296);
  for (let i: u32 = 0; i < n; ++i) {
    if ((i & 3) == 0) philox(REST, 1, i >> 2, step, layer, 1, k0, k1);
    store<T>(x, load<u32>(REST + 4 * (i & 3)) < limit ? 0 : c * load<T>(x));
    x += sizeof<T>();
  }
}

export function dropout_f32(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  dropout<f32>(x, n, rate, k0, k1, step, layer);
}
export function dropout_f64(x: usize, n: u32, rate: f64, k0: u32, k1: u32, step: u32, layer: u32): void {
  dropout<f64>(x, n, rate, k0, k1, step, layer);
}
