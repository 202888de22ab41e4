import { type ArrayLikeND, toOperand } from "../ndarray/array-like.js";
import type { TypedArray } from "../ndarray/dtype.js";
import { describe, TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { AxisError, checkOptions } from "../ndarray/errors.js";
import type { NDArray, Shape } from "../ndarray/ndarray.js";
import { type Operand, transfer } from "../ndarray/operand.js";
import type { FloatBytes } from "./kernels.js";

/** A number, or the coordinates of the samples along one axis; a 0-d array is a number with a type of its own. */
export type Spacing = number | readonly number[] | TypedArray | NDArray | ArrayLikeND;

/** What a result may be written to. */
export type Out = NDArray | TypedArray;

/** Options of `gradient`. */
export interface GradientOptions {
  /** The axis or axes to differentiate along, negative ones counting from the last; all unless set. */
  axis?: number | readonly number[] | null | undefined;
  /** Order of accuracy of the one-sided differences at the two ends of an axis; 1 unless set. */
  edgeOrder?: 1 | 2 | undefined;
  /** Where to write: an array of the result's type and shape, or one for each axis. */
  out?: Out | readonly Out[] | undefined;
}

const OPTIONS = ["axis", "edgeOrder", "out"];

/** The options, if the last argument is such an object. */
export function takeOptions(args: unknown[]): GradientOptions {
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null || Array.isArray(last) || ArrayBuffer.isView(last)) return {};
  if ("data" in last || "shape" in last) return {};
  checkOptions("gradient", last, OPTIONS);
  args.pop();
  return last as GradientOptions;
}

/** The axes asked for, each from 0 on, in their order. NumPy: normalize_axis_tuple. */
export function takeAxes(axis: unknown, shape: Shape): number[] {
  const ndim = shape.length;
  if (axis === undefined || axis === null) return shape.map((_, k) => k);
  const asked = Array.isArray(axis) || ArrayBuffer.isView(axis) ? Array.from(axis as ArrayLike<unknown>) : [axis];
  const axes = asked.map((k) => {
    if (!Number.isInteger(k))
      throw new TypeError(`axis must be an integer or an array of integers; got ${describe(k)}.`);
    const number = k as number;
    if (number < -ndim || number >= ndim) throw new AxisError(number, ndim);
    return number < 0 ? number + ndim : number;
  });
  if (new Set(axes).size < axes.length) throw new RangeError("repeated axis");
  return axes;
}

/** Even spacing. A plain number takes the precision of f (`bytes` 0); one out of an array has its own. */
export interface EvenSpacing {
  readonly h: number;
  readonly bytes: FloatBytes | 0;
  /** The array it came out of. */
  readonly from?: Operand;
}

/** Coordinates, to be read as `type`: float16, float32 or float64. */
export interface Coordinates {
  readonly x: Operand;
  readonly type: TypeInfo;
}

const UNIT: EvenSpacing = { h: 1, bytes: 0 };

/** One spacing for each axis, checked in NumPy's order. */
export function takeSpacings(
  args: readonly unknown[],
  axes: readonly number[],
  shape: Shape,
): (EvenSpacing | Coordinates)[] {
  if (args.length === 0) return axes.map(() => UNIT);
  const spacings = args.map(readSpacing);
  const first = spacings[0];
  if (spacings.length === 1 && first !== undefined && "h" in first) return axes.map(() => first);
  if (spacings.length !== axes.length) throw new TypeError("invalid number of arguments");
  spacings.forEach((spacing, k) => {
    if ("h" in spacing) return;
    if (spacing.x.shape.length !== 1) throw new RangeError("distances must be either scalars or 1d");
    if (spacing.x.size !== shape[axes[k] as number]) {
      throw new RangeError("when 1d, distances must match the length of the corresponding dimension");
    }
    if (spacing.x.size < 2) throw new RangeError("index 0 is out of bounds for axis 0 with size 0");
  });
  return spacings;
}

function readSpacing(value: unknown, k: number): EvenSpacing | Coordinates {
  if (typeof value === "number") return { h: value, bytes: 0 };
  const x = toOperand(value);
  if (x === undefined) {
    throw new TypeError(`Spacing ${k + 1} must be a number or an array of coordinates; got ${describe(value)}.`);
  }
  const { name } = x.type;
  if (/^comp|date/.test(name)) throw new TypeError(`Spacing ${k + 1} must be real numbers; got an array of ${name}.`);
  // NumPy turns integers into float64 before it takes differences, so that unsigned ones never wrap.
  const type = name === "float16" || name === "float32" ? x.type : TYPES.float64;
  if (x.shape.length > 0) return { x, type };
  const number = new Float64Array(1);
  transfer(x, 0, 1, number, TYPES.float64);
  const [h] = number as unknown as [number];
  // Twice as long a duration is none.
  const overflows = name === "timedelta64" && Math.abs(h) >= 2 ** 62;
  return { h: overflows ? Number.NaN : h, bytes: type.bytes as FloatBytes, from: x };
}
