import type { FloatArray } from "../gradient/gradient.js";
import { answerOf, discard, elementsIn, makeResult, resultType } from "../gradient/results.js";
import { type ArrayLikeND, toOperand } from "../ndarray/array-like.js";
import { describe, type Elements, TYPES, type TypedArray } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import type { NDArray } from "../ndarray/ndarray.js";
import { type NestedNumbers, type Operand, transfer } from "../ndarray/operand.js";
import { differentiate, type Estimate, type Request, type Side } from "./adaptive.js";

/** Options of `derivative`. */
export interface DerivativeOptions {
  /** Which derivative, 1 to 4; 1 unless set. */
  order?: 1 | 2 | 3 | 4;
  /** Where f is evaluated: on "both" sides of x (unless set), or only to its "left" or "right". */
  side?: Side;
  /** The ends of what f is defined on: [lo, hi], both included, which no evaluation leaves. */
  bounds?: readonly [lo: number, hi: number];
}

/** Derivatives at many points: value and error are of the kind and shape of these. */
export interface Derivatives<T> {
  /** The derivative at each point. */
  value: T;
  /** Bound of the error of each. */
  error: T;
  /** Calls of f for all points together. */
  evaluations: number;
  /** The side for each point, in C order. */
  side: Side[];
}

const SIDES = ["both", "left", "right"];

/**
 * The derivative of a function of one number, to nearly as many digits as its values have, with a bound of its error.
 *
 *     f(x ± t) = f(x) ± f'(x) t + f''(x)/2 t² ± ...
 *
 * extrapolated to t = 0 over steps t that the values themselves choose: how large, how many, and when it is enough.
 * That takes 12 calls of f for most smooth functions, and up to some 35 for noisy or kinked ones. Each order of the
 * derivative costs about two digits.
 *
 * `error` bounds what the result is off by, as far as values can tell: f is taken to be smooth on the scale of the
 * steps, and as exact as its values are smooth. What cancels inside of f and does not show in them, it does not know.
 *
 * Where f is not finite (past the end of its domain, say) steps get smaller; where that does not help, as at the end
 * itself, they are taken on the other side, which `side` in the result says.
 *
 * On 24 functions of one number that are known to be hard (`npm run bench:accuracy`):
 *
 *     method               evaluations   median error   worst     below 1e-9
 *     forward              2             6.0e-8         3.7e-5     0 of 24     SciPy 2-point: the same
 *     central              2             2.4e-10        6.1e-4    14           SciPy 3-point: the same
 *     adaptive, derivative 12            3.5e-15        1.6e-12   24
 *     SciPy differentiate  11            1.6e-12        fails     21
 *     numdifftools         31            7.0e-14        fails     23           measured elsewhere
 *
 * @param f takes a number and returns one
 * @param x the point; or many of them, as an array of any kind, in one call
 * @returns `value`, `error`, the number of `evaluations`, and the `side` they were on. For an array, value and error are
 *   of the kind and shape of x, evaluations is the total, and side an array of one for each point
 * @throws {RangeError} if f is not finite around x, x is not finite or out of bounds, or an option is out of range
 * @throws {TypeError} if f is not a function or returns no number, or x is neither a number nor an array
 * @throws {Error} if f throws, which is the cause
 * @example
 * const { value, error, evaluations, side } = derivative(Math.sin, 1);
 * console.log(value.toFixed(12), error < 1e-13, evaluations, side); // 0.540302305868 true 10 both
 *
 * const second = derivative(Math.exp, [0, 1], { order: 2 });
 * console.log(second.value.map((v) => v.toFixed(9))); // [ '1.000000000', '2.718281828' ]
 *
 * console.log(derivative((x) => x ** 1.5, 1e-4).side); // both
 * console.log(derivative((x) => x * Math.sqrt(x + 1), 0, { bounds: [0, 1] }).side); // right
 * @see L. F. Richardson, The deferred approach to the limit (1927); C. J. F. Ridders, Accurate computation of F'(x) and
 *   F'(x) F''(x) (1982); B. Fornberg, Numerical differentiation of analytic functions (1981)
 */
