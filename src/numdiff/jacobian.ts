import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import type { NDArray } from "../ndarray/ndarray.js";
import { BatchedFunction } from "./batched-function.js";
import { denseJacobian } from "./dense-jacobian.js";
import { Differences } from "./differences.js";
import { group } from "./group-columns.js";
import { columnsOf, type Pattern, type Sparsity, toIntegers, toPattern } from "./pattern.js";
import { type SchemeOptions, schemeOf } from "./scheme.js";
import { type LiveArray, type MatrixFor, type SingleArray, singleArray } from "./single-array.js";
import { type SparseMatrix, type Structure, sparseJacobian } from "./sparse-jacobian.js";
import { type Func, type Values, VectorFunction } from "./vector-function.js";

/** Options of `jacobian`. */
export interface JacobianOptions extends SchemeOptions {
  /** The values of f at x, if they are known. */
  f0?: Values;
}

/** Options of `jacobian` with `sparsity`. */
export interface SparseJacobianOptions extends JacobianOptions {
  /** Where the Jacobian may be other than zero: m x n, not zero where it may, or { indptr, indices }. */
  sparsity: Sparsity;
  /** The group of each column, as `groupColumns` gives them; made anew unless set. */
  groups?: ArrayLike<number>;
}

/** Points as rows, and what a function of them returns: a row for each. @inline */
type Points = NDArray<readonly [number, number]>;
/** @inline */
type BatchValues = readonly Values[] | Float64Array | Float32Array | NDArray;

/** What f is, and what comes back: S is undefined without `sparsity`, and B is whether f takes many points. */
type FunctionOf<X, B> = B extends true ? (points: Points) => BatchValues : (x: LiveArray<X>) => Values;
/** @inline */
type Options<S, B> = Partial<Omit<SparseJacobianOptions, "sparsity">> & {
  sparsity?: S;
  /**
   * Gives f many points at once, as rows of an NDArray of shape [k, n] that is valid until it returns; f returns a row of
   * m values for each, nested or flat. Calls are few: a matrix has up to 16 MiB.
   */
  batch?: B;
};
type SparseFor<X> = SparseMatrix<X extends Float32Array ? Float32Array<ArrayBuffer> : Float64Array<ArrayBuffer>>;
type Result<X, S> = unknown extends S ? SparseFor<X> : S extends undefined ? MatrixFor<X> : SparseFor<X>; // first: any

const OPTIONS = ["method", "relStep", "absStep", "bounds", "f0", "sparsity", "groups", "batch"];

/**
 * The Jacobian of a function with many values, by finite differences: row i, column j is ∂fᵢ/∂xⱼ.
 *
 *     central    (f(x + h) - f(x - h)) / ((x + h) - (x - h)),   h = ε^(1/3) max(1, |x|)
 *     forward    (f(x + h) - f(x)) / ((x + h) - x),             h = ε^(1/2) max(1, |x|), away from 0
 *     backward   with -h
 *
 * one parameter after the other, 2n evaluations (central) or n + 1; ε is the machine epsilon of the parameters' type, or
 * of the values' if that is float32. With `sparsity`, parameters whose columns share no row move together: 2 evaluations
 * for each group of columns (central) or 1 and the one at x, however large n is.
 *
 * @param f the function; it is given the parameters as x has them (numbers as Float64Array) and returns m numbers in any
 *   array, or one number, which is m = 1; see `batch` for functions of many points
 * @param x n parameters in one array: numbers, a typed array or an NDArray. Never written
 * @returns m x n: nested arrays for plain numbers, else an NDArray. With `sparsity` always
 *   { shape, indptr, indices, values }, the entries of the pattern row by row, columns ascending, zeros among them
 * @throws {RangeError} if f returns NaN, an infinity or another number of values than before, x leaves the bounds, an
 *   option is out of range, or columns of a group share a row
 * @throws {TypeError} if f is not a function or returns no numbers, or x is not one array of numbers
 * @throws {Error} if f throws, which is the cause
 * @example
 * const polar = ([r, angle]) => [r * Math.cos(angle), r * Math.sin(angle)];
 * const rows = jacobian(polar, [2, 0]);
 * console.log(rows.map((row) => row.map((v) => +v.toFixed(6)))); // [ [ 1, 0 ], [ 0, 2 ] ]
 *
 * const squares = (x) => x.map((v) => v ** 2);
 * const sparsity = { indptr: [0, 1, 2, 3], indices: [0, 1, 2] };
 * console.log(jacobian(squares, [1, 2, 3], { sparsity, absStep: 0.25 }).values); // Float64Array(3) [ 2, 4, 6 ]
 * @see scipy.optimize._numdiff.approx_derivative
 */
export function jacobian<X extends SingleArray, S extends Sparsity | undefined = undefined, B extends boolean = false>(
  f: FunctionOf<X, B>,
  x: X,
  options?: Options<S, B>,
): Result<X, S>;
export function jacobian(f: Func, x: unknown, options: Options<Sparsity, boolean> = {}): unknown {
  if (typeof f !== "function") {
    throw new TypeError(`jacobian takes a function and parameters; the first is ${describe(f)}.`);
  }
  checkOptions("jacobian", options, OPTIONS);
  const argument = singleArray(x, "jacobian");
  const n = argument.layout.size;
  const scheme = schemeOf(options, argument);
  const { sparsity, groups, batch = false } = options;
  if (typeof batch !== "boolean") throw new TypeError(`batch must be true or false; got ${describe(batch)}.`);
  if (sparsity === undefined && groups !== undefined) throw new TypeError("groups need sparsity beside them.");
  const structure = sparsity === undefined ? undefined : structureOf(toPattern(sparsity, "sparsity", n), groups);

  const vector = new (batch ? BatchedFunction : VectorFunction)(f, argument, "function");
  if (structure !== undefined) vector.expect(structure.pattern.m, "one for each row of sparsity");
  const f0 = options.f0 === undefined ? undefined : vector.given(options.f0);
  const differences = new Differences(argument);
  differences.open(scheme.bounds !== undefined);
  try {
    if (structure !== undefined) return sparseJacobian(vector, differences, scheme, f0, structure);
    const matrix = denseJacobian(vector, differences, scheme, f0);
    if (!Array.isArray(x)) return matrix;
    const rows = matrix.toArray();
    matrix.free();
    return rows;
  } finally {
    differences.free();
  }
}

function structureOf(pattern: Pattern, groups: unknown): Structure {
  const columns = columnsOf(pattern);
  return { pattern, columns, groups: groups === undefined ? group(pattern, columns) : checkGroups(groups, pattern) };
}

/** Refuses groups with which one difference would measure two columns at once. */
function checkGroups(given: unknown, { m, n, indptr, indices }: Pattern): Int32Array {
  const groups = toIntegers(given, "groups", n);
  if (groups.length !== n) {
    throw new RangeError(`groups must have one number for each of the ${n} parameters; got ${describe(given)}.`);
  }
  // The last entry of each group.
  const rows = new Int32Array(n).fill(-1);
  const columns = new Int32Array(n);
  for (let i = 0; i < m; ++i) {
    for (let p = indptr[i] as number; p < (indptr[i + 1] as number); ++p) {
      const j = indices[p] as number;
      const g = groups[j] as number;
      if (rows[g] === i) {
        throw new RangeError(
          `Columns ${columns[g]} and ${j} share row ${i} of sparsity and must not be in one group, as they are in ${g}.`,
        );
      }
      rows[g] = i;
      columns[g] = j;
    }
  }
  return groups;
}
