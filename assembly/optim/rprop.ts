import { all, bulk, bySign, mul, pmax, pmin, rest, sub } from "../lanes";

/**
 * Resilient propagation, torch.optim.Rprop:
 *
 *   d = min(max(d·η, d₀), d₁),  η = η₊ where the signs of g and b are the same, η₋ where they differ, else 1
 *   g = 0 where they differ;   p = p - sign(g)d;   b = g
 *
 * where d starts at γ and b at 0; -g for g to maximize.
 */
@inline
function sweep<T, V>(p: usize, g: usize, d: usize, b: usize, bytes: usize, h: usize): void {
  const first = load<f64>(h) == 1;
  const γ = all<T, V>(load<f64>(h, 8));
  const slower = all<T, V>(load<f64>(h, 16));
  const faster = all<T, V>(load<f64>(h, 24));
  const least = all<T, V>(load<f64>(h, 32));
  const most = all<T, V>(load<f64>(h, 40));
  const zero = all<T, V>(0);
  const one = all<T, V>(1);
  const σ = all<T, V>(load<f64>(h, 48) != 0 ? -1 : 1);
  for (const end = p + bytes; p < end; p += sizeof<V>()) {
    let gi = mul<T, V>(σ, load<V>(g));
    const same = mul<T, V>(gi, load<V>(b));
    const η = bySign<T, V>(same, slower, one, faster);
    const di = pmin<T, V>(pmax<T, V>(mul<T, V>(first ? γ : load<V>(d), η), least), most);
    gi = bySign<T, V>(same, zero, gi, gi);
    store<V>(d, di);
    store<V>(b, gi);
    store<V>(p, sub<T, V>(load<V>(p), bySign<T, V>(gi, sub<T, V>(zero, di), zero, di)));
    g += sizeof<V>();
    d += sizeof<V>();
    b += sizeof<V>();
  }
}

@inline
function rprop<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  const whole = bulk<T>(n);
  sweep<T, v128>(p, g, s, s + apart, whole, h);
  sweep<T, T>(p + whole, g + whole, s + whole, s + apart + whole, rest<T>(n), h);
}

export function rprop_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rprop<f64>(p, g, s, apart, n, h);
}

export function rprop_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rprop<f32>(p, g, s, apart, n, h);
}
