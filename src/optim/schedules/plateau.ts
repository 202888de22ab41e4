import { describe } from "../../ndarray/dtype.js";
import { checkOptions } from "../../ndarray/errors.js";
import { AT_LEAST_ZERO, BELOW_ONE, FINITE } from "../../ndarray/ranges.js";
import type { Schedule } from "../hyperparameters.js";
import { COUNT, numberOf, wordOf } from "./options.js";

/** Options of `reduceOnPlateau`. */
export interface PlateauOptions {
  /** Whether the metric should fall or rise; "min" unless set. */
  mode?: "min" | "max";
  /** What the value is multiplied by, below 1; 0.1 unless set. */
  factor?: number;
  /** Updates without improvement that are put up with; 10 unless set. */
  patience?: number;
  /** What a metric must be better by to count as improvement; 1e-4 unless set. */
  threshold?: number;
  /** Whether the threshold is relative to the best metric; "rel" unless set. */
  thresholdMode?: "rel" | "abs";
  /** Updates after a fall in which none is counted as bad; 0 unless set. */
  cooldown?: number;
  /** What the value never falls below; 0 unless set. */
  minimum?: number;
  /** The value does not fall by less than this; 1e-8 unless set. */
  epsilon?: number;
}

/** Where a plateau stands; plain numbers, for JSON. */
export interface PlateauState {
  /** The value of the schedule. */
  value: number;
  /** The best metric so far; null before there is one. */
  best: number | null;
  /** Updates without improvement since the last one or the last fall. */
  bad: number;
  /** Updates until bad ones count again. */
  cooldown: number;
}

/** A schedule that goes by what it is told, not by the step. */
export interface Plateau extends Schedule {
  (step?: number): number;
  /**
   * Takes the next metric, such as the loss over the validation set after an epoch. One that is not finite is no
   * improvement.
   *
   * @returns the value from now on
   */
  update(metric: number): number;
  /** A copy of where it stands; set it to go on from there. */
  state: PlateauState;
}

/**
 * Falls by a factor when a metric has stopped improving.
 *
 *     after more than `patience` updates without improvement: value = max(value · factor, minimum)
 *
 * It is a schedule of its present value, whatever the step, and may be given as such to a rule: then `optimizer.save` has
 * its state, and `load` sets it. Where another schedule calls it, keep `state` beside the file.
 *
 * @param initial the value at first
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const plateau = reduceOnPlateau(0.5, { patience: 1 });
 * const optimizer = sgd({ learningRate: plateau }).init([2]);
 * for (const loss of [3, 2, 2, 2]) plateau.update(loss);
 * console.log(optimizer.learningRate, JSON.stringify(plateau.state)); // 0.05 {"value":0.05,"best":2,"bad":0,"cooldown":0}
 * @see torch.optim.lr_scheduler.ReduceLROnPlateau
 */
export function reduceOnPlateau(initial: number, options: PlateauOptions = {}): Plateau {
  checkOptions("reduceOnPlateau", options, [
    "mode",
    "factor",
    "patience",
    "threshold",
    "thresholdMode",
    "cooldown",
    "minimum",
    "epsilon",
  ]);
  const rises = wordOf("mode", ["min", "max"], options.mode ?? "min") === "max";
  const factor = numberOf("factor", BELOW_ONE, options.factor ?? 0.1);
  const patience = numberOf("patience", COUNT, options.patience ?? 10);
  const threshold = numberOf("threshold", AT_LEAST_ZERO, options.threshold ?? 1e-4);
  const relative = wordOf("thresholdMode", ["rel", "abs"], options.thresholdMode ?? "rel") === "rel";
  const cooldown = numberOf("cooldown", COUNT, options.cooldown ?? 0);
  const minimum = numberOf("minimum", FINITE, options.minimum ?? 0);
  const epsilon = numberOf("epsilon", AT_LEAST_ZERO, options.epsilon ?? 1e-8);
  let state: PlateauState = { value: numberOf("initial", FINITE, initial), best: null, bad: 0, cooldown: 0 };

  const improves = (metric: number, best: number | null): boolean => {
    if (!Number.isFinite(metric)) return false;
    if (best === null) return true;
    if (rises) return metric > (relative ? best * (threshold + 1) : best + threshold);
    return metric < (relative ? best * (1 - threshold) : best - threshold);
  };
  const update = (metric: number): number => {
    if (typeof metric !== "number") throw new TypeError(`The metric must be a number; got ${describe(metric)}.`);
    if (improves(metric, state.best)) {
      state.best = metric;
      state.bad = 0;
    } else state.bad += 1;
    if (state.cooldown > 0) {
      state.cooldown -= 1;
      state.bad = 0;
    }
    if (state.bad > patience) {
      const lower = Math.max(state.value * factor, minimum);
      if (state.value - lower > epsilon) state.value = lower;
      state.cooldown = cooldown;
      state.bad = 0;
    }
    return state.value;
  };
  const plateau = Object.assign(() => state.value, { update });
  return Object.defineProperty(plateau, "state", {
    enumerable: true,
    get: () => ({ ...state }),
    set: (given: PlateauState) => {
      checkOptions("state", given, Object.keys(state));
      state = {
        value: numberOf("state.value", FINITE, given.value),
        best: given.best === null ? null : numberOf("state.best", FINITE, given.best),
        bad: numberOf("state.bad", COUNT, given.bad),
        cooldown: numberOf("state.cooldown", COUNT, given.cooldown),
      };
    },
  }) as Plateau;
}
