import { describe, typeOf } from "../ndarray/dtype.js";
import type { NDArray } from "../ndarray/ndarray.js";
import { Argument, ParameterLayout } from "../params/parameters.js";

export type IntegerArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Parameters that are one array. */
export type SingleArray = readonly number[] | Float64Array | Float32Array | IntegerArray | NDArray;

/** What the function is given for parameters that are one array. */
export type LiveArray<X> = X extends Float32Array
  ? Float32Array<ArrayBuffer>
  : X extends NDArray
    ? X
    : Float64Array<ArrayBuffer>;

/** A matrix for parameters that are one array: nested for numbers, else an NDArray, for a typed array has no shape. */
export type MatrixFor<X> = X extends readonly number[] ? number[][] : NDArray<readonly [number, number]>;

/** The parameters as a function of one array is given them. */
export function singleArray(x: unknown, caller: string): Argument {
  const integers = typeOf(x);
  const start = integers?.entry === "number" && !integers.name.startsWith("float") ? Float64Array.from(x as never) : x;
  const layout = new ParameterLayout(start, "x");
  if (layout.leaves.length !== 1 || !("kind" in layout.root) || layout.isNumber) {
    throw new TypeError(`${caller} takes x as one array of numbers; got ${describe(x)}.`);
  }
  const argument = new Argument(layout);
  argument.assign(start);
  return argument;
}
