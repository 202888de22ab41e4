import { describe, typeOf } from "../ndarray/dtype.js";
import { checkOptions } from "../optim/optimizer.js";
import { Argument, type Copied, type Live, ParameterLayout, type ParameterTree } from "../params/parameters.js";
import { Differences, type Loss } from "./differences.js";
import { type Scheme, type SchemeOptions, schemeOf } from "./scheme.js";

export interface NumericalGradientOptions extends SchemeOptions {
  /** The value of f at x, if it is known. */
  f0?: number;
}

const OPTIONS = ["method", "relStep", "absStep", "bounds", "f0"];
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
    const { argument } = differences;
    let scheme = DEFAULT_SCHEME;
    let f0: number | undefined;
    if (options !== DEFAULTS) {
      checkOptions("numericalGradient", options, OPTIONS);
      scheme = schemeOf(options, argument);
      f0 = checkedF0(options.f0);
    }
    differences.open(scheme.bounds !== undefined);
    differences.take(f, scheme, f0, "");
    return argument.layout.copy(differences.gradient);
  } finally {
    giveBack(differences, start);
  }
}

function checkedF0(f0: unknown): number | undefined {
  if (f0 === undefined || Number.isFinite(f0)) return f0 as number | undefined;
  const message = `f0 must be a finite number, the value of f at x; got ${describe(f0)}.`;
  throw typeof f0 === "number" ? new RangeError(message) : new TypeError(message);
}

function isIntegers(x: unknown): x is IntegerArray {
  const type = typeOf(x);
  return type !== undefined && type.entry === "number" && !type.name.startsWith("float");
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
  if (argument.layout.size === 0) throw new RangeError("x must have at least one parameter; it has none.");
  argument.assign(x);
  return new Differences(argument);
}

function giveBack(differences: Differences, x: unknown): void {
  differences.free();
  if (x instanceof Float64Array && x.length <= LARGEST_IDLE) idle = differences;
}
