import { type ArrayLikeND, toOperand } from "../ndarray/array-like.js";
import {
  describe,
  type Elements,
  type Float16ArrayLike,
  TYPES,
  type TypedArray,
  type TypeInfo,
} from "../ndarray/dtype.js";
import type { NDArray, Shape } from "../ndarray/ndarray.js";
import type { NestedNumbers, Operand } from "../ndarray/operand.js";
import {
  type Coordinates,
  type EvenSpacing,
  type GradientOptions,
  type Spacing,
  takeAxes,
  takeOptions,
  takeSpacings,
} from "./arguments.js";
import { evened } from "./coordinates.js";
import { answerOf, discard, makeResult, placeOf, resultType, takeOut } from "./results.js";
import { sweep } from "./sweep.js";

/** What a typed array gives: itself for floats, float64 for integers. */
export type FloatArray<T> = T extends Float32Array
  ? Float32Array<ArrayBuffer>
  : T extends Float16ArrayLike
    ? Float16ArrayLike
    : Float64Array<ArrayBuffer>;

/** The results of differentiating an array of shape S along all of its axes: one, or one for each. */
export type AllAxes<S extends Shape, Result> = number extends S["length"]
  ? Result | Result[]
  : S["length"] extends 1
    ? Result
    : { -readonly [axis in keyof S]: Result };

/** @inline */
type OneAxis = GradientOptions & { readonly axis: number };
/** @inline */
type SomeAxes = GradientOptions & { readonly axis: readonly number[] };
/** @inline */
type EveryAxis = GradientOptions & { readonly axis?: null | undefined };

/** Spacings, and options at the end. @inline */
type Arguments<Options> = Spacing[] | [...Spacing[], Options];

/**
 * The gradient of an array of samples, as np.gradient computes it, bit for bit.
 *
 * Central differences inside, one-sided differences of order `edgeOrder` at the two ends of each axis:
 *
 *     (f[i+1] - f[i-1]) / 2h                                     even spacing h
 *     a f[i-1] + b f[i] + c f[i+1]                               uneven spacing p = x[i]-x[i-1], q = x[i+1]-x[i]:
 *     a = -q/(p(p+q)),  b = (q-p)/(pq),  c = p/(q(p+q))
 *
 * f is a sampled array. For the derivative of a *function*, such as a loss, see `numericalGradient`.
 *
 * @param f samples: an NDArray, a typed array, (nested) plain arrays, or { data, shape, strides?, offset? } of any layout
 * @param args the spacing, then the options. Spacing: none (1 everywhere), one number for all axes, or for each axis a
 *   number or a 1-D array of coordinates, as long as the axis. Options: `axis`, `edgeOrder` (1 or 2) and `out`
 * @returns of the kind and shape of f: one array for one axis, else an array of them in the order of the axes. Floats
 *   and complex numbers keep their type, integers give float64, dates and durations give timedelta64
 * @throws {AxisError} if an axis is out of bounds
 * @throws {RangeError} if an axis has fewer than edgeOrder + 1 samples or a length does not match, in NumPy's words
 * @throws {TypeError} if f is not an array, or is one of booleans
 * @example
 * console.log(gradient([1, 2, 4, 7, 11])); // [ 1, 1.5, 2.5, 3.5, 4 ]
 * console.log(gradient([0, 1, 9, 25], [0, 1, 3, 5])); // [ 1, 2, 6, 8 ]
 * const [dy, dx] = gradient([[1, 2, 6], [3, 4, 5]]);
 * console.log(dy, dx); // [ [ 2, 2, -1 ], [ 2, 2, -1 ] ] [ [ 1, 2.5, 4 ], [ 1, 1, 1 ] ]
 * @see numpy.gradient; B. Fornberg, Generation of finite difference formulas on arbitrarily spaced grids (1988)
 */
