import { combination, weighted } from "./combination";
import { difference } from "./difference";
import { bytes, Complex128, Complex64, isPlain } from "./number";
import { EDGE_ORDER, LEFT, RIGHT } from "./plan";
import { divideTicksExactly, subtractTicks } from "./timedelta";
import { weightedOnce } from "./weights";

/** Bytes that one stream goes on by before it is the next one's turn. */
const PIECE: u32 = 2048;

/**
 * One axis over a run of consecutive elements of a C-ordered array. Seen along the axis, the array is
 *
 *     ... | row 0 | row 1 | ... | row n-1 | row 0 | row 1 | ...        a row: the `inner` elements that follow one
 *                                                                      another before the position on the axis moves on
 *
 * and the run is its `count` elements from `start` on. `f` and `out` point to the first of them; the neighbour along
 * the axis is `step` bytes away. start, n and inner may exceed 32 bits (a streamed array), hence f64.
 *
 * An element has `bytes` bytes and `lanes` components, 0 if it is a duration, and is computed in `w` bytes.
 *
 * Uneven spacing brings the weights A, B, C of row 0 at `table`, `apart` bytes from one array to the next; see
 * `weights`. The pointer may lie outside memory or be 0: only rows of the run are read. Even spacing has apart = 0.
 *
 * The run is computed as several streams that take turns, for memory answers slowly: while one stream computes, the
 * processor fetches what the others need next.
 *
 *     | 1  4  7 ...        | 2  5  8 ...        | 3  6  9 ...        | rest |
 *
 * Three axes of 128 x 128 x 128 float64 took 6.2 ms as one stream, 3.6 as three or four and 5.5 as five: each reads in
 * two places and writes in a third, and that is more than the processor follows. The same in C took 3.0 to 3.7 ms by
 * pieces of 0.5 to 2 kB and 5.2 by pieces of 8 kB.
 */
export function along(
  out: usize, f: usize, bytes: u32, lanes: u32, w: u32, start: f64, count: u32, n: f64, inner: f64, step: usize,
  plan: usize, table: usize, apart: usize, streams: u32
): void {
  const part: u32 = streams > 1 ? (count / streams) & ~63 : 0; // whole cache lines of any type
  const piece: u32 = PIECE / bytes;
  for (let at: u32 = 0; at < part; at += piece) {
    const length = min(piece, part - at);
    for (let k: u32 = 0; k < streams; ++k) {
      run(out, f, bytes, lanes, w, start, at + k * part, length, n, inner, step, plan, table, apart);
    }
  }
  run(out, f, bytes, lanes, w, start, streams * part, count - streams * part, n, inner, step, plan, table, apart);
}

/** `count` elements of the run, from its element `from` on. */
function run(
  out: usize, f: usize, bytes: u32, lanes: u32, w: u32, start: f64, from: u32, count: u32, n: f64, inner: f64,
  step: usize, plan: usize, table: usize, apart: usize
): void {
  out += <usize>from * bytes;
  f += <usize>from * bytes;
  const width = <u64>inner;
  const index = <u64>start + from;
  const t = index % width;
  const i = (index / width) % <u64>n;
  if (lanes == 0) rows<i64, f64, f64>(out, f, count, i, t, n, width, step, plan, table, apart);
  else if (lanes == 2) {
    if (bytes == 16) rows<Complex128, f64, f64>(out, f, count, i, t, n, width, step, plan, table, apart);
    else if (w == 8) rows<Complex64, f64, f64>(out, f, count, i, t, n, width, step, plan, table, apart);
    else rows<Complex64, f32, f32>(out, f, count, i, t, n, width, step, plan, table, apart);
  } else if (bytes == 8) rows<f64, f64, f64>(out, f, count, i, t, n, width, step, plan, table, apart);
  else if (bytes == 4) {
    if (w == 8) rows<f32, f64, f64>(out, f, count, i, t, n, width, step, plan, table, apart);
    else rows<f32, f32, f32>(out, f, count, i, t, n, width, step, plan, table, apart);
  } else if (w == 8) rows<u16, f64, f64>(out, f, count, i, t, n, width, step, plan, table, apart);
  else if (w == 4) rows<u16, f32, f32>(out, f, count, i, t, n, width, step, plan, table, apart);
  else rows<u16, u16, f32>(out, f, count, i, t, n, width, step, plan, table, apart);
}

