import { add, all, bringRest, bulk, mul, REST, returnRest, sub } from "../lanes";

/** Every k steps, slow weights follow the fast ones, which go on from there: φ = φ + α(p - φ);  p = φ. */
function sweep<T>(p: usize, slow: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  if (<u32>load<f64>(h) % <u32>load<f64>(h, 8) != 0) return;
  const α = all<T>(load<f64>(h, 16));
  const end = p + bytes;
  do {
    const before = load<v128>(slow);
    const after = add<T>(before, mul<T>(α, sub<T>(load<v128>(p), before)));
    store<v128>(slow, after);
    store<v128>(p, after);
    slow += 16;
    p += 16;
  } while (p < end);
}

@inline
function lookahead<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, s, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 1)) {
    sweep<T>(REST, REST + 32, 16, h);
    returnRest<T>(p, s, apart, n, 1);
  }
}

export function lookahead_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lookahead<f64>(p, g, s, apart, n, h);
}

export function lookahead_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  lookahead<f32>(p, g, s, apart, n, h);
}
