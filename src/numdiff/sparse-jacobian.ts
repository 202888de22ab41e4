import { type Elements, TYPES } from "../ndarray/dtype.js";
import { allocate, elementsOf } from "../ndarray/ndarray.js";
import { views } from "../wasm/heap.js";
import { overflow } from "./dense-jacobian.js";
import type { Differences, Run } from "./differences.js";
import type { Columns, Pattern } from "./pattern.js";
import type { Scheme } from "./scheme.js";
import type { VectorFunction } from "./vector-function.js";

/** A sparse m x n matrix by rows: entries `indptr[i]` to `indptr[i + 1]` are those of row i, columns ascending. */
export interface SparseMatrix<V = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>> {
  /** m and n. */
  readonly shape: readonly [number, number];
  /** Row i has the entries from `indptr[i]` to before `indptr[i + 1]`. */
  readonly indptr: Int32Array<ArrayBuffer>;
  /** The column of each entry. */
  readonly indices: Int32Array<ArrayBuffer>;
  /** The entries, row by row. */
  readonly values: V;
}

export interface Structure {
  readonly pattern: Pattern;
  readonly columns: Columns;
  /** The group of each column; no two columns of a group share a row. */
  readonly groups: Int32Array;
}

/**
 * The entries of a pattern by differences, one group of columns after the other, whose parameters move together.
 *
 * @param differences open, of an argument that is one array and not empty
 * @param f0 the values at the argument, if they are known
 */
export function sparseJacobian(
  f: VectorFunction,
  differences: Differences,
  scheme: Scheme,
  f0: ArrayLike<number> | undefined,
  { pattern, columns, groups }: Structure,
): SparseMatrix {
  const { argument, base } = differences;
  const { kind, count: n, lo, hi } = differences.runs[0] as Run;
  const { m, indptr, indices } = pattern;
  const elements = argument[kind];
  const x = elements.slice();
  const central = scheme.method === "central";
  const { members, ends } = byGroup(groups);
  const membersOf = (g: number) => members.subarray(g === 0 ? 0 : ends[g - 1], ends[g]);
  let group = -1;
  const where = () => (group < 0 ? "" : ` while the parameters of group ${group} were moved`);
  // Copies, because the function may grow linear memory.
  const copyOf = (points: number) => {
    const from = (base + points) / x.BYTES_PER_ELEMENT;
    return views[kind].slice(from, from + n);
  };

  let single = f.single;
  const needed = differences.points(scheme, "", single);
  let [below, above] = [central ? copyOf(lo) : x, copyOf(hi)];
  const plan = (atCenter: 0 | 1) => {
    const filled = Array.from(ends.keys()).filter((g) => membersOf(g).length > 0);
    const each = central ? 2 : 1;
    const write = (row: Elements, k: number) => {
      row.set(x as unknown as ArrayLike<never>);
      if (k < 0) return;
      const to = central && k % 2 === 0 ? below : above;
      for (const j of membersOf(filled[Math.floor(k / each)] as number)) row[j] = to[j] as number;
    };
    f.follow({
      count: atCenter + each * filled.length,
      rows: (first, count) => {
        const matrix = allocate(kind === "f64" ? TYPES.float64 : TYPES.float32, [count, n] as const);
        const all = elementsOf(matrix);
        for (let r = 0; r < count; ++r) write(all.subarray(r * n, (r + 1) * n), first + r - atCenter);
        return matrix;
      },
    });
  };
  plan(needed && f0 === undefined ? 1 : 0);
  const center = Float64Array.from(f0 ?? (needed ? f.call(where) : []));
  const fBelow = central ? new Float64Array(m) : center;
  const fAbove = new Float64Array(m);
  const values = new (kind === "f64" ? Float64Array : Float32Array)(indices.length);
  for (group = 0; group < ends.length; ++group) {
    const moved = membersOf(group);
    if (moved.length === 0) continue;
    const evaluate = (points: ArrayLike<number>, values: Float64Array) => {
      const before = elements.slice();
      for (const j of moved) elements[j] = points[j] as number;
      values.set(f.call(where));
      for (const j of moved) elements[j] = before[j] as number;
    };
    if (central) evaluate(below, fBelow);
    if (f.single && !single) {
      // Known only now: float32 values need larger steps.
      single = true;
      differences.points(scheme, "", single);
      [below, above] = [central ? copyOf(lo) : x, copyOf(hi)];
      plan(0);
      group = -1;
      continue;
    }
    evaluate(above, fAbove);
    for (const j of moved) {
      const bad = quotients(
        values,
        columns,
        j,
        x[j] as number,
        below[j] as number,
        above[j] as number,
        center,
        fBelow,
        fAbove,
      );
      if (bad >= 0) throw overflow(kind, bad, j);
    }
  }
  argument.checkUnchanged(base, "", f.what);
  return { shape: [m, n], indptr, indices, values };
}

/**
 * Writes the entries of column j.
 *
 * @param x parameter j, `below` and `above` its points; for one-sided differences the first is x itself
 * @returns the first row whose quotient is not finite, or -1
 */
function quotients(
  values: Float64Array | Float32Array,
  { starts, rows, places }: Columns,
  j: number,
  x: number,
  below: number,
  above: number,
  f0: Float64Array,
  fBelow: Float64Array,
  fAbove: Float64Array,
): number {
  const sameSide = (below > x && above > x) || (below < x && above < x);
  const difference = above - (sameSide ? x : below);
  const dx = values instanceof Float32Array ? Math.fround(difference) : difference;
  let bad = -1;
  for (let p = starts[j] as number; p < (starts[j + 1] as number); ++p) {
    const i = rows[p] as number;
    const [lo, hi] = [fBelow[i] as number, fAbove[i] as number];
    const at = places[p] as number;
    values[at] = (sameSide ? -3 * (f0[i] as number) + 4 * lo - hi : hi - lo) / dx;
    if (!Number.isFinite(values[at]) && bad < 0) bad = i;
  }
  return bad;
}

/** Columns by group, those of group g before `ends[g]`, in ascending order. */
function byGroup(groups: Int32Array): { members: Int32Array; ends: Int32Array } {
  const ends = new Int32Array(groups.reduce((most, g) => Math.max(most, g + 1), 0));
  for (const g of groups) ends[g]! += 1;
  for (let g = 1; g < ends.length; ++g) ends[g]! += ends[g - 1] as number;
  const members = new Int32Array(groups.length);
  const next = ends.slice();
  for (let j = groups.length - 1; j >= 0; --j) members[--next[groups[j] as number]!] = j;
  return { members, ends };
}
