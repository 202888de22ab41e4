import { add, all, bulk, mul, rest, sub } from "../lanes";

/** Every k steps, slow weights follow the fast ones, which go on from there: φ = φ + α(p - φ);  p = φ. */
@inline
function lookahead<T, V>(p: usize, slow: usize, bytes: usize, h: usize): void {
  if (<u32>load<f64>(h) % <u32>load<f64>(h, 8) != 0) return;
  const α = all<T, V>(load<f64>(h, 16));
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const before = load<V>(slow);
    const after = add<T, V>(before, mul<T, V>(α, sub<T, V>(load<V>(p), before)));
    store<V>(slow, after);
    store<V>(p, after);
    slow += sizeof<V>();
  }
}

export function lookahead_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f64>(n);
  lookahead<f64, v128>(p, s, whole, h);
  lookahead<f64, f64>(p + whole, s + whole, rest<f64>(n), h);
}

export function lookahead_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f32>(n);
  lookahead<f32, v128>(p, s, whole, h);
  lookahead<f32, f32>(p + whole, s + whole, rest<f32>(n), h);
}