export function gradient<T extends TypedArray>(f: T, ...args: Arguments<OneAxis | EveryAxis>): FloatArray<T>;
export function gradient(f: readonly number[], ...args: Arguments<OneAxis | EveryAxis>): number[];
export function gradient(f: readonly (readonly number[])[], ...args: [...Spacing[], OneAxis]): number[][];
export function gradient(f: readonly (readonly number[])[], ...args: Arguments<EveryAxis>): [number[][], number[][]];
export function gradient(
  f: readonly (readonly (readonly number[])[])[],
  ...args: [...Spacing[], OneAxis]
): number[][][];
export function gradient(
  f: readonly (readonly (readonly number[])[])[],
  ...args: Arguments<EveryAxis>
): [number[][][], number[][][], number[][][]];
export function gradient<S extends Shape>(f: NDArray<S>, ...args: [...Spacing[], OneAxis]): NDArray<S>;
export function gradient<S extends Shape>(f: NDArray<S>, ...args: Arguments<EveryAxis>): AllAxes<S, NDArray<S>>;
export function gradient(f: ArrayLikeND, ...args: [...Spacing[], OneAxis]): NDArray;
export function gradient(f: NDArray | ArrayLikeND, ...args: Arguments<SomeAxes | EveryAxis>): NDArray | NDArray[];
export function gradient(
  f: NestedNumbers | TypedArray | NDArray | ArrayLikeND,
  ...args: Arguments<GradientOptions>
): unknown;
export function gradient(f: unknown, ...args: unknown[]): unknown {
  const source = toOperand(f);
  if (source === undefined) {
    throw new TypeError(
      `gradient takes an array of samples; got ${describe(f)}. For the derivative of a function, such as a loss, use numericalGradient(f, x).`,
    );
  }
  const { axis, edgeOrder = 1, out } = takeOptions(args);
  const { shape } = source;
  const axes = takeAxes(axis, shape);
  const spacings = takeSpacings(args, axes, shape);
  if (edgeOrder !== 1 && edgeOrder !== 2) {
    const text = `edgeOrder must be 1 or 2; got ${describe(edgeOrder)}.`;
    if (typeof edgeOrder !== "number") throw new TypeError(text);
    throw new RangeError(edgeOrder > 2 ? "'edge_order' greater than 2 not supported" : text);
  }
  const steps = spacings.map(evened);
  const type = resultType(source.type);
  for (let k = 0; k < axes.length; ++k) {
    if ((shape[axes[k] as number] as number) < edgeOrder + 1) {
      throw new RangeError(
        "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.",
      );
    }
    checkTypes(source, type, steps[k] as EvenSpacing | Coordinates, edgeOrder);
  }
  const made: (NDArray | Elements)[] = [];
  try {
    if (out === undefined) while (made.length < axes.length) made.push(makeResult(source, type));
    const sinks = out === undefined ? made.map(placeOf) : takeOut(out, source, type, axes.length, spacings);
    if (source.size > 0) sweep({ source, type }, axes, steps, edgeOrder, sinks);
  } catch (error) {
    made.forEach(discard);
    throw error;
  }
  const answers =
    out === undefined ? made.map((result) => answerOf(result, source, type)) : Array.isArray(out) ? [...out] : [out];
  return answers.length === 1 ? answers[0] : answers;
}

/** Refuses what NumPy's types refuse: booleans cannot be subtracted, but can be multiplied by weights. */
function checkTypes(f: Operand, type: TypeInfo, spacing: EvenSpacing | Coordinates, edgeOrder: 1 | 2): void {
  const even = "h" in spacing;
  if (!even && spacing.x.type === TYPES.bool) {
    throw new TypeError(
      "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.",
    );
  }
  if (f.type === TYPES.bool && (even || edgeOrder === 1)) {
    throw new TypeError(
      "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.",
    );
  }
  if (!even) return;
  // A plain 0 divides Python's floats here, which refuse; elsewhere it divides arrays, which gives infinities.
  if (edgeOrder === 2 && spacing.bytes === 0 && spacing.h === 0) throw new RangeError("float division by zero");
  const { from } = spacing;
  if (from === undefined) return;
  // At edges of the first order durations are divided, by durations too but not by booleans; else floats are.
  const durations = type === TYPES.timedelta64 && edgeOrder === 1;
  if (from.type === (durations ? TYPES.bool : TYPES.timedelta64)) {
    const divided = durations ? ticks(f) : type === TYPES.timedelta64 ? "float64" : type.name;
    throw new TypeError(
      `ufunc 'divide' cannot use operands with types dtype('${divided}') and dtype('${durations ? "bool" : ticks(from)}')`,
    );
  }
  if (from.unit !== undefined && f.unit !== undefined && from.unit !== f.unit)
    throw new TypeError(`Samples in ${f.unit} need a spacing in ${f.unit}; got ${from.unit}.`);
}

/** What NumPy calls durations in a unit. */
function ticks({ unit }: Operand): string {
  return unit === undefined ? "<m8" : `<m8[${unit}]`;
}
