import { describe } from "../../ndarray/dtype.js";
import { checkOptions } from "../../ndarray/errors.js";
import { FINITE } from "../../ndarray/ranges.js";
import type { Schedule } from "../hyperparameters.js";
import { mix, raisedCosine } from "./elementary.js";
import { increasing, numberOf, STEPS, wordOf } from "./options.js";

/**
 * Always the same value: for a part of a `join`.
 *
 * @param value what every step gets
 * @throws {RangeError} if it is not finite
 * @throws {TypeError} if it is not a number
 * @example
 * const schedule = join([constant(0.1), constant(0.01)], [100]);
 * console.log([99, 100].map(schedule)); // [ 0.1, 0.01 ]
 * @see optax.constant_schedule
 */
export function constant(value: number): Schedule {
  const same = numberOf("value", FINITE, value);
  return () => same;
}

/**
 * Rises straight over the first steps, and stays.
 *
 *     v(k) = from + (value - from) · min(k / steps, 1)
 *
 * @param value the value from step `steps` on
 * @param options.steps how many it takes to it
 * @param options.from the value at the first step; 0 unless set
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const schedule = join([linearWarmup(1, { steps: 4 }), cosineDecay(1, { steps: 96 })], [4]);
 * console.log([0, 1, 4, 52, 100].map(schedule)); // [ 0, 0.25, 1, 0.5, 0 ]
 * @see torch.optim.lr_scheduler.LinearLR
 */
export function linearWarmup(value: number, options: { steps: number; from?: number }): Schedule {
  checkOptions("linearWarmup", options, ["steps", "from"]);
  const to = numberOf("value", FINITE, value);
  const steps = numberOf("steps", STEPS, options.steps);
  const from = numberOf("from", FINITE, options.from ?? 0);
  return (step) => mix(from, to, Math.min(step / steps, 1));
}

/**
 * Through given points: as stairs, or in between along straight lines or half cosines.
 *
 * @param points pairs of a step and the value from then on, in order; before the first of them it has its value, too
 * @param options.interpolate how it gets from one point to the next; it jumps unless set
 * @throws {RangeError} if steps do not follow one another, or values are not finite
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const points = [[0, 1], [10, 0.5], [20, 0.25]];
 * console.log([9, 10, 15].map(piecewise(points))); // [ 1, 0.5, 0.5 ]
 * console.log([5, 10, 15].map(piecewise(points, { interpolate: "linear" }))); // [ 0.75, 0.5, 0.375 ]
 * @see optax.piecewise_interpolate_schedule
 */
export function piecewise(
  points: readonly (readonly [step: number, value: number])[],
  options: { interpolate?: "linear" | "cosine" } = {},
): Schedule {
  checkOptions("piecewise", options, ["interpolate"]);
  const { interpolate } = options;
  if (interpolate !== undefined) wordOf("interpolate", ["linear", "cosine"], interpolate);
  if (!Array.isArray(points) || points.length === 0 || !points.every((p) => Array.isArray(p) && p.length === 2))
    throw new TypeError(
      `piecewise takes pairs of a step and a value, [[0, 0.1], [100, 0.01]]; got ${describe(points)}.`,
    );
  const steps = increasing(
    "Steps",
    points.map(([step]) => step),
    0,
  );
  const values = points.map(([, value], i) => numberOf(`points[${i}][1]`, FINITE, value));
  return (step) => {
    const next = steps.findIndex((start) => start > step);
    const to = values[next] as number;
    if (next === 0) return to;
    const from = values.at(next < 0 ? -1 : next - 1) as number;
    if (next < 0 || interpolate === undefined) return from;
    const start = steps[next - 1] as number;
    const share = (step - start) / ((steps[next] as number) - start);
    return interpolate === "linear" ? mix(from, to, share) : mix(to, from, raisedCosine(share));
  };
}

/**
 * One schedule after the other, each from a step 0 of its own.
 *
 * @param schedules the schedules
 * @param boundaries the steps at which the second and each later one begins
 * @throws {RangeError} if there is not one boundary between any two schedules, or they do not follow one another
 * @throws {TypeError} if a schedule is not a function
 * @example
 * const schedule = join([linearWarmup(1, { steps: 2 }), stepDecay(1, { every: 5 })], [2]);
 * console.log([0, 1, 2, 6, 7].map(schedule)); // [ 0, 0.5, 1, 1, 0.1 ]
 * @see torch.optim.lr_scheduler.SequentialLR
 */
export function join(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (!Array.isArray(schedules) || schedules.length === 0)
    throw new TypeError(`join takes an array of schedules; got ${describe(schedules)}.`);
  for (const [i, schedule] of schedules.entries()) {
    if (typeof schedule !== "function")
      throw new TypeError(`schedules[${i}] must be a schedule (step) => number; got ${describe(schedule)}.`);
  }
  const starts = [0, ...increasing("boundaries", boundaries, 1)];
  if (starts.length !== schedules.length) {
    throw new RangeError(
      `${schedules.length} schedules need ${schedules.length - 1} boundaries; got ${starts.length - 1}.`,
    );
  }
  const parts: readonly Schedule[] = [...schedules];
  return (step) => {
    const i = starts.findLastIndex((start) => start <= step);
    return (parts[i] as Schedule)(step - (starts[i] as number));
  };
}
