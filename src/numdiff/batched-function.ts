import { describe, typeOf } from "../ndarray/dtype.js";
import { elementsOf, NDArray } from "../ndarray/ndarray.js";
import { MATRIX_BYTES } from "./batched.js";
import { type Plan, VectorFunction, type Where } from "./vector-function.js";

/** A function of many points, the rows of a matrix, that gives m values for each. A call answers from its last answer. */
export class BatchedFunction extends VectorFunction {
  #plan: Plan | undefined;
  /** Points that the function was given. */
  #given = 0;
  /** What it answered and no call has taken yet, the next one last. */
  #answers: unknown[] = [];

  override follow(plan: Plan): void {
    this.#plan = plan;
    this.#given = 0;
    this.#answers = [];
  }

  override call(where: Where): ArrayLike<number> {
    if (this.#answers.length === 0) this.#answers = this.#evaluate(this.#plan as Plan).reverse();
    return this.took(this.#answers.pop(), where);
  }

  #evaluate({ count, rows }: Plan): unknown[] {
    const most = Math.max(1, Math.floor(MATRIX_BYTES / this.argument.layout.bytes));
    const k = Math.min(most, count - this.#given);
    const points = rows(this.#given, k);
    this.#given += k;
    try {
      return this.#rows(this.#call(points), k);
    } finally {
      points.free();
    }
  }

  #call(points: NDArray): unknown {
    try {
      return this.f(points as never);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The ${this.what} threw in a batch of ${points.shape[0]} points: ${message}`, { cause });
    }
  }

  /** An answer by points: copies, because its memory may be the points' own. */
  #rows(returned: unknown, k: number): unknown[] {
    const values = returned instanceof NDArray ? elementsOf(returned) : returned;
    if (Array.isArray(values)) {
      if (values.length === k) return values.map((row) => (typeOf(row) === undefined ? row : row.slice()));
      throw this.#mismatch(k, `${values.length} rows`);
    }
    if (typeOf(values)?.entry !== "number") throw this.noNumbers(returned, () => ` for ${k} points`);
    const all = values as Float64Array;
    const m = all.length / k;
    if (!Number.isInteger(m) || (returned instanceof NDArray && returned.shape[0] !== k))
      throw this.#mismatch(k, describe(all));
    return Array.from({ length: k }, (_, row) => all.slice(row * m, (row + 1) * m));
  }

  #mismatch(k: number, what: string): RangeError {
    return new RangeError(`The ${this.what} must return a row for each of ${k} points; it returned ${what}.`);
  }
}
