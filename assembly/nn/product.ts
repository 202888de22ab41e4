import { add, mul } from "../lanes";

/**
 * C[m, n] = start + op(A) op(B), where the form says what lies in memory:
 *
 *     0   A[m, k]   B[k, n]
 *     1   A[k, m]   B[k, n]   A is transposed
 *     2   A[m, k]   B[n, k]   B is transposed
 *
 * start is the address of a row of n numbers, added to every row of C, or 0. m, n and k are at least 1; C lies apart
 * from the others. Every element has the bits of a loop over k that begins with start: they depend neither on where
 * matrices lie nor on how many rows are at work.
 *
 * A tile of C, four rows by a panel of 32 bytes, stays in eight registers while k goes by. For that four rows of A lie
 * side by side, unless they are good as they are, and blocks of B in panels. Columns that make no whole panel are worked
 * on in a tile of their own:
 *
 *     scratch   B: panel | panel | ...   A: fours   FROM: 4 x 32   TO: 4 x 32   ROW     403 kB in all
 *
 *     panel     b00 .. b07              fours   a00 a10 a20 a30
 *               b10 .. b17                      a01 a11 a21 a31
 *               ...                             ...
 *
 * A tile of 4 x 8 numbers takes 8 multiplications, 8 additions and 6 loads for a step of k. Larger tiles load less, but
 * V8 runs out of its 15 registers.
 */
const PANEL: usize = 32;
/** Rows of a block of B, so that a panel and fours stay in the first cache, */
const DEEP: usize = 256;
/** and its panels, so that it stays in the second. */
const WIDE: usize = 48;

const FOURS: usize = PANEL * DEEP * WIDE;
const FROM: usize = FOURS + PANEL * DEEP;
const TO: usize = FROM + 4 * PANEL;
/** Numbers to begin with, if all are the same. */
const ROW: usize = TO + 4 * PANEL;

/** s + a b */
@inline
function more<T>(s: v128, a: v128, b: v128): v128 {
  return add<T>(s, mul<T>(a, b));
}

/**
 * Four rows of C, panel by panel, from numbers that lie as C does, but `fromDown` bytes from row to row.
 *
 * Eight steps of k in a row, which build.mjs writes out, so that counting takes no more than one addition and one
 * comparison of each. The comparisons are also what keeps V8 of Node 20 from multiplying everything before it adds
 * anything, for which registers are too few.
 * The order of a step is one that wasm-opt leaves as it is and that was fast in Node 20, 22, 24 and 26, among some tried:
 * processors share multiplications and additions out to their units as they come, and other orders lose up to a fifth.
 */
function tiles<T>(
  c: usize,
  down: usize,
  from: usize,
  fromDown: usize,
  a: usize,
  aStep: usize,
  b: usize,
  k: usize,
  panels: usize,
): void {
  const end = a + k * aStep;
  do {
    let s0 = v128.load(from);
    let s1 = v128.load(from, 16);
    let row = from + fromDown;
    let s2 = v128.load(row);
    let s3 = v128.load(row, 16);
    row += fromDown;
    let s4 = v128.load(row);
    let s5 = v128.load(row, 16);
    row += fromDown;
    let s6 = v128.load(row);
    let s7 = v128.load(row, 16);
    let at = a;
    let bt = b;
    do {
      for (let u: usize = 0; u < 8; ++u) { // unrolled
        const a0 = v128.load_splat<T>(at);
        const b0 = v128.load(bt, u * PANEL);
        s0 = more<T>(s0, a0, b0);
        const a1 = v128.load_splat<T>(at, sizeof<T>());
        s2 = more<T>(s2, a1, b0);
        const b1 = v128.load(bt, u * PANEL + 16);
        s1 = more<T>(s1, a0, b1);
        const a2 = v128.load_splat<T>(at, 2 * sizeof<T>());
        s4 = more<T>(s4, a2, b0);
        s5 = more<T>(s5, a2, b1);
        s3 = more<T>(s3, a1, b1);
        const a3 = v128.load_splat<T>(at, 3 * sizeof<T>());
        s6 = more<T>(s6, a3, b0);
        s7 = more<T>(s7, a3, b1);
        at += aStep;
        if (u < 7 && at == end) break; // written out, it leaves the loop around
      }
      bt += 8 * PANEL;
    } while (at != end);
    v128.store(c, s0);
    v128.store(c, s1, 16);
    row = c + down;
    v128.store(row, s2);
    v128.store(row, s3, 16);
    row += down;
    v128.store(row, s4);
    v128.store(row, s5, 16);
    row += down;
    v128.store(row, s6);
    v128.store(row, s7, 16);
    c += PANEL;
    from += PANEL;
    b += k * PANEL;
  } while (--panels);
}

