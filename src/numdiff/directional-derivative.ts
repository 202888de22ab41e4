import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import type { NDArray } from "../ndarray/ndarray.js";
import type { Live, ParameterTree } from "../params/parameters.js";
import { RELATIVE_STEP } from "./differences.js";
import { Line } from "./line.js";
import { type Method, type PerParameter, type SchemeOptions, schemeOf } from "./scheme.js";
import { argumentOf } from "./single-array.js";
import { type Func, type Values, VectorFunction } from "./vector-function.js";

/** Options of `directionalDerivative`. */
export interface DirectionalDerivativeOptions<R> {
  /** Which differences; "central" unless set. Forward ones step along the direction, backward ones against it. */
  method?: Method;
  /** Step of each parameter as a share of |x|, which none exceeds. */
  relStep?: PerParameter;
  /** Step of each parameter itself, which none exceeds; goes before relStep. */
  absStep?: PerParameter;
  /** The values of f at x, if they are known. */
  f0?: R;
}

/** The same kind, of the caller's own. */
export type AnswerFor<R> = R extends number
  ? number
  : R extends readonly number[]
    ? number[]
    : R extends Float32Array
      ? Float32Array<ArrayBuffer>
      : R extends NDArray
        ? R
        : Float64Array<ArrayBuffer>;

const OPTIONS = ["method", "relStep", "absStep", "f0"];

/**
 * The derivative of a function along a direction, by 2 evaluations however many parameters there are: the product of
 * the gradient, or of the Jacobian, and v, without the one or the other.
 *
 *     central     (f(x + t v) - f(x - t v)) / 2t
 *     forward     (f(x + t v) - f(x)) / t
 *     backward    (f(x) - f(x - t v)) / t
 *
 * t is the largest for which no parameter moves by more than its step in `numericalGradient`. The quotient is by the t
 * that rounding left.
 *
 * @param f the function of x, which returns a number, or numbers in any array
 * @param x the parameters: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @param direction v in the structure of x, of any length
 * @returns a number, or for numbers as many in the same kind of array
 * @throws {RangeError} if f returns NaN or an infinity, or the direction or an option is out of range
 * @throws {TypeError} if f is not a function or returns no numbers, or direction does not have the structure of x
 * @throws {Error} if f throws, which is the cause
 * @example
 * const slope = directionalDerivative(([a, b]) => a ** 2 + 3 * a * b, [2, 1], [1, -1]);
 * console.log(slope.toFixed(6)); // 1.000000
 * const product = directionalDerivative(([a, b]) => [a * b, a - b], [2, 1], [1, 1], { absStep: 0.25 });
 * console.log(product); // [ 3, 0 ]
 * @see J. Nocedal and S. Wright, Numerical Optimization, section 8.1
 */
export function directionalDerivative<P extends ParameterTree, R extends Values>(
  f: (x: Live<P>) => R,
  x: P,
  direction: NoInfer<P>,
  options?: DirectionalDerivativeOptions<NoInfer<R>>,
): AnswerFor<R>;
export function directionalDerivative(
  f: Func,
  x: unknown,
  direction: unknown,
  options: DirectionalDerivativeOptions<unknown> = {},
): unknown {
  if (typeof f !== "function") {
    throw new TypeError(
      `directionalDerivative takes a function, parameters and a direction; the first is ${describe(f)}.`,
    );
  }
  checkOptions("directionalDerivative", options, OPTIONS);
  const argument = argumentOf(x);
  const scheme = schemeOf(options as SchemeOptions, argument);
  const line = new Line(argument, direction, "direction");
  const vector = new VectorFunction(f, argument, "function");
  const f0 = options.f0 === undefined ? undefined : vector.given(options.f0);
  const central = scheme.method === "central";
  const where = () => " beside x";
  const center = f0 ?? (central && line.length > 0 ? undefined : Float64Array.from(vector.call(() => "")));
  if (center !== undefined && line.length === 0) {
    return vector.answer(new Float64Array(center.length));
  }
  const reach = () => line.reach(line.steps(scheme, relativeStep(central, vector.single)));
  const evaluate = (t: number) => ({ t: line.move(t), values: Float64Array.from(vector.call(where)) });
  let t = reach();
  let from = { t: 0, values: center as Float64Array };
  if (central) {
    const { single } = vector;
    from = evaluate(-t);
    // Known only now: float32 values need larger steps.
    if (vector.single && !single) {
      t = reach();
      from = evaluate(-t);
    }
  }
  const to = evaluate(scheme.method === "backward" ? -t : t);
  const slopes = to.values.map((value, i) => ((value - (from.values[i] as number)) / (to.t - from.t)) * line.length);
  const bad = slopes.findIndex((slope) => !Number.isFinite(slope));
  if (bad >= 0) throw new RangeError(`The derivative along the direction is not finite, at [${bad}]: it overflows.`);
  return vector.answer(slopes);
}

function relativeStep(central: boolean, single: boolean): { f64: number; f32: number } {
  const way = central ? "central" : "oneSided";
  return { f64: RELATIVE_STEP[single ? "f32" : "f64"][way], f32: RELATIVE_STEP.f32[way] };
}
