import { add, all, bringRest, bulk, mul, REST, returnRest } from "../lanes";

/** The average of the parameters: a = p at the first step, then a = βa + (1-β)p. */
function sweep<T>(p: usize, a: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  const first = load<f64>(h) == 1;
  const β = all<T>(load<f64>(h, 8));
  const c = all<T>(1 - load<f64>(h, 8));
  const end = p + bytes;
  do {
    const pi = load<v128>(p);
    store<v128>(a, first ? pi : add<T>(mul<T>(β, load<v128>(a)), mul<T>(c, pi)));
    a += 16;
    p += 16;
  } while (p < end);
}

@inline
function ema<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, s, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 1)) {
    sweep<T>(REST, REST + 32, 16, h);
    returnRest<T>(p, s, apart, n, 1);
  }
}

export function ema_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  ema<f64>(p, g, s, apart, n, h);
}

export function ema_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  ema<f32>(p, g, s, apart, n, h);
}