/** As `tiles`, for the first four rows: B lies as it does, and goes to panels on the way. */
function firstTiles<T>(
  c: usize,
  down: usize,
  from: usize,
  fromDown: usize,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  to: usize,
  k: usize,
  panels: usize,
): void {
  const end = a + k * aStep;
  do {
    let s0 = v128.load(from);
    let s1 = v128.load(from, 16);
    let row = from + fromDown;
    let s2 = v128.load(row);
    let s3 = v128.load(row, 16);
    row += fromDown;
    let s4 = v128.load(row);
    let s5 = v128.load(row, 16);
    row += fromDown;
    let s6 = v128.load(row);
    let s7 = v128.load(row, 16);
    let at = a;
    let bt = b;
    do {
      const b0 = v128.load(bt);
      const b1 = v128.load(bt, 16);
      const a0 = v128.load_splat<T>(at);
      s0 = more<T>(s0, a0, b0);
      s1 = more<T>(s1, a0, b1);
      const a1 = v128.load_splat<T>(at, sizeof<T>());
      s2 = more<T>(s2, a1, b0);
      s3 = more<T>(s3, a1, b1);
      const a2 = v128.load_splat<T>(at, 2 * sizeof<T>());
      s4 = more<T>(s4, a2, b0);
      s5 = more<T>(s5, a2, b1);
      const a3 = v128.load_splat<T>(at, 3 * sizeof<T>());
      s6 = more<T>(s6, a3, b0);
      s7 = more<T>(s7, a3, b1);
      v128.store(to, b0);
      v128.store(to, b1, 16);
      at += aStep;
      bt += bStep;
      to += PANEL;
    } while (at != end);
    v128.store(c, s0);
    v128.store(c, s1, 16);
    row = c + down;
    v128.store(row, s2);
    v128.store(row, s3, 16);
    row += down;
    v128.store(row, s4);
    v128.store(row, s5, 16);
    row += down;
    v128.store(row, s6);
    v128.store(row, s7, 16);
    c += PANEL;
    from += PANEL;
    b += PANEL;
  } while (--panels);
}

/** The left half of a tile that lies in scratch. */
function narrowTile<T>(c: usize, from: usize, a: usize, aStep: usize, b: usize, k: usize): void {
  let s0 = v128.load(from);
  let s1 = v128.load(from, PANEL);
  let s2 = v128.load(from, 2 * PANEL);
  let s3 = v128.load(from, 3 * PANEL);
  do {
    const b0 = v128.load(b);
    s0 = more<T>(s0, v128.load_splat<T>(a), b0);
    s1 = more<T>(s1, v128.load_splat<T>(a, sizeof<T>()), b0);
    s2 = more<T>(s2, v128.load_splat<T>(a, 2 * sizeof<T>()), b0);
    s3 = more<T>(s3, v128.load_splat<T>(a, 3 * sizeof<T>()), b0);
    a += aStep;
    b += PANEL;
  } while (--k);
  v128.store(c, s0);
  v128.store(c, s1, PANEL);
  v128.store(c, s2, 2 * PANEL);
  v128.store(c, s3, 3 * PANEL);
}

