import { add, all, bulk, mul, rest } from "../lanes";

/** The average of the parameters: a = p at the first step, then a = βa + (1-β)p. */
@inline
function ema<T, V>(p: usize, a: usize, bytes: usize, h: usize): void {
  const first = load<f64>(h) == 1;
  const β = all<T, V>(load<f64>(h, 8));
  const c = all<T, V>(1 - load<f64>(h, 8));
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    const pi = load<V>(p);
    store<V>(a, first ? pi : add<T, V>(mul<T, V>(β, load<V>(a)), mul<T, V>(c, pi)));
    a += sizeof<V>();
  }
}

export function ema_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f64>(n);
  ema<f64, v128>(p, s, whole, h);
  ema<f64, f64>(p + whole, s + whole, rest<f64>(n), h);
}

export function ema_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<f32>(n);
  ema<f32, v128>(p, s, whole, h);
  ema<f32, f32>(p + whole, s + whole, rest<f32>(n), h);
}
