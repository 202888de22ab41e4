import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { type Columns, columnsOf, type Pattern, type Sparsity, toIntegers, toPattern } from "./pattern.js";

/** Options of `groupColumns`. */
export interface GroupColumnsOptions {
  /** The order in which columns look for a group; chosen by the pattern unless set. */
  order?: ArrayLike<number>;
}

/**
 * Groups of columns of a sparse matrix that share no row, so that one difference measures all columns of a group.
 *
 * Each column joins the first group that has none of its rows. In the order of the columns that gives the fewest groups
 * a band can have (as many as its width, 3 for a tridiagonal matrix). Where some row has fewer entries than there are
 * groups then, the columns are tried a second time from the densest part of the pattern outwards (smallest-last), which
 * brings a band with permuted columns down to its width again; the order with fewer groups is kept.
 *
 * @param pattern the matrix, or where it is not zero: nested arrays, an NDArray, or { indptr, indices, shape }
 * @param options.order each column once; with it the groups are SciPy's for the same order
 * @returns the number of each column's group, 0 and up
 * @throws {RangeError} if an index or the shape is out of range, an index is repeated, or order is no permutation
 * @throws {TypeError} if pattern is none of these
 * @example
 * const tridiagonal = [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]];
 * console.log(groupColumns(tridiagonal)); // Int32Array(4) [ 0, 1, 2, 0 ]
 * @see scipy.optimize._numdiff.group_columns; A. Curtis, M. Powell and J. Reid, On the estimation of sparse Jacobian
 *   matrices (1974); T. Coleman and J. Moré, Estimation of sparse Jacobian matrices and graph coloring problems (1983)
 */
export function groupColumns(pattern: Sparsity, options: GroupColumnsOptions = {}): Int32Array<ArrayBuffer> {
  checkOptions("groupColumns", options, ["order"]);
  const found = toPattern(pattern, "pattern");
  const columns = columnsOf(found);
  const { order } = options;
  return order === undefined ? group(found, columns) : greedy(found, columns, checkOrder(order, found.n)).groups;
}

function checkOrder(order: unknown, n: number): Int32Array {
  const checked = toIntegers(order, "order", n);
  if (checked.length !== n || new Set(checked).size !== n) {
    throw new RangeError(`order must name each of the ${n} columns once; got ${describe(order)}.`);
  }
  return checked;
}

/** Groups in the better of two orders. */
export function group(pattern: Pattern, columns: Columns): Int32Array<ArrayBuffer> {
  const { m, n, indptr } = pattern;
  const natural = greedy(
    pattern,
    columns,
    Int32Array.from({ length: n }, (_, j) => j),
  );
  // The columns of one row are all in different groups. The work for the second order is that of all pairs in a row.
  let fewest = Math.min(n, 1);
  let pairs = 0;
  for (let i = 0; i < m; ++i) {
    const length = (indptr[i + 1] as number) - (indptr[i] as number);
    fewest = Math.max(fewest, length);
    pairs += length * length;
  }
  if (natural.count === fewest || pairs > MOST_PAIRS) return natural.groups;
  const other = greedy(pattern, columns, smallestLast(pattern, columns));
  return other.count < natural.count ? other.groups : natural.groups;
}

/** Some seconds. */
const MOST_PAIRS = 1e9;

/** One group after the other, each filled with what fits of the columns that are left. */
function greedy({ m, n }: Pattern, { starts, rows }: Columns, order: Int32Array) {
  const groups = new Int32Array(n);
  const taken = new Int32Array(m).fill(-1); // the group that a row was last taken by
  const left = order.slice();
  let count = 0;
  for (let length = n; length > 0; ++count) {
    let kept = 0;
    for (let k = 0; k < length; ++k) {
      const j = left[k] as number;
      const [from, to] = [starts[j] as number, starts[j + 1] as number];
      let p = from;
      while (p < to && taken[rows[p] as number] !== count) ++p;
      if (p < to) left[kept++] = j;
      else {
        groups[j] = count;
        for (p = from; p < to; ++p) taken[rows[p] as number] = count;
      }
    }
    length = kept;
  }
  return { groups, count };
}

/**
 * The order that ends with the column that meets the fewest others, before it the one that meets the fewest of the rest,
 * and so on. Columns are in lists by how many they meet, counted with each row in common.
 */
function smallestLast({ n, indptr, indices }: Pattern, { starts, rows }: Columns): Int32Array {
  const degrees = new Int32Array(n);
  for (let j = 0; j < n; ++j) {
    for (let p = starts[j] as number; p < (starts[j + 1] as number); ++p) {
      const i = rows[p] as number;
      degrees[j]! += (indptr[i + 1] as number) - (indptr[i] as number) - 1;
    }
  }
  const heads = new Int32Array(degrees.reduce((a, b) => Math.max(a, b), 0) + 1).fill(-1);
  const after = new Int32Array(n);
  const before = new Int32Array(n);
  const put = (j: number) => {
    const degree = degrees[j] as number;
    const head = heads[degree] as number;
    after[j] = head;
    before[j] = -1;
    if (head >= 0) before[head] = j;
    heads[degree] = j;
  };
  const take = (j: number) => {
    const [a, b] = [after[j] as number, before[j] as number];
    if (b >= 0) after[b] = a;
    else heads[degrees[j] as number] = a;
    if (a >= 0) before[a] = b;
  };
  for (let j = 0; j < n; ++j) put(j);
  const order = new Int32Array(n);
  let lowest = 0;
  for (let k = n - 1; k >= 0; --k) {
    while ((heads[lowest] as number) < 0) ++lowest;
    const j = heads[lowest] as number;
    take(j);
    degrees[j] = -1;
    order[k] = j;
    for (let p = starts[j] as number; p < (starts[j + 1] as number); ++p) {
      const i = rows[p] as number;
      for (let q = indptr[i] as number; q < (indptr[i + 1] as number); ++q) {
        const other = indices[q] as number;
        const degree = degrees[other] as number;
        if (degree < 0) continue;
        take(other);
        degrees[other] = degree - 1;
        put(other);
        lowest = Math.min(lowest, degree - 1);
      }
    }
  }
  return order;
}
