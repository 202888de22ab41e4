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
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new TypeError(`${name} has no option ${JSON.stringify(key)}; it takes ${known.join(", ")}.`);
  }
}

export function checkAtLeastZero(name: string, value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number; got ${describe(value)}.`);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new RangeError(`${name} must be a finite number of 0 or more; got ${value}.`);
  return value;
}
