/**
 * Kernels of `gradient`. A name ends in the element type and, where the computation runs in a wider one, that type:
 * along_f32_f64 takes and gives float32 and computes in float64.
 */
import { Complex128, Complex64 } from "./number";
import { along, unevenOnce } from "./sweep";
import { evenSteps, step, weights } from "./weights";

export { planEven, planIntegerEdges, planUneven } from "./plan";

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

export function along_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<f64, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_f32(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<f32, f32, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_f32_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<f32, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_f16(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<u16, u16, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_f16_f32(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<u16, f32, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_f16_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<u16, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_c64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<Complex64, f32, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_c64_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<Complex64, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_c128(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<Complex128, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
export function along_td(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  along<i64, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