/** One row of C, two panels at a time while there are two. */
function rowTiles<T>(
  c: usize,
  from: usize,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  bAcross: usize,
  k: usize,
  panels: usize,
): void {
  for (; panels > 1; panels -= 2) {
    let s0 = v128.load(from);
    let s1 = v128.load(from, 16);
    let s2 = v128.load(from, 32);
    let s3 = v128.load(from, 48);
    let at = a;
    let bt = b;
    let ct = b + bAcross;
    let left = k;
    do {
      const a0 = v128.load_splat<T>(at);
      s0 = more<T>(s0, a0, v128.load(bt));
      s1 = more<T>(s1, a0, v128.load(bt, 16));
      s2 = more<T>(s2, a0, v128.load(ct));
      s3 = more<T>(s3, a0, v128.load(ct, 16));
      at += aStep;
      bt += bStep;
      ct += bStep;
    } while (--left);
    v128.store(c, s0);
    v128.store(c, s1, 16);
    v128.store(c, s2, 32);
    v128.store(c, s3, 48);
    c += 2 * PANEL;
    from += 2 * PANEL;
    b += 2 * bAcross;
  }
  if (panels != 0) {
    let s0 = v128.load(from);
    let s1 = v128.load(from, 16);
    do {
      const a0 = v128.load_splat<T>(a);
      s0 = more<T>(s0, a0, v128.load(b));
      s1 = more<T>(s1, a0, v128.load(b, 16));
      a += aStep;
      b += bStep;
    } while (--k);
    v128.store(c, s0);
    v128.store(c, s1, 16);
  }
}

