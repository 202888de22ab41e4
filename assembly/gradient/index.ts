/**
 * Kernels of `gradient`. A name ends in the element type and, where the computation runs in a wider one, that type:
 * even_f32_f64 takes and gives float32 and computes in float64.
 */
import { Complex128, Complex64 } from "./number";
import { even, uneven, unevenOnce } from "./sweep";
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

export function even_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<f64, f64, f64>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<f64, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_f32(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<f32, f32, f32>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_f32(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<f32, f32, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_f32_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<f32, f64, f64>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_f32_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<f32, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_f16(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<u16, u16, f32>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_f16(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<u16, u16, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_f16_f32(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<u16, f32, f32>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_f16_f32(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<u16, f32, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_f16_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<u16, f64, f64>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_f16_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<u16, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_c64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<Complex64, f32, f32>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_c64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<Complex64, f32, f32>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_c64_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<Complex64, f64, f64>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_c64_f64(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<Complex64, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_c128(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<Complex128, f64, f64>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_c128(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<Complex128, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}

export function even_td(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  even<i64, f64, f64>(out, f, count, i, t, n, inner, step, plan);
}
export function uneven_td(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  uneven<i64, f64, f64>(out, f, count, i, t, n, inner, step, plan, table, apart);
}