/** `count` elements from the element `skip` of row `row` on. */
function rows<F, W, R>(
  out: usize, f: usize, count: u32, row: u64, skip: u64, n: f64, width: u64, step: usize, plan: usize, table: usize,
  apart: usize
): void {
  const d = <R>load<f64>(plan);
  const r = <R>load<f64>(plan + 8);
  const last = <u64>n - 1;
  if (width == 1 && apart == 0) {
    // Rows of one element: one difference straight across the ends of all lines. What it writes at an end is wrong
    // and is overwritten below, which costs less than stopping there. Only the two ends of the run are left out,
    // whose neighbours may not exist.
    const left = last - row; // samples from here to the last of the line
    const lead = <usize>(row == 0);
    const trail = <usize>(count > left && (count - left - 1) % (last + 1) == 0);
    if (<usize>count > lead + trail) {
      const p = f + lead * bytes<F>();
      difference<F, W, R>(out + lead * bytes<F>(), p - step, p + step, count - <u32>(lead + trail), d, r);
    }
    // On from end to end.
    let at = row == 0 ? 0 : left;
    while (at < count) {
      const right = row != 0;
      edge<F, W, R>(out + <usize>at * bytes<F>(), f + <usize>at * bytes<F>(), step, 1, plan, right);
      at += right ? 1 : last;
      row = right ? 0 : last;
    }
    return;
  }
  while (count > 0) {
    let run: u64 = 1; // how many rows one formula serves from here
    if (row > 0 && row < last && (apart == 0 || width == 1)) run = last - row;
    run = min<u64>(run * width - skip, count);
    if (row == 0 || row == last) edge<F, W, R>(out, f, step, <u32>run, plan, row != 0);
    else if (apart == 0) difference<F, W, R>(out, f - step, f + step, <u32>run, d, r);
    else {
      const A = table + <usize>row * sizeof<R>();
      if (width == 1) weighted<F, W, R>(out, f, <u32>run, A, apart);
      else combination<F, W, R>(out, f - step, f, f + step, <u32>run, load<R>(A), load<R>(A + apart), load<R>(A + 2 * apart));
    }
    count -= <u32>run;
    out += <usize>run * bytes<F>();
    f += <usize>run * bytes<F>();
    skip += run;
    row += skip / width;
    skip %= width;
    if (row > last) row = 0;
  }
}

/** As `along` for uneven spacing within one line of the last axis, from the coordinates themselves; x is that of the first sample. */
export function unevenOnce<T>(out: usize, f: usize, count: u32, i: f64, n: f64, plan: usize, x: usize): void {
  if (i == 0) {
    edge<T, T, T>(out, f, sizeof<T>(), 1, plan, false);
    out += sizeof<T>();
    f += sizeof<T>();
    x += sizeof<T>();
    --count;
    ++i;
  }
  const last = i + <f64>count == n;
  if (last) --count;
  weightedOnce<T>(out, f, x, count);
  if (last) edge<T, T, T>(out + <usize>count * sizeof<T>(), f + <usize>count * sizeof<T>(), sizeof<T>(), 1, plan, true);
}

/** `count` elements of the first or, if `right`, the last row, from that row and the one or two next to it. */
function edge<F, W, R>(out: usize, f: usize, step: usize, count: u32, plan: usize, right: bool): void {
  const e = plan + (right ? RIGHT : LEFT);
  const order = load<f64>(plan + EDGE_ORDER);
  if (right) f -= order == 2 ? 2 * step : step;
  if (isPlain<F, W>() && count == 1 && order == 1) {
    store<R>(out, (load<R>(f + step) - load<R>(f)) / <R>load<f64>(e)); // short lines have many ends
    return;
  }
  if (order == 1) difference<F, W, R>(out, f, f + step, count, <R>load<f64>(e), 0);
  else if (order != 2) integerEdge<F>(out, f, f + step, count, load<i64>(e));
  else {
    const a = <R>load<f64>(e);
    const b = <R>load<f64>(e + 8);
    const c = <R>load<f64>(e + 16);
    combination<F, W, R>(out, f, f + step, f + 2 * step, count, a, b, c);
  }
}

/** See planIntegerEdges. */
@inline
function integerEdge<F>(out: usize, lo: usize, hi: usize, count: u32, h: i64): void {
  if (isReference<F>()) {
    if (offsetof<F>() == offsetof<Complex64>()) difference<F, f32, f32>(out, lo, hi, count, <f32>h, 0);
  } else if (sizeof<F>() == 2) {
    difference<F, f32, f32>(out, lo, hi, count, <f32>h, 0);
  } else if (isInteger<F>()) {
    for (const end = out + <usize>count * 8; out < end; out += 8, lo += 8, hi += 8) {
      store<i64>(out, divideTicksExactly(subtractTicks(load<i64>(hi), load<i64>(lo)), h));
    }
  }
}
