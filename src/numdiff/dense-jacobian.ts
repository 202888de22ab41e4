import { TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { addressOf, allocate, elementsOf, type NDArray, viewOf } from "../ndarray/ndarray.js";
import { entryName } from "../params/parameters.js";
import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import type { Differences, Run } from "./differences.js";
import { rowsOf } from "./evaluations.js";
import { KERNELS } from "./kernels.js";
import type { Scheme } from "./scheme.js";
import type { VectorFunction } from "./vector-function.js";

export type Matrix = NDArray<readonly [number, number]>;

/**
 * The m x n matrix of differences, one column after the other.
 *
 * @param differences open, of an argument that is one array and not empty
 * @param f0 the values at the argument, if they are known
 */
export function denseJacobian(
  f: VectorFunction,
  differences: Differences,
  scheme: Scheme,
  f0: ArrayLike<number> | undefined,
): Matrix {
  const { argument, base } = differences;
  const { kind, count: n, offset, lo, hi } = differences.runs[0] as Run;
  const elements = argument[kind];
  const central = scheme.method === "central";
  let columns: ColumnWriter | undefined;
  let i = -1;
  let saved = 0;
  const where = () =>
    i < 0 ? "" : ` while ${entryName(argument.layout, kind, i)} was ${elements[i]} instead of ${saved}`;
  const evaluate = (points: number, slot: 1 | 2) => {
    elements[i] = views[kind][(base + points) / elements.BYTES_PER_ELEMENT + i] as number;
    let values = f.call(where);
    if (columns === undefined) {
      values = Float64Array.from(values); // they may lie in linear memory, which may grow now
      columns = new ColumnWriter(kind, values.length, n);
    }
    columns.put(values, slot);
    elements[i] = saved; // not before, for the values may be what the function was given
  };
  try {
    let single = f.single;
    const needed = differences.points(scheme, "", single);
    const plan = (atCenter: 0 | 1) =>
      f.follow({
        count: atCenter + (central ? 2 : 1) * n,
        rows: (first, count) => rowsOf(differences, central, first - atCenter, count),
      });
    plan(needed && f0 === undefined ? 1 : 0);
    const center = f0 ?? (needed ? Float64Array.from(f.call(where)) : undefined);
    if (center !== undefined) {
      columns = new ColumnWriter(kind, center.length, n);
      columns.put(center, 0);
    }
    for (i = 0; i < n; ++i) {
      saved = elements[i] as number;
      if (central) evaluate(lo, 1);
      if (f.single && !single) {
        // Known only now: float32 values need larger steps.
        single = true;
        differences.points(scheme, "", single);
        plan(0);
        i = -1;
        continue;
      }
      evaluate(hi, 2);
      const x = base + offset;
      const bad = (columns as ColumnWriter).write(i, x, central ? base + lo : 0, base + hi);
      if (bad >= 0) throw overflow(kind, bad, i);
    }
    argument.checkUnchanged(base, "", f.what);
    return (columns as ColumnWriter).release();
  } finally {
    columns?.free();
  }
}

export function overflow(kind: "f64" | "f32", i: number, j: number): RangeError {
  return new RangeError(
    `The Jacobian is not finite, in row ${i} and column ${j}: it overflows float${kind === "f64" ? 64 : 32}.`,
  );
}

/** Columns that go to the matrix together: of float64, a cache line of each row. */
const TOGETHER = 8;

/**
 * Makes columns of quotients and writes them to a row-major matrix.
 *
 *     f0 | fLo | fHi    m values each, float64
 *     tile              up to eight columns of the matrix, each contiguous
 *
 * One column touches as many cache lines of the matrix as it has rows; eight together fill them.
 */
class ColumnWriter {
  readonly #type: TypeInfo;
  readonly #matrix: Matrix;
  readonly #block: Block;
  #done = false;

  constructor(
    readonly kind: "f64" | "f32",
    readonly m: number,
    readonly n: number,
  ) {
    this.#type = kind === "f64" ? TYPES.float64 : TYPES.float32;
    this.#block = heap.allocate(8 * 3 * m + this.#type.bytes * m * Math.min(n, TOGETHER));
    try {
      this.#matrix = allocate(this.#type, [m, n] as const);
    } catch (error) {
      heap.free(this.#block);
      throw error;
    }
  }

  /** Takes the values at x (0) or at the points of one parameter (1 and 2). */
  put(values: ArrayLike<number>, slot: 0 | 1 | 2): void {
    views.f64.set(values, this.#block.address / 8 + slot * this.m);
  }

  /**
   * Writes column j.
   *
   * @param x address of the parameters, as lo and hi are those of their points
   * @returns the first row whose quotient is not finite, or -1
   */
  write(j: number, x: number, lo: number, hi: number): number {
    const { kind, m, n } = this;
    const { bytes } = this.#type;
    const f0 = this.#block.address;
    const tile = f0 + 3 * 8 * m;
    const k = j % TOGETHER;
    const at = j * bytes;
    const to = tile + k * m * bytes;
    const bad = KERNELS[kind]().column(to, x + at, lo && lo + at, hi + at, f0, f0 + 8 * m, f0 + 16 * m, m);
    if (bad < m) return bad;
    if (k === TOGETHER - 1 || j === n - 1) this.#flush(tile, j - k, k + 1);
    return -1;
  }

  #flush(tile: number, first: number, k: number): void {
    const { kind, m, n } = this;
    const matrix = addressOf(this.#matrix);
    const { bytes } = this.#type;
    if (matrix >= 0) {
      KERNELS[kind]().transpose(matrix + first * bytes, n * bytes, tile, m, k);
      return;
    }
    const target = elementsOf(this.#matrix);
    const source = viewOf(this.#type, tile, k * m);
    for (let i = 0; i < m; ++i) for (let c = 0; c < k; ++c) target[i * n + first + c] = source[c * m + i] as number;
  }

  /** The matrix, which is the caller's from now on. */
  release(): Matrix {
    this.#done = true;
    return this.#matrix;
  }

  free(): void {
    heap.free(this.#block);
    if (!this.#done) this.#matrix.free();
  }
}
