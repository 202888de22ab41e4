/** Kernels of `gradient`. A name ends in the type of what the pointers point to; `along` is told the types. */
import { unevenOnce } from "./sweep";
import { evenSteps, step, weights } from "./weights";

export { planEven, planIntegerEdges, planUneven } from "./plan";
export { along } from "./sweep";

export function step_f64(x: usize): f64 {
  return step<f64, f64>(x);
}
export function evenSteps_f64(x: usize, count: u32, d: f64): u32 {
  return evenSteps<f64, f64>(x, count, d);
}
export function weights_f64(A: usize, apart: usize, x: usize, count: u32): void {
  weights<f64, f64>(A, apart, x, count);
}

export function step_f32(x: usize): f64 {
  return step<f32, f32>(x);
}
export function evenSteps_f32(x: usize, count: u32, d: f64): u32 {
  return evenSteps<f32, f32>(x, count, d);
}
export function weights_f32(A: usize, apart: usize, x: usize, count: u32): void {
  weights<f32, f32>(A, apart, x, count);
}

export function step_f16(x: usize): f64 {
  return step<u16, f32>(x);
}
export function evenSteps_f16(x: usize, count: u32, d: f64): u32 {
  return evenSteps<u16, f32>(x, count, d);
}
export function weights_f16(A: usize, apart: usize, x: usize, count: u32): void {
  weights<u16, f32>(A, apart, x, count);
}

export function unevenOnce_f64(out: usize, f: usize, count: u32, i: f64, n: f64, plan: usize, x: usize): void {
  unevenOnce<f64>(out, f, count, i, n, plan, x);
}
export function unevenOnce_f32(out: usize, f: usize, count: u32, i: f64, n: f64, plan: usize, x: usize): void {
  unevenOnce<f32>(out, f, count, i, n, plan, x);
}
