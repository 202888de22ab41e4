/**
 * Philox4x32-10: ten rounds of multiplying, crossing and adding a key make four random words of any counter. There is no
 * state: word i of a stream can be had without those before it.
 *
 *     (a, b, c, d) -> (high(M1 c) ^ b ^ p, low(M1 c), high(M0 a) ^ d ^ q, low(M0 a)),   p += W0, q += W1
 *
 * J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011)
 */
const ROUNDS = 10;
const M0: u64 = 0xd2511f53;
const M1: u64 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

/** Writes 16 bytes for each of `blocks` counters (c0, c1, c2, c3), (c0 + 1, c1, c2, c3), ... under the key (k0, k1). */
export function philox(
  out: usize, blocks: u32, c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32
): void {
  for (let i: u32 = 0; i < blocks; ++i) {
    let a = c0 + i, b = c1, c = c2, d = c3, p = k0, q = k1;
    for (let round = 0; round < ROUNDS; ++round) {
      const x = M0 * a;
      const y = M1 * c;
      a = <u32>(y >> 32) ^ b ^ p;
      b = <u32>y;
      c = <u32>(x >> 32) ^ d ^ q;
      d = <u32>x;
      p += W0;
      q += W1;
    }
    store<u32>(out, a);
    store<u32>(out, b, 4);
    store<u32>(out, c, 8);
    store<u32>(out, d, 12);
    out += 16;
  }
}
