import { describe, typeOf } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import type { NDArray } from "../ndarray/ndarray.js";
import {
  Argument,
  type Copied,
  copiesOf,
  copyOf,
  type Live,
  ParameterLayout,
  type ParameterTree,
} from "../params/parameters.js";
import { takeAdaptive } from "./adaptive-gradient.js";
import { type BatchLoss, evaluateBatches } from "./batched.js";
import { evaluateConcurrently } from "./concurrent.js";
import { Differences, type Loss } from "./differences.js";
import { Evaluations } from "./evaluations.js";
import { type Method, type Scheme, type SchemeOptions, schemeOf } from "./scheme.js";

/** Options of `numericalGradient`. */
export interface NumericalGradientOptions extends Omit<SchemeOptions, "method"> {
  /**
   * Which differences; "central" unless set, twice the evaluations and some four digits more than "forward" and
   * "backward". "adaptive" extrapolates over steps of its own choice, as `derivative` does, to nearly all digits, by some
   * 12 evaluations for each parameter.
   */
  method?: Method | "adaptive";
  /** The value of f at x, if it is known. */
  f0?: number;
  /**
   * Ends it: no further evaluation begins, and the reason is thrown, or what the promise rejects with. Without
   * `concurrency` only f itself can abort once it has begun, for no timer fires meanwhile.
   */
  signal?: AbortSignal;
}

/** A gradient and what it cost. */
export interface NumericalGradientResult<G> {
  /** The gradient. */
  readonly value: G;
  /** Bounds of the errors of its entries, as far as values can tell; of the method "adaptive" only. */
  readonly error?: G;
  /** Points at which f was evaluated. */
  readonly evaluations: number;
}

export type IntegerArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Parameters of a function to be differentiated: where integers are given, f sees floats. */
type Start = ParameterTree | IntegerArray;
type Seen<P> = P extends IntegerArray ? Float64Array<ArrayBuffer> : Live<P>;
type Gradient<P> = P extends IntegerArray ? Float64Array<ArrayBuffer> : Copied<P>;
/** @inline */
type Points = NDArray<readonly [number, number]>;
type Values = ArrayLike<number> | NDArray;

/** What f is, and what comes back: B is whether f takes many points, C is undefined without `concurrency`. */
type FunctionOf<P, B, C> = B extends true
  ? (points: Points) => Values | (C extends number ? PromiseLike<Values> : never)
  : (x: Seen<P>) => number | (C extends number ? PromiseLike<number> : never);
/** @inline */
type Options<Full, B, C> = NumericalGradientOptions & {
  /**
   * Gives f many points at once, as rows of an NDArray of shape [k, n] that is valid until it returns (or its promise
   * settles); f returns k values. For x that is a single array. Calls are few: a matrix has up to 16 MiB.
   */
  batch?: B;
  /**
   * Lets f return promises, so many of them in flight at most (of batches, if `batch` is set); the result is a promise
   * then, of the same bits. Each call gets parameters of its own.
   */
  concurrency?: C;
  /** Answers with how many evaluations were made and, if adaptive, the errors, beside the gradient. */
  full?: Full;
};
type AnyOptions = Options<boolean, boolean, number>;
type Value<P, Full> = Full extends true ? NumericalGradientResult<Gradient<P>> : Gradient<P>;
type Result<P, Full, C> = C extends number ? Promise<Value<P, Full>> : Value<P, Full>;

const OPTIONS = ["method", "relStep", "absStep", "bounds", "f0", "batch", "concurrency", "signal", "full"];
const DEFAULTS: AnyOptions = {};
const DEFAULT_SCHEME: Scheme = { method: "central", rule: 0, step: 0 };

