/** An axis that the array does not have; NumPy's AxisError. */
export class AxisError extends RangeError {
  override readonly name = "AxisError";

  constructor(axis: number, ndim: number) {
    super(`axis ${axis} is out of bounds for array of dimension ${ndim}`);
  }
}
