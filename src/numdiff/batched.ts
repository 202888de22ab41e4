import { describe } from "../ndarray/dtype.js";
import { elementsOf, NDArray } from "../ndarray/ndarray.js";
import { isPromise, promised, threw } from "./differences.js";
import type { Evaluations } from "./evaluations.js";

/** A function of many points, which are the rows of a matrix; it gives a value for each. */
export type BatchLoss = (points: NDArray<readonly [number, number]>) => unknown;

/**
 * Bytes of one matrix of points at most. Linear memory never shrinks again, and all the points of 10,000 parameters
 * would take 1.6 GB of it. 16 MiB hold those of 1000 parameters, or 209 of 10,000: enough that a call costs nothing
 * beside its rows. They are written at 0.1 to 0.3 ns an element up to that size, and at 0.5 in 64 MiB.
 */
export const MATRIX_BYTES = 2 ** 24;

/** How many points to give to each of so many calls at least. */
export function rowsPerCall({ count, differences }: Evaluations, calls: number): number {
  const most = Math.floor(MATRIX_BYTES / differences.argument.layout.bytes);
  return Math.max(1, Math.min(most, Math.ceil(count / calls)));
}

/** Makes all evaluations, in one call of the loss or a few. */
export function evaluateBatches(loss: BatchLoss, evaluations: Evaluations): void {
  const { count } = evaluations;
  const rows = rowsPerCall(evaluations, 1);
  for (let first = 0; first < count; first += rows) {
    const points = evaluations.rows(first, Math.min(rows, count - first));
    try {
      storeValues(evaluations, first, points.shape[0], callBatch(loss, points));
    } finally {
      points.free();
    }
  }
}

function callBatch(loss: BatchLoss, points: NDArray<readonly [number, number]>): unknown {
  try {
    return loss(points);
  } catch (error) {
    throw threwInBatch(error, points.shape[0]);
  }
}

export function threwInBatch(error: unknown, rows: number): Error {
  return threw("loss", error, ` in a batch of ${rows} points`);
}

/** Takes the values of the evaluations from `first` on, which a loss gave for its rows. */
export function storeValues(evaluations: Evaluations, first: number, rows: number, given: unknown): void {
  const values = given instanceof NDArray ? elementsOf(given) : given;
  if (isPromise(values)) throw promised(`${rows} values`, values, "");
  if (!Array.isArray(values) && (!ArrayBuffer.isView(values) || values instanceof DataView)) {
    throw new TypeError(`The loss must return ${rows} values, one for each row; it returned ${describe(given)}.`);
  }
  const { length } = values as ArrayLike<unknown>;
  if (length !== rows) {
    throw new RangeError(`The loss must return ${rows} values, one for each row; it returned ${length}.`);
  }
  for (let row = 0; row < rows; ++row) {
    evaluations.store(first + row, (values as ArrayLike<unknown>)[row], ` for row ${row}`);
  }
}
