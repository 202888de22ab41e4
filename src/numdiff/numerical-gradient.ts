import { describe, typeOf } from "../ndarray/dtype.js";
import { Argument, type Copied, type Live, ParameterLayout, type ParameterTree } from "../params/parameters.js";
import { Differences, type Loss, type Method, type Scheme } from "./differences.js";

export interface NumericalGradientOptions {
  /** Which differences; "central" unless set, twice the evaluations and some four digits more than the others. */
  method?: Method;
  /** Step as a share of |x|, one for all parameters or one for each. */
  relStep?: number | ArrayLike<number>;
  /** Step itself, which goes before relStep. */
  absStep?: number | ArrayLike<number>;
}

const DEFAULTS: NumericalGradientOptions = {};
const DEFAULT_SCHEME: Scheme = { method: "central", rule: 0, step: 0 };

type IntegerArray = Int8Array | Int16Array | Int32Array | Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array;

/**
 * The gradient of a function of parameters, by finite differences.
 *
 *     central    (f(x + h) - f(x - h)) / ((x + h) - (x - h)),   h = ε^(1/3) max(1, |x|)
 *     forward    (f(x + h) - f(x)) / ((x + h) - x),             h = ε^(1/2) max(1, |x|), away from 0
 *     backward   with -h
 *
 * one parameter after the other; ε is the machine epsilon of the parameters' type. Where the derivative can be written
 * down, prefer it: these differences lose a third (central) or half of the digits, and cost 2n or n + 1 evaluations.
 *
 * @param f the function, a loss say. It is given the parameters in the structure of x, as Float64Array or Float32Array
 *   views that are valid during the call
 * @param x the parameters: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @returns the gradient, of the kind and structure of x
 * @throws {RangeError} if f returns NaN or an infinity, or an option is out of range
 * @throws {TypeError} if f is not a function or returns no number, or x is not made of floats
 * @throws {Error} if f throws, which is the cause
 * @example
 * const gradient = numericalGradient(([a, b]) => a ** 2 + 3 * a * b, [2, 1]);
 * console.log(gradient.map((g) => g.toFixed(6))); // [ '7.000000', '6.000000' ]
 * @see scipy.optimize.approx_fprime; J. Nocedal and S. Wright, Numerical Optimization, chapter 8
 */
export function numericalGradient<T extends IntegerArray>(
  f: (x: Float64Array<ArrayBuffer>) => number,
  x: T,
  options?: NumericalGradientOptions,
): Float64Array<ArrayBuffer>;
export function numericalGradient<P extends ParameterTree>(
  f: (x: Live<P>) => number,
  x: P,
  options?: NumericalGradientOptions,
): Copied<P>;
export function numericalGradient(f: Loss, x: unknown, options: NumericalGradientOptions = DEFAULTS): unknown {
  if (typeof f !== "function")
    throw new TypeError(`numericalGradient takes a function and parameters; the first is ${describe(f)}.`);
  const start = isIntegers(x) ? Float64Array.from(x) : x;
  const differences = take(start);
  try {
    const { layout } = differences.argument;
    const scheme = schemeOf(options, layout);
    differences.open();
    differences.take(f, scheme, undefined, "");
    return layout.copy(differences.gradient);
  } finally {
    giveBack(differences, start);
  }
}

function isIntegers(x: unknown): x is IntegerArray {
  const type = typeOf(x);
  return type !== undefined && type.entry === "number" && !type.name.startsWith("float");
}

/** Checks the options. */
export function schemeOf(options: NumericalGradientOptions, layout: ParameterLayout): Scheme {
  if (options === DEFAULTS) return DEFAULT_SCHEME;
  for (const key of Object.keys(options)) {
    if (key !== "method" && key !== "relStep" && key !== "absStep") {
      throw new TypeError(`numericalGradient has no option ${JSON.stringify(key)}; it takes method, relStep, absStep.`);
    }
  }
  const { method = "central", relStep, absStep } = options;
  if (method !== "central" && method !== "forward" && method !== "backward") {
    throw new RangeError(`method must be "forward", "backward" or "central"; got ${describe(method)}.`);
  }
  if (absStep !== undefined) return { method, rule: 2, step: checkStep("absStep", absStep, layout) };
  if (relStep !== undefined) return { method, rule: 1, step: checkStep("relStep", relStep, layout) };
  return { method, rule: 0, step: 0 };
}

function checkStep(
  name: string,
  step: number | ArrayLike<number>,
  layout: ParameterLayout,
): number | ArrayLike<number> {
  const list: ArrayLike<unknown> = typeof step === "number" ? [step] : step;
  if (typeof list !== "object" || list === null || !(list.length >= 0)) {
    throw new TypeError(`${name} must be a number or one for each parameter; got ${describe(step)}.`);
  }
  if (typeof step !== "number" && (layout.leaves.length !== 1 || list.length !== layout.size)) {
    throw new RangeError(
      `${name} must be one number, or one for each of the ${layout.size} parameters of a single array; got ${describe(step)}.`,
    );
  }
  for (let i = 0; i < list.length; ++i) {
    if (!Number.isFinite(list[i])) throw new RangeError(`${name} must be finite; got ${describe(list[i])}.`);
  }
  return step;
}

/** What the last call on a Float64Array prepared, kept because gradients come in loops; it holds no linear memory. */
let idle: Differences | undefined;
const LARGEST_IDLE = 8192;

function take(x: unknown): Differences {
  if (idle !== undefined && x instanceof Float64Array && x.length === idle.argument.f64.length) {
    const differences = idle;
    idle = undefined; // a loss that calls numericalGradient takes another one
    differences.argument.f64.set(x);
    return differences;
  }
  const argument = new Argument(new ParameterLayout(x, "x"));
  argument.assign(x);
  return new Differences(argument);
}

function giveBack(differences: Differences, x: unknown): void {
  differences.free();
  if (x instanceof Float64Array && x.length <= LARGEST_IDLE) idle = differences;
}
