import { add, all, bringRest, bulk, magnitude, mul, pmax, pmin, REST, returnRest, sub } from "../lanes";

/**
 * Resilient propagation, torch.optim.Rprop:
 *
 *   d = min(max(d·η, d₀), d₁),  η = η₊ where the signs of g and b are the same, η₋ where they differ, else 1
 *   g = 0 where they differ;   p = p - sign(g)d;   b = g
 *
 * where d starts at γ and b at 0; -g for g to maximize.
 */
function sweep<T>(p: usize, g: usize, d: usize, apart: usize, bytes: usize, h: usize): void {
  if (bytes == 0) return;
  let b = d + apart;
  const first = load<f64>(h) == 1;
  const γ = all<T>(first ? load<f64>(h, 8) : 0); // d is 0 at first
  const one = all<T>(1);
  const slower = v128.xor(one, all<T>(load<f64>(h, 16)));
  const faster = v128.xor(one, all<T>(load<f64>(h, 24)));
  const least = all<T>(load<f64>(h, 32));
  const most = all<T>(load<f64>(h, 40));
  const zero = all<T>(0);
  const sign = all<T>(-0.0);
  const σ = all<T>(load<f64>(h, 48) != 0 ? -1 : 1);
  const end = p + bytes;
  do {
    let gi = mul<T>(σ, load<v128>(g));
    const same = mul<T>(gi, load<v128>(b));
    const differ = v128.lt<T>(same, zero);
    const η = v128.xor(one, v128.or(v128.and(differ, slower), v128.and(v128.gt<T>(same, zero), faster)));
    const di = pmin<T>(pmax<T>(mul<T>(add<T>(γ, load<v128>(d)), η), least), most);
    gi = v128.andnot(gi, differ);
    store<v128>(d, di);
    store<v128>(b, gi);
    const move = v128.or(di, v128.and(gi, sign));
    store<v128>(p, sub<T>(load<v128>(p), v128.and(move, v128.gt<T>(magnitude<T>(gi), zero))));
    g += 16;
    d += 16;
    b += 16;
    p += 16;
  } while (p < end);
}

@inline
function rprop<T>(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  sweep<T>(p, g, s, apart, bulk<T>(n), h);
  if (bringRest<T>(p, g, s, apart, n, 2)) {
    sweep<T>(REST, REST + 16, REST + 32, 16, 16, h);
    returnRest<T>(p, s, apart, n, 2);
  }
}

export function rprop_f64(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rprop<f64>(p, g, s, apart, n, h);
}

export function rprop_f32(p: usize, g: usize, s: usize, apart: usize, n: u32, h: usize): void {
  rprop<f32>(p, g, s, apart, n, h);
}