export function derivative(f: (x: number) => number, x: number, options?: DerivativeOptions): Estimate;
export function derivative<T extends TypedArray>(
  f: (x: number) => number,
  x: T,
  options?: DerivativeOptions,
): Derivatives<FloatArray<T>>;
export function derivative<T extends NDArray>(
  f: (x: number) => number,
  x: T,
  options?: DerivativeOptions,
): Derivatives<T>;
export function derivative(
  f: (x: number) => number,
  x: readonly number[],
  options?: DerivativeOptions,
): Derivatives<number[]>;
export function derivative(
  f: (x: number) => number,
  x: readonly (readonly number[])[],
  options?: DerivativeOptions,
): Derivatives<number[][]>;
export function derivative(f: (x: number) => number, x: ArrayLikeND, options?: DerivativeOptions): Derivatives<NDArray>;
export function derivative(
  f: (x: number) => number,
  x: number | NestedNumbers | TypedArray | NDArray | ArrayLikeND,
  options?: DerivativeOptions,
): unknown;
export function derivative(f: (x: number) => number, x: unknown, options: DerivativeOptions = {}): unknown {
  if (typeof f !== "function")
    throw new TypeError(`derivative takes a function and a point; the first is ${describe(f)}.`);
  const request = requestOf(options);
  if (typeof x === "number") return derivativeAt(f, x, request, "x");
  const points = toOperand(x);
  if (points === undefined) throw new TypeError(`x must be a number or an array of numbers; got ${describe(x)}.`);
  if (points.type.lanes !== 1 || points.type.entry !== "number") {
    throw new TypeError(`x must be an array of real numbers; got ${points.type.name}.`);
  }
  return derivativesAt(f, points, request);
}

function requestOf(options: DerivativeOptions): Request {
  checkOptions("derivative", options, ["order", "side", "bounds"]);
  const { order = 1, side = "both", bounds = [-Infinity, Infinity] } = options;
  if (order !== 1 && order !== 2 && order !== 3 && order !== 4) {
    throw new RangeError(`order must be 1, 2, 3 or 4; got ${describe(order)}.`);
  }
  if (!SIDES.includes(side)) throw new RangeError(`side must be "both", "left" or "right"; got ${describe(side)}.`);
  if (!Array.isArray(bounds) || bounds.length !== 2 || bounds.some((end) => typeof end !== "number")) {
    throw new TypeError(`bounds must be two numbers, [lo, hi]; got ${describe(bounds)}.`);
  }
  const [lo, hi] = bounds as [number, number];
  if (!(lo < hi)) throw new RangeError(`bounds must be [lo, hi] with lo < hi; got [${lo}, ${hi}].`);
  return { order, side, lo, hi };
}

/** @param name of the point, for error messages */
function derivativeAt(f: (x: number) => number, x: number, request: Request, name: string): Estimate {
  if (x - x !== 0) throw new RangeError(`${name} must be a finite number; got ${x}.`);
  const { lo = -Infinity, hi = Infinity, side } = request;
  if (!(x >= lo && x <= hi)) throw new RangeError(`${name} must be within bounds, [${lo}, ${hi}]; got ${x}.`);
  if (x === (side === "left" ? lo : side === "right" ? hi : Number.NaN)) {
    throw new RangeError(`There is no room to the ${side} of ${name} = ${x} within bounds, [${lo}, ${hi}].`);
  }
  const estimate = differentiate((point) => evaluate(f, point), x, request);
  if (estimate === undefined) {
    const where = side === "both" ? "around" : `to the ${side} of`;
    throw new RangeError(
      `f is not finite, or has no room within bounds, at the points ${where} ${name} = ${x} that a derivative needs.`,
    );
  }
  if (estimate.value - estimate.value !== 0) {
    throw new RangeError(`The derivative of f at ${name} = ${x} is too large for a number.`);
  }
  return estimate;
}

function evaluate(f: (x: number) => number, x: number): number {
  let value: unknown;
  try {
    value = f(x);
  } catch (cause) {
    throw new Error(`f threw at ${x}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (typeof value === "number") return value;
  throw new TypeError(`f must return a number; it returned ${describe(value)} at ${x}.`);
}

function derivativesAt(f: (x: number) => number, points: Operand, request: Request): Derivatives<unknown> {
  const { size } = points;
  const at = new Float64Array(size);
  const type = resultType(points.type);
  transfer(points, 0, size, at, TYPES.float64);
  // f may free or grow anything: its calls are over before there are results.
  const estimates = Array.from(at, (x, i) => derivativeAt(f, x, request, `x[${i}]`));
  const value = makeResult(points, type);
  let error: NDArray | Elements;
  try {
    error = makeResult(points, type);
  } catch (failure) {
    discard(value);
    throw failure;
  }
  const values = elementsIn(value) as Float64Array;
  const errors = elementsIn(error) as Float64Array;
  let evaluations = 0;
  for (const [i, estimate] of estimates.entries()) {
    evaluations += estimate.evaluations;
    values[i] = estimate.value;
    // A narrower type rounds the value, and the bound of its error.
    const bound = estimate.error + Math.abs((values[i] as number) - estimate.value);
    errors[i] = bound;
    if ((errors[i] as number) < bound) errors[i] = bound * (1 + 2 ** -9);
  }
  const side = estimates.map((estimate) => estimate.side);
  return { value: answerOf(value, points, type), error: answerOf(error, points, type), evaluations, side };
}
