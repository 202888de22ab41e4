/** Kernels of the optimizers; names end in the type of the parameters. */
import { maximumNorm } from "./norm";
import { sgd } from "./sgd";

export function sgd_f64(
  p: usize, g: usize, b: usize, n: u32, lr: f64, momentum: f64, dampening: f64, decay: f64, nesterov: bool, first: bool
): void {
  sgd<f64>(p, g, b, n, lr, momentum, dampening, decay, nesterov, first);
}
export function sgd_f32(
  p: usize, g: usize, b: usize, n: u32, lr: f64, momentum: f64, dampening: f64, decay: f64, nesterov: bool, first: bool
): void {
  sgd<f32>(p, g, b, n, lr, momentum, dampening, decay, nesterov, first);
}
export function maximumNorm_f64(x: usize, n: u32): f64 {
  return maximumNorm<f64>(x, n);
}
export function maximumNorm_f32(x: usize, n: u32): f64 {
  return maximumNorm<f32>(x, n);
}
