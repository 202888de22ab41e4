import { add, mul } from "../lanes";

/**
 * C[m, n] = start + op(A) op(B), where the form says what lies in memory:
 *
 *     0   A[m, k]   B[k, n]
 *     1   A[k, m]   B[k, n]   A is transposed
 *     2   A[m, k]   B[n, k]   B is transposed
 *
 * start is the address of a row of n numbers, added to every row of C, or 0; m, n and k are at least 1. Every element is
 * summed as by a loop over k that begins with start: no bit depends on where it lies, or on how many rows are at work.
 *
 * A tile of C, four rows by a panel of 32 bytes, stays in eight registers while k goes by. For that a block of B lies as
 * panels, those of A's rows that are at work as fours, and what hangs over the edge of a matrix is worked on in scratch:
 *
 *     scratch   B: panel | panel | ...   A: fours   FROM: 4 x 32   TO: 4 x 32
 *
 *     panel     b00 .. b07              four   a00 a10 a20 a30
 *               b10 .. b17                     a01 a11 a21 a31
 *               ...                            ...
 */
const PANEL: usize = 32;
/** Rows of a block of B: a panel of so many, a four and a tile of C stay in the first cache. */
const DEEP: usize = 256;
/** Panels of a block of B. */
const WIDE: usize = 48;
const FOURS: usize = PANEL * DEEP * WIDE;
const FROM: usize = FOURS + PANEL * DEEP;
const TO: usize = FROM + 4 * PANEL;
/** A row of numbers to begin with, if all are the same. */
const ROW: usize = TO + 4 * PANEL;

const PACKS: usize = 16;
const PACKSA: usize = 64;

/** Four rows of C, in panels; `from` lies as C does, `fromDown` from row to row. */
function tiles<T>(c: usize, down: usize, from: usize, fromDown: usize, a: usize, aStep: usize, b: usize, bStep: usize, bAcross: usize, k: usize, panels: usize): void {
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
    let left = k;
    do {
      const b0 = v128.load(bt);
      const b1 = v128.load(bt, 16);
      const a0 = v128.load_splat<T>(at);
      s0 = add<T>(s0, mul<T>(a0, b0));
      s1 = add<T>(s1, mul<T>(a0, b1));
      const a1 = v128.load_splat<T>(at, sizeof<T>());
      s2 = add<T>(s2, mul<T>(a1, b0));
      s3 = add<T>(s3, mul<T>(a1, b1));
      const a2 = v128.load_splat<T>(at, 2 * sizeof<T>());
      s4 = add<T>(s4, mul<T>(a2, b0));
      s5 = add<T>(s5, mul<T>(a2, b1));
      const a3 = v128.load_splat<T>(at, 3 * sizeof<T>());
      s6 = add<T>(s6, mul<T>(a3, b0));
      s7 = add<T>(s7, mul<T>(a3, b1));
      at += aStep;
      bt += bStep;
    } while (--left);
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
    b += bAcross;
  } while (--panels);
}

/** Four rows of the left half of a panel. */
function narrowTile<T>(c: usize, from: usize, a: usize, aStep: usize, b: usize, k: usize): void {
  let s0 = v128.load(from);
  let s1 = v128.load(from, PANEL);
  let s2 = v128.load(from, 2 * PANEL);
  let s3 = v128.load(from, 3 * PANEL);
  do {
    const b0 = v128.load(b);
    s0 = add<T>(s0, mul<T>(v128.load_splat<T>(a), b0));
    s1 = add<T>(s1, mul<T>(v128.load_splat<T>(a, sizeof<T>()), b0));
    s2 = add<T>(s2, mul<T>(v128.load_splat<T>(a, 2 * sizeof<T>()), b0));
    s3 = add<T>(s3, mul<T>(v128.load_splat<T>(a, 3 * sizeof<T>()), b0));
    a += aStep;
    b += PANEL;
  } while (--k);
  v128.store(c, s0);
  v128.store(c, s1, PANEL);
  v128.store(c, s2, 2 * PANEL);
  v128.store(c, s3, 3 * PANEL);
}

