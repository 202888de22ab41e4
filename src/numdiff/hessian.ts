import { describe, TYPES } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { allocate, elementsOf } from "../ndarray/ndarray.js";
import type { Argument } from "../params/parameters.js";
import { denseJacobian, type Matrix } from "./dense-jacobian.js";
import { Differences, type Loss } from "./differences.js";
import { checkNumber } from "./numerical-gradient.js";
import { type SchemeOptions, schemeOf } from "./scheme.js";
import { SecondDifferences } from "./second-differences.js";
import { type LiveArray, type MatrixFor, type SingleArray, singleArray } from "./single-array.js";
import { type Values, VectorFunction } from "./vector-function.js";

/** Differences of values are central always; `method` says which to take of the gradient. */
export interface HessianOptions<X> extends SchemeOptions {
  /** The gradient of f, of which differences are taken then instead of f. */
  gradient?: (x: LiveArray<X>) => Values;
  /** The value of f at x, if it is known. */
  f0?: number;
}

const OPTIONS = ["gradient", "method", "relStep", "absStep", "bounds", "f0"];

/**
 * The matrix of second derivatives of a function, by finite differences; symmetric to the bit.
 *
 * From values, by n² + n + 1 evaluations, with h = ε^(1/4) max(1, |x|) away from 0, six to eight digits:
 *
 *     ∂²f/∂xᵢ²       (f(x + hᵢ) - 2 f(x) + f(x - hᵢ)) / hᵢ²
 *     ∂²f/∂xᵢ∂xⱼ     (f(x + hᵢ + hⱼ) - f(x + hᵢ) - f(x + hⱼ) + 2 f(x)
 *                     - f(x - hᵢ) - f(x - hⱼ) + f(x - hᵢ - hⱼ)) / (2 hᵢ hⱼ)
 *
 * where the points on the axes serve every pair. A parameter that is too near to a bound for x + h and x - h is measured
 * on the other side, by points h, 2h and 3h away, of second order too; each pair that it is part of takes 4 evaluations
 * instead of 2.
 *
 * From `gradient`, by the differences of `jacobian`: 2n evaluations of it (central, some nine digits) or n + 1; f is not
 * called then. What is returned is the mean of this matrix and its transpose.
 *
 * @param f the function, which is given the parameters as x has them (numbers as Float64Array)
 * @param x n parameters in one array: numbers, a typed array or an NDArray. Never written
 * @returns n x n: nested arrays for plain numbers, else an NDArray
 * @throws {RangeError} if f or the gradient returns NaN or an infinity, x leaves the bounds or an option is out of range
 * @throws {TypeError} if f is not a function or returns no number, or x is not one array of numbers
 * @throws {Error} if f throws, which is the cause
 * @example
 * const rows = hessian(([a, b]) => a ** 2 * b, [3, 2]);
 * console.log(rows.map((row) => row.map((v) => +v.toFixed(4)))); // [ [ 4, 6 ], [ 6, 0 ] ]
 *
 * const gradient = ([a, b]) => [2 * a * b, a ** 2];
 * const exact = hessian(([a, b]) => a ** 2 * b, [3, 2], { gradient, absStep: 0.25 });
 * console.log(exact); // [ [ 4, 6 ], [ 6, 0 ] ]
 * @see M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 25.3.23 and 25.3.27
 */
export function hessian<X extends SingleArray>(
  f: (x: LiveArray<X>) => number,
  x: X,
  options?: HessianOptions<X>,
): MatrixFor<X>;
export function hessian(f: Loss, x: unknown, options: HessianOptions<never> = {}): unknown {
  if (typeof f !== "function") {
    throw new TypeError(`hessian takes a function and parameters; the first is ${describe(f)}.`);
  }
  checkOptions("hessian", options, OPTIONS);
  const { gradient, f0 } = options;
  if (gradient !== undefined && typeof gradient !== "function") {
    throw new TypeError(`gradient must be a function; got ${describe(gradient)}.`);
  }
  if (gradient === undefined && options.method !== undefined && options.method !== "central") {
    throw new RangeError(`method must be "central" where there is no gradient; got ${describe(options.method)}.`);
  }
  const argument = singleArray(x, "hessian");
  const matrix =
    gradient === undefined ? fromValues(f, argument, options, f0) : fromGradient(gradient, argument, options);
  if (!Array.isArray(x)) return matrix;
  const rows = matrix.toArray();
  matrix.free();
  return rows;
}

function fromValues(f: Loss, argument: Argument, options: HessianOptions<never>, f0: number | undefined): Matrix {
  const scheme = schemeOf(options, argument);
  if (f0 !== undefined) checkNumber("f0", f0, "finite", Number.isFinite(f0));
  const values = new SecondDifferences(f, argument, scheme).take(f0);
  const n = argument.layout.size;
  const matrix = allocate(argument.f32.length > 0 ? TYPES.float32 : TYPES.float64, [n, n] as const);
  elementsOf(matrix).set(values as unknown as ArrayLike<never>);
  return matrix;
}

function fromGradient(gradient: (x: never) => Values, argument: Argument, options: HessianOptions<never>): Matrix {
  const n = argument.layout.size;
  const scheme = schemeOf(options, argument);
  const vector = new VectorFunction(gradient, argument, "gradient");
  vector.expect(n, "one for each parameter");
  const differences = new Differences(argument);
  differences.open(scheme.bounds !== undefined);
  try {
    const matrix = denseJacobian(vector, differences, scheme, undefined);
    const h = elementsOf(matrix);
    for (let i = 0; i < n; ++i) {
      for (let j = 0; j < i; ++j) {
        h[i * n + j] = h[j * n + i] = 0.5 * (h[i * n + j] as number) + 0.5 * (h[j * n + i] as number);
      }
    }
    return matrix;
  } finally {
    differences.free();
  }
}
