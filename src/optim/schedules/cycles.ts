import { checkOptions } from "../../ndarray/errors.js";
import { ABOVE_ZERO, FINITE, type Range } from "../../ndarray/ranges.js";
import type { Schedule } from "../hyperparameters.js";
import { integerPower, mix, power, raisedCosine } from "./elementary.js";
import { numberOf, STEPS, wordOf } from "./options.js";

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** Steps of the whole cycle; past them it stays at the end. */
  steps: number;
  /** The share of the steps in which it rises; 0.3 unless set. */
  warmup?: number;
  /** How many times lower it starts; 25 unless set. */
  divide?: number;
  /** How many times lower than it started it ends; 1e4 unless set. */
  finalDivide?: number;
  /** Along half a cosine, or straight; "cosine" unless set. */
  anneal?: "cosine" | "linear";
  /** Whether it falls as it rose first, and then to the end; then warmup is at most 0.5. */
  threePhase?: boolean;
}

/**
 * Rises from low to high and falls to lower still, once.
 *
 *     maximum / divide → maximum at step warmup · steps - 1 → maximum / divide / finalDivide at step steps - 1
 *
 * @param maximum the highest value
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const schedule = oneCycle(1, { steps: 10, warmup: 0.5, divide: 4, finalDivide: 1000, anneal: "linear" });
 * console.log([0, 4, 9, 10].map(schedule)); // [ 0.25, 1, 0.00025, 0.00025 ]
 * @see torch.optim.lr_scheduler.OneCycleLR; L. Smith and N. Topin, Super-convergence (2018)
 */
export function oneCycle(maximum: number, options: OneCycleOptions): Schedule {
  checkOptions("oneCycle", options, ["steps", "warmup", "divide", "finalDivide", "anneal", "threePhase"]);
  const { threePhase = false } = options;
  if (typeof threePhase !== "boolean") throw new TypeError("threePhase must be true or false.");
  const highest = numberOf("maximum", FINITE, maximum);
  const steps = numberOf("steps", STEPS, options.steps);
  const most = threePhase ? 0.5 : 1;
  const share: Range = {
    expected: `a number from 0 to ${most}${threePhase ? " with threePhase" : ""}`,
    accepts: (x) => x >= 0 && x <= most,
  };
  const warmup = numberOf("warmup", share, options.warmup ?? 0.3);
  const initial = highest / numberOf("divide", ABOVE_ZERO, options.divide ?? 25);
  const final = initial / numberOf("finalDivide", ABOVE_ZERO, options.finalDivide ?? 1e4);
  const straight = wordOf("anneal", ["cosine", "linear"], options.anneal ?? "cosine") === "linear";
  const phases: [end: number, from: number, to: number][] = [
    [warmup * steps - 1, initial, highest],
    ...(threePhase ? [[2 * warmup * steps - 2, highest, initial] as [number, number, number]] : []),
    [steps - 1, threePhase ? initial : highest, final],
  ];
  return (step) => {
    const now = Math.min(step, steps - 1);
    let start = 0;
    for (const [end, from, to] of phases) {
      if (now <= end) {
        const share = end === start ? 1 : (now - start) / (end - start);
        return straight ? mix(from, to, share) : mix(to, from, raisedCosine(share));
      }
      start = end;
    }
    return final;
  };
}

/** Options of `cyclic`. */
export interface CyclicOptions {
  /** The value at the top of a cycle. */
  maximum: number;
  /** Steps up; 2000 unless set. */
  up?: number;
  /** Steps down; as many as up unless set. */
  down?: number;
  /** Cycles of the same height, each half as high as the one before, or less high with each step by `factor`. */
  mode?: "triangular" | "triangular2" | "expRange";
  /** For "expRange": the share of the height that is left from one step to the next. */
  factor?: number;
}

/**
 * Goes straight up and down, again and again.
 *
 *     value(k) = base + (maximum - base) · triangle(k) · s
 *
 * with s = 1, 1/2ⁿ in the n-th cycle counted from 0 (triangular2) or factorᵏ (expRange).
 *
 * @param base the lowest value, at which it starts
 * @throws as `oneCycle`
 * @example
 * const schedule = cyclic(0, { maximum: 1, up: 4, down: 2, mode: "triangular2" });
 * console.log([0, 2, 4, 5, 6, 10].map(schedule)); // [ 0, 0.5, 1, 0.5, 0, 0.5 ]
 * @see torch.optim.lr_scheduler.CyclicLR; L. Smith, Cyclical learning rates for training neural networks (2017)
 */
export function cyclic(base: number, options: CyclicOptions): Schedule {
  checkOptions("cyclic", options, ["maximum", "up", "down", "mode", "factor"]);
  const lowest = numberOf("base", FINITE, base);
  const height = numberOf("maximum", FINITE, options.maximum) - lowest;
  const up = numberOf("up", STEPS, options.up ?? 2000);
  const down = numberOf("down", STEPS, options.down ?? up);
  const mode = wordOf("mode", ["triangular", "triangular2", "expRange"], options.mode ?? "triangular");
  if ((mode === "expRange") !== (options.factor !== undefined))
    throw new TypeError(`factor is for mode "expRange", which needs it; got ${options.factor} for ${mode}.`);
  const factor = numberOf("factor", ABOVE_ZERO, options.factor ?? 1);
  const period = up + down;
  return (step) => {
    const k = step % period;
    const triangle = k <= up ? k / up : (period - k) / down;
    let scale = 1;
    if (mode === "triangular2") scale = integerPower(0.5, Math.floor(step / period));
    else if (mode === "expRange") scale = power(factor, step);
    return lowest + height * triangle * scale;
  };
}