/** Four rows side by side: to[l][i] = from[i][l]. */
function fours<T>(to: usize, step: usize, from: usize, down: usize, k: usize): void {
  let r0 = from;
  let r1 = r0 + down;
  let r2 = r1 + down;
  let r3 = r2 + down;
  const end = from + ((k * sizeof<T>()) & ~15);
  if (sizeof<T>() == 4) {
    while (r0 < end) {
      const x0 = v128.load(r0);
      const x1 = v128.load(r1);
      const x2 = v128.load(r2);
      const x3 = v128.load(r3);
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
      to += step;
      v128.store(to, v128.shuffle<f64>(low01, low23, 1, 3));
      to += step;
      v128.store(to, v128.shuffle<f64>(high01, high23, 0, 2));
      to += step;
      v128.store(to, v128.shuffle<f64>(high01, high23, 1, 3));
      to += step;
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
  } else {
    while (r0 < end) {
      const x0 = v128.load(r0);
      const x1 = v128.load(r1);
      const x2 = v128.load(r2);
      const x3 = v128.load(r3);
      v128.store(to, v128.shuffle<f64>(x0, x1, 0, 2));
      v128.store(to, v128.shuffle<f64>(x2, x3, 0, 2), 16);
      to += step;
      v128.store(to, v128.shuffle<f64>(x0, x1, 1, 3));
      v128.store(to, v128.shuffle<f64>(x2, x3, 1, 3), 16);
      to += step;
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
  }
  for (const last = from + k * sizeof<T>(); r0 < last; r0 += sizeof<T>()) {
    store<T>(to, load<T>(r0));
    store<T>(to, load<T>(r1), sizeof<T>());
    store<T>(to, load<T>(r2), 2 * sizeof<T>());
    store<T>(to, load<T>(r3), 3 * sizeof<T>());
    to += step;
    r1 += sizeof<T>();
    r2 += sizeof<T>();
    r3 += sizeof<T>();
  }
}

/** Copies rows of 16 or 32 bytes. */
function lines(to: usize, bytes: usize, from: usize, down: usize, k: usize): void {
  if (bytes == 32) {
    do {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += 32;
      from += down;
    } while (--k);
  } else {
    do {
      v128.store(to, v128.load(from));
      to += 16;
      from += down;
    } while (--k);
  }
}

/** Copies rows of a few elements. */
function elements<T>(
  to: usize,
  toDown: usize,
  from: usize,
  fromDown: usize,
  fromAcross: usize,
  rows: usize,
  width: usize,
): void {
  do {
    let at = from;
    for (let t = to, end = to + <usize>width * sizeof<T>(); t < end; t += sizeof<T>()) {
      store<T>(t, load<T>(at));
      at += fromAcross;
    }
    to += toDown;
    from += fromDown;
  } while (--rows);
}

export function product<T>(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  m: usize,
  n: usize,
  k: usize,
  form: u32,
  scratch: usize,
): void {
  const size: usize = sizeof<T>();
  const value: T = start == 0 ? 0 : load<T>(start);
  const same = start == 0 || n == 1;
  if (n == 1) {
    // C is a column; lying down it is bᵀ op(A)ᵀ.
    const vector = b;
    b = a;
    a = vector;
    n = m;
    m = 1;
    form = form == 1 ? 0 : 2;
  }
  const wide = PANEL / size;
  const edge = n % wide;
  const down = n * size;
  const aDown = form == 1 ? size : k * size;
  const aAcross = form == 1 ? m * size : size;
  const bDown = form == 2 ? size : down;
  const bAcross = form == 2 ? k * size : size;
  // Panels are made of all of B at first, or by the first four rows.
  const turned = form == 2;
  const panelled = turned || m >= 4;
  const sideBySide = form != 1 || (n >= 64 && k > 64);
  if (same) {
    start = scratch + ROW;
    const end = start + min(n, WIDE * wide) * size;
    for (let at = start; at < end; at += size) store<T>(at, value);
  }
  memory.fill(scratch + FROM, 0, 4 * PANEL);

  // Parts of k that are as long as one another, none longer than DEEP.
  const parts = (k + DEEP - 1) / DEEP;
  const part = (k + parts - 1) / parts;
  for (let l: usize = 0; l < k; l += part) {
    const deep = min(part, k - l);
    const bytes = deep * PANEL;
    for (let j: usize = 0; j < n; j += WIDE * wide) {
      const panels = min(n - j, WIDE * wide) / wide;
      const hanging = n - j < WIDE * wide ? edge : 0;
      const block = b + l * bDown + j * bAcross;
      if (turned) {
        for (let t: usize = 0; t < panels; ++t) {
          const from = block + t * wide * bAcross;
          const to = scratch + t * bytes;
          fours<T>(to, PANEL, from, bAcross, deep);
          if (size == 4) fours<T>(to + 16, PANEL, from + 4 * bAcross, bAcross, deep);
        }
      }
      const last = scratch + panels * bytes;
      if (hanging != 0) {
        memory.fill(last, 0, bytes);
        elements<T>(last, PANEL, block + panels * wide * bAcross, bDown, bAcross, deep, edge);
      }

      let rows: usize = 0;
      for (let i: usize = 0; i < m; i += rows) {
        rows = m - i >= 4 ? 4 : 1;
        const ci = c + i * down + j * size;
        const from = l != 0 ? ci : same ? start : start + j * size;
        const fromDown = l != 0 ? down : 0;
        let ai = a + i * aDown + l * aAcross;
        let aStep = aAcross;
        if (rows == 4 && sideBySide) {
          const to = scratch + FOURS;
          if (form == 1) lines(to, 4 * size, ai, aAcross, deep);
          else fours<T>(to, 4 * size, ai, aDown, deep);
          ai = to;
          aStep = 4 * size;
        }
        if (panels != 0) {
          if (rows != 4) {
            if (panelled) rowTiles<T>(ci, from, ai, aStep, scratch, PANEL, bytes, deep, panels);
            else rowTiles<T>(ci, from, ai, aStep, block, bDown, PANEL, deep, panels);
          } else if (i != 0 || turned) tiles<T>(ci, down, from, fromDown, ai, aStep, scratch, deep, panels);
          else firstTiles<T>(ci, down, from, fromDown, ai, aStep, block, bDown, scratch, deep, panels);
        }
        if (hanging != 0) {
          const over = panels * PANEL;
          const before = scratch + FROM;
          const after = scratch + TO;
          elements<T>(before, PANEL, from + over, fromDown, size, rows, edge);
          if (rows == 1) rowTiles<T>(after, before, ai, aStep, last, PANEL, 0, deep, 1);
          else if (edge <= wide / 2) narrowTile<T>(after, before, ai, aStep, last, deep);
          else tiles<T>(after, PANEL, before, PANEL, ai, aStep, last, deep, 1);
          elements<T>(ci + over, down, after, PANEL, size, rows, edge);
        }
      }
    }
  }
}

export function product_f32(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  m: u32,
  n: u32,
  k: u32,
  form: u32,
  scratch: usize,
): void {
  product<f32>(c, a, b, start, m, n, k, form, scratch);
}

export function product_f64(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  m: u32,
  n: u32,
  k: u32,
  form: u32,
  scratch: usize,
): void {
  product<f64>(c, a, b, start, m, n, k, form, scratch);
}
