import { type ArrayLikeND, toOperand } from "../ndarray/array-like.js";
import { describe, TYPES, type TypedArray, typeOf } from "../ndarray/dtype.js";
import type { NDArray } from "../ndarray/ndarray.js";
import { type NestedNumbers, type Operand, transfer } from "../ndarray/operand.js";

/**
 * Which entries of an m x n matrix are not zero for certain: a dense matrix (not zero: may depend), or the rows' column
 * indices one row after the other, row i from `indptr[i]` to `indptr[i + 1]` (compressed sparse rows, SciPy's CSR).
 */
export type Sparsity = NestedNumbers | NDArray | ArrayLikeND | SparseRows;

/** Compressed sparse rows. @inline */
export interface SparseRows {
  /** Row i has the indices from `indptr[i]` to before `indptr[i + 1]`. */
  readonly indptr: ArrayLike<number>;
  /** The column of each entry. */
  readonly indices: ArrayLike<number>;
  /** m and n; to be left out where the number of columns is known, as in `jacobian`. */
  readonly shape?: readonly number[];
}

/** Compressed rows, the columns of each in ascending order. */
export interface Pattern {
  readonly m: number;
  readonly n: number;
  readonly indptr: Int32Array<ArrayBuffer>;
  readonly indices: Int32Array<ArrayBuffer>;
}

/** The same by columns: rows of column j from `starts[j]` to `starts[j + 1]`, and the place of each entry among the rows'. */
export interface Columns {
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly places: Int32Array;
}

/**
 * Reads a pattern, or says what is wrong with it.
 *
 * @param columns how many columns it must have; if unknown, compressed rows must say it
 */
export function toPattern(sparsity: unknown, name: string, columns?: number): Pattern {
  const compressed = typeof sparsity === "object" && sparsity !== null && "indptr" in sparsity;
  const pattern = compressed
    ? fromRows(sparsity as SparseRows, name, columns)
    : fromDense(typeOf(sparsity) === undefined ? toOperand(sparsity) : undefined, sparsity, name);
  if (columns !== undefined && pattern.n !== columns) {
    throw new RangeError(
      `${name} must have a column for each of the ${columns} parameters; its shape is [${pattern.m}, ${pattern.n}].`,
    );
  }
  return pattern;
}

function fromDense(source: Operand | undefined, sparsity: unknown, name: string): Pattern {
  if (source === undefined) {
    throw new TypeError(
      `${name} must be a matrix (nested arrays or an NDArray) or { indptr, indices, shape }; got ${describe(sparsity)}.`,
    );
  }
  if (source.shape.length !== 2) throw new RangeError(`${name} must have two axes; its shape is [${source.shape}].`);
  if (source.type.lanes !== 1) throw new TypeError(`${name} must not be ${source.type.name}.`);
  const [m, n] = source.shape as readonly [number, number];
  const entries = new Float64Array(source.size);
  transfer(source, 0, source.size, entries, TYPES.float64);
  const indptr = new Int32Array(m + 1);
  const indices = new Int32Array(entries.reduce((count, entry) => count + (entry === 0 ? 0 : 1), 0));
  let count = 0;
  for (let i = 0; i < m; ++i) {
    for (let j = 0; j < n; ++j) if (entries[i * n + j] !== 0) indices[count++] = j;
    indptr[i + 1] = count;
  }
  return { m, n, indptr, indices };
}

function fromRows({ indptr, indices, shape }: SparseRows, name: string, columns: number | undefined): Pattern {
  const starts = toIntegers(indptr, `${name}.indptr`);
  const m = starts.length - 1;
  if (shape === undefined && columns === undefined) {
    throw new TypeError(`${name} needs shape: [m, n] beside indptr and indices, which do not say how many columns.`);
  }
  if (shape !== undefined && (!Array.isArray(shape) || shape.length !== 2 || shape[0] !== m)) {
    throw new RangeError(
      `${name}.shape must be [m, n], m one less than the ${starts.length} entries of indptr; got ${Array.isArray(shape) ? `[${shape}]` : describe(shape)}.`,
    );
  }
  const n = toIntegers([shape === undefined ? columns : shape[1]], `${name}.shape`)[0] as number;
  const all = toIntegers(indices, `${name}.indices`, n);
  if (m < 0 || starts[0] !== 0 || starts[m] !== all.length) {
    throw new RangeError(
      `${name}.indptr must begin with 0 and end with ${all.length}, the number of indices; got ${m < 0 ? "none" : `${starts[0]} and ${starts[m]}`}.`,
    );
  }
  for (let i = 0; i < m; ++i) sortRow(all, starts, i, name);
  return { m, n, indptr: starts, indices: all };
}

function sortRow(all: Int32Array, starts: Int32Array, i: number, name: string): void {
  const [from, to] = [starts[i] as number, starts[i + 1] as number];
  if (to < from) {
    throw new RangeError(`${name}.indptr must not descend; [${i + 1}] is ${to} after ${from}.`);
  }
  let sorted = true;
  for (let p = from + 1; p < to; ++p) sorted = sorted && (all[p - 1] as number) < (all[p] as number);
  if (sorted) return;
  all.subarray(from, to).sort();
  for (let p = from + 1; p < to; ++p) {
    if (all[p - 1] === all[p]) throw new RangeError(`${name}.indices names column ${all[p]} twice in row ${i}.`);
  }
}

/** A copy, if all are integers from 0 to below a bound. */
export function toIntegers(values: unknown, name: string, below = 2 ** 31): Int32Array<ArrayBuffer> {
  const list = values as ArrayLike<unknown> | null | undefined;
  if (typeof list !== "object" || list === null || !Number.isInteger(list.length)) {
    throw new TypeError(`${name} must be an array of integers; got ${describe(values)}.`);
  }
  const copy = new Int32Array(list.length);
  for (let k = 0; k < copy.length; ++k) {
    const value = list[k];
    if (!Number.isInteger(value) || !((value as number) >= 0 && (value as number) < below)) {
      throw new RangeError(
        `${name} must hold integers of 0 or more${below < 2 ** 31 ? ` and below ${below}` : ""}; [${k}] is ${describe(value)}.`,
      );
    }
    copy[k] = value as number;
  }
  return copy;
}

/** The pattern by columns, by one counting sort. */
export function columnsOf({ m, n, indptr, indices }: Pattern): Columns {
  const starts = new Int32Array(n + 1);
  for (let p = 0; p < indices.length; ++p) starts[(indices[p] as number) + 1]! += 1;
  for (let j = 0; j < n; ++j) starts[j + 1]! += starts[j] as number;
  const next = starts.slice(0, n);
  const rows = new Int32Array(indices.length);
  const places = new Int32Array(indices.length);
  for (let i = 0; i < m; ++i) {
    for (let p = indptr[i] as number; p < (indptr[i + 1] as number); ++p) {
      const at = next[indices[p] as number]!++;
      rows[at] = i;
      places[at] = p;
    }
  }
  return { starts, rows, places };
}

/** Types that integers come in. */
export type Integers = readonly number[] | Exclude<TypedArray, BigInt64Array | BigUint64Array>;
