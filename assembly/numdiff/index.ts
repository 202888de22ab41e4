/** Kernels of finite differences; names end in the type of the parameters. Function values are always float64. */
import { column, transpose } from "./matrix";
import { points, quotients, rows } from "./points";

export function points_f64(
  x: usize,
  lo: usize,
  hi: usize,
  n: u32,
  r: f64,
  rule: u32,
  given: usize,
  sign: f64,
  lower: usize,
  upper: usize,
): i32 {
  return points<f64>(x, lo, hi, n, r, rule, given, sign, lower, upper);
}
export function points_f32(
  x: usize,
  lo: usize,
  hi: usize,
  n: u32,
  r: f64,
  rule: u32,
  given: usize,
  sign: f64,
  lower: usize,
  upper: usize,
): i32 {
  return points<f32>(x, lo, hi, n, r, rule, given, sign, lower, upper);
}

export function quotients_f64(
  g: usize,
  x: usize,
  lo: usize,
  hi: usize,
  f0: f64,
  fLo: usize,
  fHi: usize,
  n: u32,
): u32 {
  return quotients<f64>(g, x, lo, hi, f0, fLo, fHi, n);
}
export function quotients_f32(
  g: usize,
  x: usize,
  lo: usize,
  hi: usize,
  f0: f64,
  fLo: usize,
  fHi: usize,
  n: u32,
): u32 {
  return quotients<f32>(g, x, lo, hi, f0, fLo, fHi, n);
}

export function column_f64(
  to: usize,
  x: usize,
  lo: usize,
  hi: usize,
  f0: usize,
  fLo: usize,
  fHi: usize,
  m: u32,
): u32 {
  return column<f64>(to, x, lo, hi, f0, fLo, fHi, m);
}
export function column_f32(
  to: usize,
  x: usize,
  lo: usize,
  hi: usize,
  f0: usize,
  fLo: usize,
  fHi: usize,
  m: u32,
): u32 {
  return column<f32>(to, x, lo, hi, f0, fLo, fHi, m);
}

export function transpose_f64(to: usize, stride: usize, from: usize, m: u32, k: u32): void {
  transpose<f64>(to, stride, from, m, k);
}
export function transpose_f32(to: usize, stride: usize, from: usize, m: u32, k: u32): void {
  transpose<f32>(to, stride, from, m, k);
}

export function rows_f64(to: usize, x: usize, lo: usize, hi: usize, n: u32, first: i32, count: u32): void {
  rows<f64>(to, x, lo, hi, n, first, count);
}
export function rows_f32(to: usize, x: usize, lo: usize, hi: usize, n: u32, first: i32, count: u32): void {
  rows<f32>(to, x, lo, hi, n, first, count);
}