/**
 * The gradient of a function of parameters, by finite differences.
 *
 *     central    (f(x + h) - f(x - h)) / ((x + h) - (x - h)),        h = ε^(1/3) max(1, |x|)
 *                (-3 f(x) + 4 f(x + h) - f(x + 2h)) / ((x + 2h) - x) where bounds leave no room on one side
 *     forward    (f(x + h) - f(x)) / ((x + h) - x),                  h = ε^(1/2) max(1, |x|), away from 0
 *     backward   with -h
 *     adaptive   as `derivative` does it, along each parameter
 *
 * one parameter after the other; ε is the machine epsilon of the parameters' type. Points, their order and the bits of
 * the result are SciPy's, except that no rounding carries a point out of the bounds. Where the derivative can be written
 * down, prefer it: differences lose a third (central) or half of the digits, and cost 2n or n + 1 evaluations; adaptive
 * ones lose two digits or so and cost some 12n.
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
 * @param f the function, a loss say. It is given the parameters in the structure of x, as Float64Array or Float32Array
 *   views that are valid during the call; see `batch` and `concurrency` for functions of many points and asynchronous
 *   ones
 * @param x the parameters: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @returns the gradient, of the kind and structure of x; { value, error?, evaluations } with `full`; a promise with
 *   `concurrency`, which rejects instead of throwing
 * @throws {RangeError} if f returns NaN or an infinity, a parameter is not finite or not within its bounds, there is
 *   none, or an option is out of range
 * @throws {TypeError} if f is not a function or returns no number, or x is not made of floats
 * @throws {Error} if f throws, which is the cause
 * @example
 * const gradient = numericalGradient(([a, b]) => a ** 2 + 3 * a * b, [2, 1]);
 * console.log(gradient.map((g) => g.toFixed(6))); // [ '7.000000', '6.000000' ]
 * const root = numericalGradient(([a]) => Math.sqrt(a), [0], { method: "forward", absStep: 0.25, bounds: [0, 1] });
 * console.log(root); // [ 2 ]
 * const sums = (points) => points.toArray().map(([a, b]) => a + 2 * b);
 * console.log(numericalGradient(sums, [1, 1], { batch: true, absStep: 0.5 })); // [ 1, 2 ]
 * console.log(await numericalGradient(async ([a]) => 3 * a, [1], { concurrency: 4, absStep: 0.5 })); // [ 3 ]
 * @see scipy.optimize.approx_fprime; J. Nocedal and S. Wright, Numerical Optimization, chapter 8
 */
export function numericalGradient<
  P extends Start,
  Full extends boolean = false,
  B extends boolean = false,
  C extends number | undefined = undefined,
>(f: FunctionOf<P, B, C>, x: P, options?: Options<Full, B, C>): Result<P, Full, C>;
export function numericalGradient(f: Loss | BatchLoss, x: unknown, options: AnyOptions = DEFAULTS): unknown {
  if (options !== DEFAULTS && options?.concurrency !== undefined) return concurrently(f, x, options);
  checkFunction(f);
  const start = isIntegers(x) ? Float64Array.from(x) : x;
  const differences = take(start);
  try {
    if (options === DEFAULTS) {
      differences.open(false);
      differences.take(f as Loss, DEFAULT_SCHEME, undefined, "");
      return copyOf(differences.argument.layout, differences.gradient);
    }
    const request = requestOf(options, differences.argument);
    return request.signal === undefined ? answer(f, differences, request) : abortable(f, differences, request);
  } finally {
    giveBack(differences, start);
  }
}

/** Options that were checked. */
interface Request {
  readonly scheme: Scheme;
  /** Only the bounds of the scheme count then. */
  readonly adaptive: boolean;
  readonly f0: number | undefined;
  readonly batch: boolean;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly full: boolean;
}

function requestOf(options: AnyOptions, argument: Argument): Request {
  checkOptions("numericalGradient", options, OPTIONS);
  const { f0, batch = false, concurrency = 1, signal, full = false } = options;
  checkFlag("batch", batch);
  checkFlag("full", full);
  if (f0 !== undefined) checkNumber("f0", f0, "finite", Number.isFinite(f0));
  const positive = concurrency === Number.POSITIVE_INFINITY || (Number.isInteger(concurrency) && concurrency >= 1);
  checkNumber("concurrency", concurrency, "an integer of 1 or more", positive);
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new TypeError(`signal must be an AbortSignal; got ${describe(signal)}.`);
  }
  const { root } = argument.layout;
  if (batch && (!("kind" in root) || root.kind === "number")) {
    throw new TypeError(
      `batch needs x to be a single array, whose points are rows of a matrix; x is ${"kind" in root ? "a number" : "a record or an array of arrays"}.`,
    );
  }
  const adaptive = options.method === "adaptive";
  if (adaptive) refuseWithAdaptive(options);
  const differences = adaptive ? { ...options, method: "central" as const } : (options as SchemeOptions);
  const scheme = schemeOf(differences, argument, ["adaptive"]);
  return { scheme, adaptive, f0, batch, concurrency, signal, full };
}

