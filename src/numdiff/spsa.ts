import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { ABOVE_ZERO, checkNumber } from "../ndarray/ranges.js";
import {
  Argument,
  type Copied,
  copyOf,
  entryName,
  type Live,
  ParameterLayout,
  type ParameterTree,
} from "../params/parameters.js";
import { anySeed, checkSeed, randomWords } from "../random/philox.js";
import { heap } from "../wasm/heap.js";
import { evaluate, type Loss } from "./differences.js";
import { type IntegerArray, isIntegers } from "./numerical-gradient.js";

/** Options of `spsa`. */
export interface SpsaOptions {
  /** c, how far each parameter is moved; ε^(1/3) max(1, |x|) for the largest |x| unless set. More for a noisy loss. */
  step?: number;
  /** Says which directions: an integer from 0 to 2^53 - 1. Without it each call takes new ones. */
  seed?: number;
  /** Directions to average over, of two evaluations each; 1 unless set. */
  samples?: number;
}

/** ε^(1/3) of float64 and of float32. */
const RELATIVE_STEP = { f64: 6.055454452393343e-6, f32: 4.921566601151848e-3 };

/**
 * An estimate of the gradient from two evaluations, however many parameters there are.
 *
 *     gᵢ = (f(x + c Δ) - f(x - c Δ)) / (2 c Δᵢ),   Δᵢ = ±1, at random
 *
 * Its mean over all directions is the gradient, up to c²; a single one is far from it, by about the length of the
 * gradient in every entry. Descent in small steps averages as it goes, and costs n times less than with
 * `numericalGradient`.
 *
 * The same seed means the same directions, in every runtime: a loop that shall be reproducible passes another seed each
 * time, such as its counter.
 *
 * @param f the function, a loss say; given the parameters in the structure of x, as views that are valid during the call
 * @param x the parameters: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @returns the estimate, of the kind and structure of x
 * @throws {RangeError} if f returns NaN or an infinity, an option is out of range, or a step is too small to move an x
 * @throws {TypeError} if f is not a function or returns no number, or x is not made of floats
 * @throws {Error} if f throws, which is the cause
 * @example
 * const loss = ([a, b]) => (a - 1) ** 2 + (b + 2) ** 2;
 * const optimizer = sgd({ learningRate: 0.1 }).init([0, 0]);
 * for (let k = 0; k < 200; ++k) optimizer.step(spsa(loss, optimizer.params, { seed: k }));
 * console.log(Array.from(optimizer.params, (p) => p.toFixed(3))); // [ '1.000', '-2.000' ]
 * @see J. Spall, Multivariate stochastic approximation using a simultaneous perturbation gradient approximation (1992);
 *   directions are bits of Philox4x32-10, J. Salmon et al. (2011)
 */
export function spsa<T extends IntegerArray>(
  f: (x: Float64Array<ArrayBuffer>) => number,
  x: T,
  options?: SpsaOptions,
): Float64Array<ArrayBuffer>;
export function spsa<P extends ParameterTree>(f: (x: Live<P>) => number, x: P, options?: SpsaOptions): Copied<P>;
export function spsa(f: Loss, x: unknown, options: SpsaOptions = {}): unknown {
  if (typeof f !== "function")
    throw new TypeError(`spsa takes a function and parameters; the first is ${describe(f)}.`);
  checkOptions("spsa", options, ["step", "seed", "samples"]);
  const seed = options.seed === undefined ? anySeed() : checkSeed(options.seed);
  const { samples = 1 } = options;
  if (!(Number.isInteger(samples) && samples >= 1 && samples < 2 ** 32))
    throw new RangeError(`samples must be an integer of 1 or more; got ${describe(samples)}.`);
  const start = isIntegers(x) ? Float64Array.from(x) : x;
  const layout = new ParameterLayout(start, "x");
  if (layout.size === 0) throw new RangeError("x must have at least one parameter; it has none.");
  const argument = new Argument(layout);
  argument.assign(start);
  const step = stepOf(options.step, argument);
  const parts = [new Part(argument, "f64", 0, step), new Part(argument, "f32", argument.f64.length, step)];
  for (let sample = 0; sample < samples; ++sample) {
    const bits = randomWords(Math.ceil(layout.size / 32), seed, sample);
    const where = ` at x plus ${step} in every parameter, with the signs of seed ${seed}`;
    for (const part of parts) part.move(bits, 1);
    const above = evaluate(f, argument.structure, where);
    for (const part of parts) part.move(bits, -1);
    const below = evaluate(f, argument.structure, where.replace("plus", "minus"));
    for (const part of parts) part.add(bits, above - below);
  }
  for (const part of parts) part.finish(samples);
  const block = heap.allocate(layout.bytes);
  try {
    argument.store(block.address);
    return copyOf(argument.layout, block.address);
  } finally {
    heap.free(block);
  }
}

/** The step that was given or the default, which moves the largest parameter by ε^(1/3) of it. */
function stepOf(given: unknown, { f64, f32 }: Argument): number {
  if (given === undefined) {
    let largest = 1;
    for (const x of f64) largest = Math.max(largest, Math.abs(x));
    for (const x of f32) largest = Math.max(largest, Math.abs(x));
    return largest * (f32.length > 0 ? RELATIVE_STEP.f32 : RELATIVE_STEP.f64);
  }
  return checkNumber("step", ABOVE_ZERO, given);
}

/** The parameters of one type. Parameter i goes the way of bit i, counted from the first of all parameters. */
class Part {
  readonly #elements: Float64Array | Float32Array;
  readonly #above: Float64Array | Float32Array;
  readonly #below: Float64Array | Float32Array;
  readonly #sums: Float64Array;

  constructor(
    argument: Argument,
    kind: "f64" | "f32",
    readonly first: number,
    step: number,
  ) {
    const elements = argument[kind];
    this.#elements = elements;
    this.#above = elements.map((x) => x + step);
    this.#below = elements.map((x) => x - step);
    this.#sums = new Float64Array(elements.length);
    const stuck = elements.findIndex((_, i) => !(this.#distance(i) > 0 && Number.isFinite(this.#distance(i))));
    if (stuck >= 0) {
      throw new RangeError(
        `A step of ${step} cannot move ${entryName(argument.layout, kind, stuck)}, which is ${elements[stuck]}.`,
      );
    }
  }

  /** Taken from the points as they were rounded. */
  #distance(i: number): number {
    return (this.#above[i] as number) - (this.#below[i] as number);
  }

  move(bits: Uint32Array, way: 1 | -1): void {
    const elements = this.#elements;
    for (let i = 0; i < elements.length; ++i) {
      const points = signOf(bits, this.first + i) === way ? this.#above : this.#below;
      elements[i] = points[i] as number;
    }
  }

  add(bits: Uint32Array, difference: number): void {
    const sums = this.#sums;
    for (let i = 0; i < sums.length; ++i)
      sums[i] = (sums[i] as number) + (signOf(bits, this.first + i) * difference) / this.#distance(i);
  }

  /** Leaves the mean where the parameters were. */
  finish(samples: number): void {
    const elements = this.#elements;
    for (let i = 0; i < elements.length; ++i) elements[i] = (this.#sums[i] as number) / samples;
  }
}

function signOf(bits: Uint32Array, i: number): 1 | -1 {
  return ((bits[i >>> 5] as number) >>> (i & 31)) & 1 ? 1 : -1;
}
