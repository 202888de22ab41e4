import { combination, weighted } from "./combination";
import { difference } from "./difference";
import { bytes, Complex64 } from "./number";
import { EDGE_ORDER, LEFT, RIGHT } from "./plan";
import { divideTicksExactly, subtractTicks } from "./timedelta";
import { weightedOnce } from "./weights";

/**
 * One axis over a run of consecutive elements of a C-ordered array. Seen along the axis, the array is
 *
 *     ... | row 0 | row 1 | ... | row n-1 | row 0 | row 1 | ...        a row: the `inner` elements that follow one
 *                                                                      another before the position on the axis moves on
 *
 * and the run of `count` elements starts `t` elements into row `i`. `f` and `out` point to its first element; the
 * neighbour along the axis is `step` bytes away. n and inner may exceed 32 bits (a streamed array), hence f64.
 */
export function even<F, W, R>(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize
): void {
  const d = <R>load<f64>(plan);
  const r = <R>load<f64>(plan + 8);
  if (inner != 1) return rows<F, W, R>(out, f, count, i, t, n, inner, step, plan, d, r, 0, 0);

  // Rows of one element: one difference straight across the ends of all lines. What it writes at an end is wrong and
  // is overwritten below, which costs less than stopping there. Only the two ends of the run are left out, whose
  // neighbours may not exist.
  const line = <u64>n;
  const left = line - <u64>i; // samples from here to the end of the line
  const lead = <usize>(i == 0);
  const trail = <usize>(count >= left && (count - left) % line == 0);
  if (<usize>count > lead + trail) {
    const p = f + lead * bytes<F>();
    difference<F, W, R>(out + lead * bytes<F>(), p - step, p + step, count - <u32>(lead + trail), d, r);
  }
  if (lead) leftEdge<F, W, R>(out, f, step, 1, plan);
  for (let j = left - 1; j < count; j += line) {
    const at = <usize>j * bytes<F>();
    rightEdge<F, W, R>(out + at, f + at, step, 1, plan);
    if (j + 1 < count) leftEdge<F, W, R>(out + at + bytes<F>(), f + at + bytes<F>(), step, 1, plan);
  }
}

/** As `even`, with the weights A, B, C of row 0 at `table`; see `weights`. The pointer may lie outside memory: only rows of the run are read. */
export function uneven<F, W, R>(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize, table: usize, apart: usize
): void {
  rows<F, W, R>(out, f, count, i, t, n, inner, step, plan, 0, 0, table, apart);
}

/** As `uneven` for a run within one line of the last axis, from the coordinates themselves; x is that of the first sample. */
export function unevenOnce<T>(out: usize, f: usize, count: u32, i: f64, n: f64, plan: usize, x: usize): void {
  if (i == 0) {
    leftEdge<T, T, T>(out, f, sizeof<T>(), 1, plan);
    out += sizeof<T>();
    f += sizeof<T>();
    x += sizeof<T>();
    --count;
    ++i;
  }
  const last = i + <f64>count == n;
  if (last) --count;
  weightedOnce<T>(out, f, x, count);
  if (last) rightEdge<T, T, T>(out + <usize>count * sizeof<T>(), f + <usize>count * sizeof<T>(), sizeof<T>(), 1, plan);
}

@inline
function rows<F, W, R>(
  out: usize, f: usize, count: u32, i: f64, t: f64, n: f64, inner: f64, step: usize, plan: usize,
  d: R, r: R, table: usize, apart: usize
): void {
  let row = <u64>i;
  let skip = <u64>t;
  const last = <u64>n - 1;
  const width = <u64>inner;
  while (count > 0) {
    let run: u64 = 1; // how many rows one formula serves from here
    if (row > 0 && row < last && (table == 0 || width == 1)) run = last - row;
    run = min<u64>(run * width - skip, count);
    if (row == 0) leftEdge<F, W, R>(out, f, step, <u32>run, plan);
    else if (row == last) rightEdge<F, W, R>(out, f, step, <u32>run, plan);
    else if (table == 0) difference<F, W, R>(out, f - step, f + step, <u32>run, d, r);
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

function leftEdge<F, W, R>(out: usize, f: usize, step: usize, count: u32, plan: usize): void {
  const e = plan + LEFT;
  const order = load<f64>(plan + EDGE_ORDER);
  if (order == 1) difference<F, W, R>(out, f, f + step, count, <R>load<f64>(e), 0);
  else if (order == 2) edge<F, W, R>(out, f, f + step, f + 2 * step, count, e);
  else integerEdge<F>(out, f, f + step, count, load<i64>(e));
}

function rightEdge<F, W, R>(out: usize, f: usize, step: usize, count: u32, plan: usize): void {
  const e = plan + RIGHT;
  const order = load<f64>(plan + EDGE_ORDER);
  if (order == 1) difference<F, W, R>(out, f - step, f, count, <R>load<f64>(e), 0);
  else if (order == 2) edge<F, W, R>(out, f - 2 * step, f - step, f, count, e);
  else integerEdge<F>(out, f - step, f, count, load<i64>(e));
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

@inline
function edge<F, W, R>(out: usize, x: usize, y: usize, z: usize, count: u32, e: usize): void {
  combination<F, W, R>(out, x, y, z, count, <R>load<f64>(e), <R>load<f64>(e + 8), <R>load<f64>(e + 16));
}
