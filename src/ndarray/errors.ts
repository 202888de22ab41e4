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
  override readonly name = "AxisError";

  constructor(axis: number, ndim: number) {
    super(`axis ${axis} is out of bounds for array of dimension ${ndim}`);
  }
}
