/** Kernels of `numericalGradient`; names end in the type of the parameters. Function values are always float64. */
import { oneSided, quotients, twoSided } from "./points";

export function oneSided_f64(hi: usize, x: usize, n: u32, r: f64, rule: u32, given: usize, sign: f64): void {
  oneSided<f64>(hi, x, n, r, rule, given, sign);
}
export function oneSided_f32(hi: usize, x: usize, n: u32, r: f64, rule: u32, given: usize, sign: f64): void {
  oneSided<f32>(hi, x, n, r, rule, given, sign);
}
export function twoSided_f64(lo: usize, hi: usize, x: usize, n: u32, r: f64, rule: u32, given: usize): void {
  twoSided<f64>(lo, hi, x, n, r, rule, given);
}
export function twoSided_f32(lo: usize, hi: usize, x: usize, n: u32, r: f64, rule: u32, given: usize): void {
  twoSided<f32>(lo, hi, x, n, r, rule, given);
}
export function quotients_f64(g: usize, fLo: usize, fHi: usize, lo: usize, hi: usize, n: u32): void {
  quotients<f64>(g, fLo, fHi, lo, hi, n);
}
export function quotients_f32(g: usize, fLo: usize, fHi: usize, lo: usize, hi: usize, n: u32): void {
  quotients<f32>(g, fLo, fHi, lo, hi, n);
}