function refuseWithAdaptive(options: AnyOptions): void {
  for (const name of ["relStep", "absStep", "batch", "concurrency"] as const) {
    if (options[name] === undefined || options[name] === false) continue;
    const why = name.endsWith("Step") ? "chooses its steps itself" : "needs one value after the other";
    throw new TypeError(`${name} does not go with the method "adaptive", which ${why}.`);
  }
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be true or false; got ${describe(value)}.`);
}

export function checkNumber(name: string, value: unknown, expected: string, ok: boolean): void {
  if (ok) return;
  const message = `${name} must be ${expected}; got ${describe(value)}.`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

function checkFunction(f: unknown): void {
  if (typeof f !== "function")
    throw new TypeError(`numericalGradient takes a function and parameters; the first is ${describe(f)}.`);
}

function answer(f: Loss | BatchLoss, differences: Differences, request: Request): unknown {
  const { scheme, adaptive, f0, batch } = request;
  differences.open(scheme.bounds !== undefined);
  if (adaptive) return resultOf(differences, takeAdaptive(f as Loss, differences, scheme, f0, ""), request);
  if (!batch) return resultOf(differences, differences.take(f as Loss, scheme, f0, ""), request);
  const evaluations = new Evaluations(differences, scheme, f0);
  evaluateBatches(f as BatchLoss, evaluations);
  evaluations.finish();
  return resultOf(differences, evaluations.count, request);
}

/** As `answer`; nothing but the loss itself can abort while it runs. */
function abortable(f: Loss | BatchLoss, differences: Differences, request: Request): unknown {
  const signal = request.signal as AbortSignal;
  signal.throwIfAborted();
  const guarded = (argument: never) => {
    signal.throwIfAborted();
    return f(argument);
  };
  try {
    return answer(guarded as Loss, differences, request);
  } catch (error) {
    signal.throwIfAborted(); // the reason as it is, not as what the loss threw
    throw error;
  }
}

async function concurrently(f: Loss | BatchLoss, x: unknown, options: AnyOptions): Promise<unknown> {
  checkFunction(f);
  const differences = prepare(isIntegers(x) ? Float64Array.from(x) : x);
  const request = requestOf(options, differences.argument);
  const { scheme, f0, batch, concurrency, signal } = request;
  signal?.throwIfAborted();
  try {
    differences.open(scheme.bounds !== undefined);
    const evaluations = new Evaluations(differences, scheme, f0);
    await evaluateConcurrently(f, evaluations, batch, concurrency, signal);
    evaluations.finish();
    return resultOf(differences, evaluations.count, request);
  } finally {
    differences.free();
  }
}

function resultOf(differences: Differences, evaluations: number, { adaptive, full }: Request): unknown {
  const { layout } = differences.argument;
  if (!full) return copyOf(layout, differences.gradient);
  if (!adaptive) return { value: copyOf(layout, differences.gradient), evaluations };
  const [value, error] = copiesOf(layout, [differences.gradient, differences.errors]);
  return { value, error, evaluations };
}

export function isIntegers(x: unknown): x is IntegerArray {
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
  return prepare(x);
}

function prepare(x: unknown): Differences {
  const argument = new Argument(new ParameterLayout(x, "x"));
  if (argument.layout.size === 0) throw new RangeError("x must have at least one parameter; it has none.");
  argument.assign(x);
  return new Differences(argument);
}

function giveBack(differences: Differences, x: unknown): void {
  differences.free();
  if (x instanceof Float64Array && x.length <= LARGEST_IDLE) idle = differences;
}
