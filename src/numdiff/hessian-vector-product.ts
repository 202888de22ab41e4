import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { type Argument, type Copied, copyOf, type Live, type ParameterTree } from "../params/parameters.js";
import { heap, views } from "../wasm/heap.js";
import { Differences, type Loss, RELATIVE_STEP, threw } from "./differences.js";
import { Line } from "./line.js";
import { nameOf, type PerParameter, schemeOf, vectorOf } from "./scheme.js";
import { SECOND_STEP } from "./second-differences.js";
import { argumentOf } from "./single-array.js";

/** Options of `hessianVectorProduct`. */
export interface HessianVectorProductOptions<P extends ParameterTree> {
  /** The gradient of f, in the structure of x. */
  gradient?: (x: Live<P>) => unknown;
  /** Step of each parameter as a share of |x|. */
  relStep?: PerParameter;
  /** Step of each parameter itself, which goes before relStep. */
  absStep?: PerParameter;
}

const OPTIONS = ["gradient", "relStep", "absStep"];

/**
 * The product of the Hessian of a function and a vector, without the Hessian: the derivative of the gradient along v.
 *
 *     H v = (∇f(x + t v) - ∇f(x - t v)) / 2t
 *
 * With `gradient` that is 2 evaluations of it and some nine digits. Without, the two gradients are central differences of
 * values: 4n evaluations and six to eight digits, with steps of ε^(1/4) max(1, |x|). t is the largest for which no
 * parameter moves by more than its step.
 *
 * @param f the function of x, which is not called if there is a gradient
 * @param x the parameters: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @param v the vector in the structure of x, of any length
 * @returns the product, of the kind and structure of x
 * @throws {RangeError} if f or the gradient returns NaN or an infinity, or v or an option is out of range
 * @throws {TypeError} if f is not a function or returns no number, or v or the gradient does not have the structure of x
 * @throws {Error} if f or the gradient throws, which is the cause
 * @example
 * const f = ([a, b]) => a ** 2 * b;
 * const gradient = ([a, b]) => [2 * a * b, a ** 2];
 * console.log(hessianVectorProduct(f, [3, 2], [1, 1], { gradient, absStep: 0.25 })); // [ 10, 6 ]
 * @see J. Nocedal and S. Wright, Numerical Optimization, section 8.1; B. Pearlmutter, Fast exact multiplication by the
 *   Hessian (1994)
 */
export function hessianVectorProduct<P extends ParameterTree>(
  f: (x: Live<P>) => number,
  x: P,
  v: NoInfer<P>,
  options?: HessianVectorProductOptions<NoInfer<P>>,
): Copied<P>;
export function hessianVectorProduct(
  f: Loss,
  x: unknown,
  v: unknown,
  options: HessianVectorProductOptions<never> = {},
): unknown {
  if (typeof f !== "function") {
    throw new TypeError(`hessianVectorProduct takes a function, parameters and a vector; the first is ${describe(f)}.`);
  }
  checkOptions("hessianVectorProduct", options, OPTIONS);
  const { gradient, ...rest } = options;
  if (gradient !== undefined && typeof gradient !== "function") {
    throw new TypeError(`gradient must be a function; got ${describe(gradient)}.`);
  }
  const argument = argumentOf(x);
  const line = new Line(argument, v, "v");
  const scheme = schemeOf(rest, argument);
  const product = new Float64Array(argument.layout.size);
  if (line.length > 0) {
    const relative = { f64: RELATIVE_STEP.f64.central, f32: RELATIVE_STEP.f32.central };
    const steps = line.steps(scheme, gradient === undefined ? SECOND_STEP : relative);
    const gradientAt = () => (gradient === undefined ? differenced(f, argument, steps) : called(gradient, argument));
    const t = line.reach(steps);
    const [below, first] = [line.move(-t), gradientAt()];
    const [above, second] = [line.move(t), gradientAt()];
    for (let i = 0; i < product.length; ++i) {
      const slope = (((second[i] as number) - (first[i] as number)) / (above - below)) * line.length;
      if (!Number.isFinite(slope)) {
        throw new RangeError(`The product is not finite, in the entry of ${nameOf(i, argument.layout)}: it overflows.`);
      }
      product[i] = slope;
    }
  }
  return structured(product, argument);
}

/** The user's gradient at the argument. */
function called(gradient: (x: never) => unknown, argument: Argument): Float64Array {
  let returned: unknown;
  try {
    returned = gradient(argument.structure as never);
  } catch (error) {
    throw threw("gradient", error, " beside x");
  }
  const found = vectorOf("gradient", returned, argument.layout);
  const bad = found.findIndex((g) => !Number.isFinite(g));
  if (bad < 0) return found;
  throw new RangeError(`The gradient is not finite beside x, in the entry of ${nameOf(bad, argument.layout)}.`);
}

/** Central differences at the argument. */
function differenced(loss: Loss, argument: Argument, step: Float64Array): Float64Array {
  const { f64, f32 } = argument.layout.counts;
  const differences = new Differences(argument);
  differences.open(false);
  try {
    differences.take(loss, { method: "central", rule: 2, step }, undefined, " beside x");
    const at = differences.gradient;
    const found = new Float64Array(f64 + f32);
    found.set(views.f64.subarray(at / 8, at / 8 + f64));
    found.set(views.f32.subarray(at / 4 + 2 * f64, at / 4 + 2 * f64 + f32), f64);
    return found;
  } finally {
    differences.free();
  }
}

/** A vector in the structure of the parameters. */
function structured(vector: Float64Array, { layout }: Argument): unknown {
  const block = heap.allocate(layout.bytes);
  try {
    const { f64 } = layout.counts;
    views.f64.set(vector.subarray(0, f64), block.address / 8);
    views.f32.set(vector.subarray(f64), block.address / 4 + 2 * f64);
    return copyOf(layout, block.address);
  } finally {
    heap.free(block);
  }
}
