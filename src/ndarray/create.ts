import { type ArrayLikeND, toOperand } from "./array-like.js";
import { type DType, describe, type Elements, TYPES, type TypedArray, typeInfo } from "./dtype.js";
import { checkOptions } from "./errors.js";
import { allocate, checkSize, elementsOf, type NDArray, type Shape, sizeOf } from "./ndarray.js";
import { type Operand, transfer } from "./operand.js";

/** What `array` makes arrays of. */
export type ArrayInput = number | bigint | boolean | NestedValues | TypedArray | NDArray | ArrayLikeND;
type NestedValues = readonly (number | bigint | boolean | NestedValues | TypedArray)[];

/** Options of `array`. */
export interface ArrayOptions<S extends Shape = Shape> {
  /** The shape, if it is not that of the values: their number must match. */
  readonly shape?: S;
  /** The element type, if it is not that of the values. */
  readonly dtype?: DType;
  /** For datetime64 and timedelta64: what a tick is, "s" or "D", say. */
  readonly unit?: string;
}

/** The shape of nested arrays, as far as the type tells. */
export type ShapeOf<T> = T extends number | bigint | boolean
  ? readonly []
  : T extends TypedArray | readonly (number | bigint | boolean)[]
    ? readonly [number]
    : T extends readonly (readonly (number | bigint | boolean)[])[]
      ? readonly [number, number]
      : T extends readonly (readonly (readonly number[])[])[]
        ? readonly [number, number, number]
        : T extends NDArray<infer S>
          ? S
          : Shape;

/**
 * A new array, a copy of the values.
 *
 * @param values a number, bigint or boolean, (nested) plain arrays of them, a typed array, an NDArray or
 *   { data, shape, ... }. Complex types read re, im in turn: from flat values, or from pairs along the last axis
 * @param options `shape` and `dtype` (from the values unless set), `unit` of datetime64 and timedelta64
 * @throws {RangeError} if nested arrays are ragged, with the index where they break, or the number of values does not
 *   fit the shape
 * @throws {TypeError} if a value is not a number or dtype is none
 * @example
 * const a = array([1, 2, 3, 4], { shape: [2, 2], dtype: "float32" });
 * console.log(a.dtype, a.toArray()); // float32 [ [ 1, 2 ], [ 3, 4 ] ]
 * @see numpy.array
 */
export function array<const S extends Shape>(
  values: ArrayInput,
  options: ArrayOptions<S> & { readonly shape: S },
): NDArray<S>;
export function array<T extends ArrayInput>(values: T, options?: ArrayOptions): NDArray<ShapeOf<T>>;
export function array(values: unknown, options: ArrayOptions = {}): unknown {
  checkOptions("array", options, ["shape", "dtype", "unit"]);
  const scalar = typeof values === "number" || typeof values === "bigint" || typeof values === "boolean";
  const source = toOperand(scalar ? [values] : values, options.dtype === "uint64" ? TYPES.uint64 : undefined);
  if (source === undefined)
    throw new TypeError(
      `array takes numbers, nested arrays, a typed array or { data, shape }; got ${describe(values)}.`,
    );
  const type = options.dtype === undefined ? source.type : typeInfo(options.dtype);
  const unit = options.unit ?? source.unit;
  if (unit !== undefined && typeof unit !== "string")
    throw new TypeError(`unit must be a string; got ${describe(unit)}.`);
  const pairs = type.lanes > source.type.lanes;
  if (source.type.lanes > type.lanes) throw new TypeError(`Complex values cannot become ${type.name}.`);
  let shape: Shape = scalar ? [] : source.shape;
  if (pairs) {
    if (source.size % 2 !== 0) throw new RangeError(`${type.name} takes re, im in turn; got ${source.size} values.`);
    if (shape.length > 1 && shape[shape.length - 1] !== 2 && options.shape === undefined)
      throw new RangeError(`${type.name} takes re, im along the last axis, or a shape; got shape [${shape}].`);
    shape = shape.length > 1 ? shape.slice(0, -1) : [source.size / 2];
  }
  const size = pairs ? source.size / 2 : source.size;
  if (options.shape !== undefined) {
    shape = checkShape(options.shape);
    if (sizeOf(shape) !== size)
      throw new RangeError(`${size} values do not fill shape [${shape}], which has ${sizeOf(shape)} elements.`);
  }
  const result = allocate(type, shape, unit);
  try {
    const target = elementsOf(result);
    if (type === TYPES.bool && source.type !== TYPES.bool) setTruths(source, target);
    else transfer(source, 0, source.size, target, type);
  } catch (error) {
    result.free();
    throw error;
  }
  return result;
}

/** Whether each value is anything but zero, as NumPy casts to bool. */
function setTruths(source: Operand, target: Elements): void {
  const values = new Float64Array(source.size);
  transfer(source, 0, source.size, values, TYPES.float64);
  values.forEach((value, i) => {
    target[i] = value === 0 ? 0 : 1;
  });
}

/**
 * A new array of zeros.
 *
 * @param shape the length of each axis; a number stands for one axis
 * @param dtype the element type, float64 unless set
 * @throws {RangeError} if a length is not an integer of 0 or more, or there is no room
 * @example
 * console.log(zeros([2, 3], "float32").toArray()); // [ [ 0, 0, 0 ], [ 0, 0, 0 ] ]
 * @see numpy.zeros
 */
export function zeros(shape: number, dtype?: DType): NDArray<readonly [number]>;
export function zeros<const S extends Shape>(shape: S, dtype?: DType): NDArray<S>;
export function zeros(shape: number | Shape, dtype: DType = "float64"): NDArray {
  const type = typeInfo(dtype);
  const result = allocate(type, checkShape(typeof shape === "number" ? [shape] : shape));
  elementsOf(result).fill((type.entry === "bigint" ? 0n : 0) as never);
  return result;
}

function checkShape(shape: unknown): Shape {
  if (!Array.isArray(shape) && !ArrayBuffer.isView(shape))
    throw new TypeError(`shape must be an array of lengths; got ${describe(shape)}.`);
  const copy = Array.from(shape as ArrayLike<unknown>);
  for (const length of copy) {
    if (!Number.isSafeInteger(length) || (length as number) < 0) {
      throw new RangeError(`shape must hold integers of 0 or more; got [${copy.map(describe).join(", ")}].`);
    }
  }
  checkSize(copy as number[]);
  return copy as number[];
}
