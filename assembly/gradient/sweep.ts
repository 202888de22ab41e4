import { combination, weightBytes } from "./combination";
import { difference } from "./difference";
import { bytesOf, F64, lanesOf, sizeOf } from "./number";
import { ASIDE, EDGE_ORDER, edgeOf } from "./plan";
import { divideTicksExactly, subtractTicks } from "./timedelta";
import { weightedOnce, weights } from "./weights";

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
 * See number.ts for `type`.
 *
 * Uneven spacing brings the weights A, B, C of row 0 at `table`, `apart` bytes from one array to the next; see
 * `weights`. The pointer may lie outside memory or be 0: only rows of the run are read. Even spacing has apart = 0.
 * With apart = 1 the table is the coordinates, of the type of f, from which weights are made as they are used: where
 * each serves once only. Rows have one element then.
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
  type: u32, out: usize, f: usize, start: f64, count: u32, n: f64, inner: f64, step: usize, plan: usize, table: usize,
  apart: usize, streams: u32
): void {
  const part: u32 = streams > 1 ? (count / streams) & ~63 : 0; // whole cache lines of any type
  const piece = PIECE / <u32>bytesOf(type);
  for (let at: u32 = 0; at < part; at += piece) {
    const length = min(piece, part - at);
    for (let k: u32 = 0; k < streams; ++k) {
      run(type, out, f, <u64>start, at + k * part, length, <u64>n, <u64>inner, step, plan, table, apart);
    }
  }
  run(type, out, f, <u64>start, streams * part, count - streams * part, <u64>n, <u64>inner, step, plan, table, apart);
}

/** `count` elements of the run, from its element `from` on. */
function run(
  type: u32, out: usize, f: usize, start: u64, from: u32, count: u32, n: u64, width: u64, step: usize, plan: usize,
  table: usize, apart: usize
): void {
  const bytes = bytesOf(type);
  const d = load<f64>(plan);
  const r = load<f64>(plan + 8);
  const last = n - 1;
  const index = start + from;
  out += <usize>from * bytes;
  f += <usize>from * bytes;
  let skip = index % width;
  let row = (index / width) % n;
  if (width == 1 && apart == 0) {
    // Rows of one element: one difference straight across the ends of all lines. What it writes at an end is wrong
    // and is overwritten below, which costs less than stopping there. Only the two ends of the run are left out,
    // whose neighbours may not exist.
    const left = last - row; // samples from here to the last of the line
    const lead = <usize>(row == 0);
    const trail = <usize>(count > left && (count - left - 1) % n == 0);
    if (<usize>count > lead + trail) {
      const p = f + lead * bytes;
      difference(type, out + lead * bytes, p - step, p + step, count - <u32>(lead + trail), d, r);
    }
    // On from end to end.
    let at = row == 0 ? 0 : left;
    while (at < count) {
      const right = <u32>(row != 0);
      edge(type, out + <usize>at * bytes, f + <usize>at * bytes, step, 1, plan, right);
      at += right ? 1 : last;
      row = right ? 0 : last;
    }
    return;
  }
  while (count > 0) {
    let run: u64 = 1; // how many rows one formula serves from here
    if (row > 0 && row < last && (apart == 0 || width == 1)) run = last - row;
    run = min<u64>(run * width - skip, count);
    if (row == 0 || row == last) edge(type, out, f, step, <u32>run, plan, <u32>(row != 0));
    else if (apart == 0) difference(type, out, f - step, f + step, <u32>run, d, r);
    else {
      const size = weightBytes(type);
      const A = table + <usize>row * size;
      if (apart == 1) once(type, out, f, A, <u32>run, plan + ASIDE);
      else combination(type, out, f - step, step, <u32>run, A, apart, size, width == 1 ? size : 0);
    }
    count -= <u32>run;
    out += <usize>run * bytes;
    f += <usize>run * bytes;
    skip += run;
    row += skip / width;
    skip %= width;
    if (row > last) row = 0;
  }
}

/** Unevenly spaced samples of one line of the last axis, x pointing to the first one's coordinate. */
function once(type: u32, out: usize, f: usize, x: usize, count: u32, aside: usize): void {
  const size = sizeOf(type);
  const rest = count & (16 / size - 1);
  const done = <usize>(count - rest) * size;
  if (size == 8) weightedOnce<f64>(out, f, x, done);
  else weightedOnce<f32>(out, f, x, done);
  weights(aside, 16, x + done, size, rest, size);
  combination(type, out + done, f + done - size, size, rest, aside, 16, size, size);
}

/** `count` elements of the first or, if `right`, the last row, from that row and the one or two next to it. */
function edge(type: u32, out: usize, f: usize, step: usize, count: u32, plan: usize, right: u32): void {
  const e = edgeOf(plan, right);
  const order = load<f64>(plan + EDGE_ORDER);
  if (right) f -= order == 2 ? 2 * step : step;
  const a = load<f64>(e);
  if (type == F64 && count == 1 && order == 1) store<f64>(out, (load<f64>(f + step) - load<f64>(f)) / a); // short lines have many ends
  else if (order == 1) difference(type, out, f, f + step, count, a, 0);
  else if (order == 2) combination(type, out, f, step, count, e, 8, 8, 0);
  else if (lanesOf(type) > 0) {
    // See planInteger: in float32 instead.
    difference((type & ~0xff00) | (4 << 8), out, f, f + step, count, <f64>(<f32>load<i64>(e)), 0);
  } else {
    const h = load<i64>(e);
    for (const end = out + <usize>count * 8; out < end; out += 8, f += 8) {
      store<i64>(out, divideTicksExactly(subtractTicks(load<i64>(f + step), load<i64>(f)), h));
    }
  }
}