/** One row of C, two panels at a time while there are two. */
function rowTiles<T>(c: usize, from: usize, a: usize, aStep: usize, b: usize, bStep: usize, bAcross: usize, k: usize, panels: usize): void {
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
      s0 = add<T>(s0, mul<T>(a0, v128.load(bt)));
      s1 = add<T>(s1, mul<T>(a0, v128.load(bt, 16)));
      s2 = add<T>(s2, mul<T>(a0, v128.load(ct)));
      s3 = add<T>(s3, mul<T>(a0, v128.load(ct, 16)));
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
      s0 = add<T>(s0, mul<T>(a0, v128.load(b)));
      s1 = add<T>(s1, mul<T>(a0, v128.load(b, 16)));
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
function elements<T>(to: usize, toDown: usize, from: usize, fromDown: usize, fromAcross: usize, rows: usize, width: usize): void {
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


@inline
function product<T>(c: usize, a: usize, b: usize, start: usize, m: usize, n: usize, k: usize, form: u32, scratch: usize): void {
  const size: usize = sizeof<T>();
  const wide = PANEL / size;
  const same = start == 0 || n == 1;
  const value: T = start == 0 ? 0 : load<T>(start);
  if (n == 1) {
    // C is a column, and as a row it is bᵀ op(A)ᵀ.
    const vector = b;
    b = a;
    a = vector;
    n = m;
    m = 1;
    form = form == 1 ? 0 : 2;
  }
  const down = n * size;
  const aDown = form == 1 ? size : k * size;
  const aAcross = form == 1 ? m * size : size;
  const bDown = form == 2 ? size : down;
  const bAcross = form == 2 ? k * size : size;
  const edge = n % wide;
  if (same) {
    start = scratch + ROW;
    const end = start + min(n, WIDE * wide) * size;
    for (let at = start; at < end; at += size) store<T>(at, value);
  }
  if (edge != 0) memory.fill(scratch + FROM, 0, 4 * PANEL);

  const parts = (k + DEEP - 1) / DEEP;
  const most = (k + parts - 1) / parts;
  for (let l: usize = 0; l < k; l += most) {
    const deep = min(most, k - l);
    for (let j: usize = 0; j < n; j += WIDE * wide) {
      const panels = min(n - j, WIDE * wide) / wide;
      const hangs = n - j < WIDE * wide && edge != 0;
      const bytes = deep * PANEL;
      const bj = b + l * bDown + j * bAcross;
      const last = scratch + panels * bytes;
      let panel = bj;
      let bStep = bDown;
      let apart = PANEL;
      if (form == 2 || (m >= PACKS && n * k * size > 16384)) {
        for (let t: usize = 0; t < panels; ++t) {
          const from = bj + t * wide * bAcross;
          const to = scratch + t * bytes;
          if (form == 2) {
            fours<T>(to, PANEL, from, bAcross, deep);
            if (size == 4) fours<T>(to + 16, PANEL, from + 4 * bAcross, bAcross, deep);
          } else lines(to, 32, from, bDown, deep);
        }
        panel = scratch;
        bStep = PANEL;
        apart = bytes;
      }
      if (hangs) {
        memory.fill(last, 0, bytes);
        elements<T>(last, PANEL, bj + panels * wide * bAcross, bDown, bAcross, deep, edge);
      }

      let ci = c + j * size;
      for (let i: usize = 0; i < m; ) {
        const rows: usize = m - i >= 4 ? 4 : 1;
        let from = ci;
        let fromDown = down;
        if (l == 0) {
          from = same ? start : start + j * size;
          fromDown = 0;
        }
        let ai = a + i * aDown + l * aAcross;
        let aStep = aAcross;
        if (rows == 4) {
          if (form == 1) {
            if (n >= PACKSA && k > 64) {
              lines(scratch + FOURS, 4 * size, ai, aAcross, deep);
              ai = scratch + FOURS;
              aStep = 4 * size;
            }
          } else {
            fours<T>(scratch + FOURS, 4 * size, ai, aDown, deep);
            ai = scratch + FOURS;
            aStep = 4 * size;
          }
          if (panels != 0) tiles<T>(ci, down, from, fromDown, ai, aStep, panel, bStep, apart, deep, panels);
        } else if (panels != 0) rowTiles<T>(ci, from, ai, aStep, panel, bStep, apart, deep, panels);
        if (hangs) {
          const over = panels * PANEL;
          elements<T>(scratch + FROM, PANEL, from + over, fromDown, size, rows, edge);
          if (rows == 4 && edge <= wide / 2) narrowTile<T>(scratch + TO, scratch + FROM, ai, aStep, last, deep);
          else if (rows == 4) tiles<T>(scratch + TO, PANEL, scratch + FROM, PANEL, ai, aStep, last, PANEL, 0, deep, 1);
          else rowTiles<T>(scratch + TO, scratch + FROM, ai, aStep, last, PANEL, 0, deep, 1);
          elements<T>(ci + over, down, scratch + TO, PANEL, size, rows, edge);
        }
        i += rows;
        ci += rows * down;
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
