import { describe } from "./dtype.js";

/**
 * An axis that the array does not have; NumPy's AxisError.
 *
 * @example
 * try {
 *   gradient([1, 2, 4], { axis: 1 });
 * } catch (error) {
 *   console.log(String(error)); // AxisError: axis 1 is out of bounds for array of dimension 1
 * }
 */
export class AxisError extends RangeError {
  /** "AxisError". */
  override readonly name = "AxisError";

  /** An axis out of range for an array of `ndim` dimensions. */
  constructor(axis: number, ndim: number) {
    super(`axis ${axis} is out of bounds for array of dimension ${ndim}`);
  }
}

/** Refuses options that a function does not have: a misspelt one would be silently ignored. */
export function checkOptions(name: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`The options of ${name} must be an object; got ${describe(options)}.`);
  for (const key in options) {
    if (!known.includes(key))
      throw new TypeError(`${name} has no option ${JSON.stringify(key)}; it takes ${known.join(", ")}.`);
  }
}
