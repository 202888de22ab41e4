import { checkOptions } from "../../ndarray/errors.js";
import { ABOVE_ZERO, AT_LEAST_ZERO, FINITE } from "../../ndarray/ranges.js";
import type { Schedule } from "../hyperparameters.js";
import { integerPower, mix, power, raisedCosine } from "./elementary.js";
import { increasing, numberOf, STEPS } from "./options.js";

/**
 * Falls by a factor every so many steps.
 *
 *     value(k) = initial · factor^⌊k / every⌋
 *
 * @param initial the value at the first step
 * @param options.every steps between two falls
 * @param options.factor 0.1 unless set
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const schedule = stepDecay(0.8, { every: 10, factor: 0.5 });
 * console.log([0, 9, 10, 20].map(schedule)); // [ 0.8, 0.8, 0.4, 0.2 ]
 * @see torch.optim.lr_scheduler.StepLR
 */
export function stepDecay(initial: number, options: { every: number; factor?: number }): Schedule {
  checkOptions("stepDecay", options, ["every", "factor"]);
  const first = numberOf("initial", FINITE, initial);
  const every = numberOf("every", STEPS, options.every);
  const factor = numberOf("factor", AT_LEAST_ZERO, options.factor ?? 0.1);
  return (step) => first * integerPower(factor, Math.floor(step / every));
}

/**
 * Falls by a factor at each of some steps.
 *
 *     value(k) = initial · factor^n,   n milestones ≤ k
 *
 * @param initial the value at the first step
 * @param options.milestones the steps at which it falls, in order
 * @param options.factor 0.1 unless set
 * @throws as `stepDecay`
 * @example
 * const schedule = multiStep(0.8, { milestones: [30, 80], factor: 0.5 });
 * console.log([29, 30, 80].map(schedule)); // [ 0.8, 0.4, 0.2 ]
 * @see torch.optim.lr_scheduler.MultiStepLR
 */
export function multiStep(initial: number, options: { milestones: readonly number[]; factor?: number }): Schedule {
  checkOptions("multiStep", options, ["milestones", "factor"]);
  const first = numberOf("initial", FINITE, initial);
  const milestones = increasing("milestones", options.milestones, 1);
  const factor = numberOf("factor", AT_LEAST_ZERO, options.factor ?? 0.1);
  return (step) => first * integerPower(factor, milestones.filter((milestone) => milestone <= step).length);
}

/**
 * Falls smoothly, by a factor over every so many steps.
 *
 *     value(k) = initial · factor^(k / every)
 *
 * @param initial the value at the first step
 * @param options.factor above 0
 * @param options.every steps over which it falls by the factor; 1 unless set
 * @throws as `stepDecay`
 * @example
 * const schedule = exponentialDecay(0.8, { factor: 0.25, every: 10 });
 * console.log([0, 5, 10].map(schedule)); // [ 0.8, 0.4, 0.2 ]
 * @see torch.optim.lr_scheduler.ExponentialLR
 */
export function exponentialDecay(initial: number, options: { factor: number; every?: number }): Schedule {
  checkOptions("exponentialDecay", options, ["factor", "every"]);
  const first = numberOf("initial", FINITE, initial);
  const factor = numberOf("factor", ABOVE_ZERO, options.factor);
  const every = numberOf("every", STEPS, options.every ?? 1);
  return (step) => first * power(factor, step / every);
}

/**
 * Falls along a power of the steps that are left, and stays at the end.
 *
 *     value(k) = end + (initial - end) · (1 - k / steps)^power
 *
 * @param initial the value at the first step
 * @param options.steps how many it takes to the end
 * @param options.power above 0; 1, a straight line, unless set
 * @param options.end the value from then on; 0 unless set
 * @throws as `stepDecay`
 * @example
 * const schedule = polynomialDecay(1, { steps: 10, power: 2 });
 * console.log([0, 5, 10, 11].map(schedule)); // [ 1, 0.25, 0, 0 ]
 * @see torch.optim.lr_scheduler.PolynomialLR
 */
export function polynomialDecay(initial: number, options: { steps: number; power?: number; end?: number }): Schedule {
  checkOptions("polynomialDecay", options, ["steps", "power", "end"]);
  const first = numberOf("initial", FINITE, initial);
  const steps = numberOf("steps", STEPS, options.steps);
  const exponent = numberOf("power", ABOVE_ZERO, options.power ?? 1);
  const end = numberOf("end", FINITE, options.end ?? 0);
  return (step) => (step < steps ? mix(end, first, power((steps - step) / steps, exponent)) : end);
}

/**
 * Falls along half a cosine, and rises again, or starts anew.
 *
 *     value(k) = end + (initial - end) · (1 + cos(π k / steps)) / 2
 *
 * with restarts k counts from the last one, and `steps` grows with each of them.
 *
 * @param initial the value at the first step
 * @param options.steps how many it takes to the end
 * @param options.end the lowest value; 0 unless set
 * @param options.restartGrowth if set, it starts anew whenever the end would be reached, and takes so many times as many
 *   steps as before: an integer, 1 for periods of the same length. Without, it goes up and down like a cosine
 * @throws as `stepDecay`
 * @example
 * const schedule = cosineDecay(1, { steps: 10 });
 * console.log([0, 5, 10, 20].map(schedule)); // [ 1, 0.5, 0, 1 ]
 * const restarting = cosineDecay(1, { steps: 10, restartGrowth: 2 });
 * console.log([5, 10, 20, 30].map(restarting)); // [ 0.5, 1, 0.5, 1 ]
 * @see torch.optim.lr_scheduler.CosineAnnealingLR and CosineAnnealingWarmRestarts; I. Loshchilov and F. Hutter, SGDR:
 *   Stochastic gradient descent with warm restarts (2017)
 */
export function cosineDecay(
  initial: number,
  options: { steps: number; end?: number; restartGrowth?: number },
): Schedule {
  checkOptions("cosineDecay", options, ["steps", "end", "restartGrowth"]);
  const first = numberOf("initial", FINITE, initial);
  const steps = numberOf("steps", STEPS, options.steps);
  const end = numberOf("end", FINITE, options.end ?? 0);
  const restarts = options.restartGrowth !== undefined;
  const growth = restarts ? numberOf("restartGrowth", STEPS, options.restartGrowth) : 1;
  return (step) => {
    let period = steps;
    let k = step;
    if (!restarts) {
      k %= 2 * period;
      k = Math.min(k, 2 * period - k);
    } else if (growth === 1) k %= period;
    else for (; k >= period; period *= growth) k -= period;
    return mix(end, first, raisedCosine(k / period));
  };
}

/**
 * Rises over the first steps, then falls with the root of their number, as transformers are trained.
 *
 *     value(k) = value · min(t / warmup, √(warmup / t)),   t = k + 1
 *
 * @param value the highest value, at step warmup - 1
 * @param options.warmup steps to it
 * @throws as `stepDecay`
 * @example
 * const schedule = inverseSqrt(1, { warmup: 4 });
 * console.log([0, 1, 3, 15].map(schedule)); // [ 0.25, 0.5, 1, 0.5 ]
 * @see A. Vaswani et al., Attention is all you need (2017)
 */
export function inverseSqrt(value: number, options: { warmup: number }): Schedule {
  checkOptions("inverseSqrt", options, ["warmup"]);
  const highest = numberOf("value", FINITE, value);
  const warmup = numberOf("warmup", STEPS, options.warmup);
  return (step) => highest * (step < warmup ? (step + 1) / warmup : Math.sqrt(warmup / (step + 1)));
}
