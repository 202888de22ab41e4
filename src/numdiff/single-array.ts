import { describe } from "../ndarray/dtype.js";
import type { NDArray } from "../ndarray/ndarray.js";
import { Argument, ParameterLayout } from "../params/parameters.js";
import { type IntegerArray, isIntegers } from "./numerical-gradient.js";

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

/** What a function of x is given: a copy, of float64 for integers. */
export function argumentOf(x: unknown): Argument {
  const start = isIntegers(x) ? Float64Array.from(x) : x;
  const argument = new Argument(new ParameterLayout(start, "x"));
  if (argument.layout.size === 0) throw new RangeError("x must have at least one parameter; it has none.");
  argument.assign(start);
  return argument;
}

/** The same, if x is one array. */
export function singleArray(x: unknown, caller: string): Argument {
  const argument = argumentOf(x);
  const { root, isNumber } = argument.layout;
  if (!("kind" in root) || isNumber) {
    throw new TypeError(`${caller} takes x as one array of numbers; got ${describe(x)}.`);
  }
  return argument;
}
