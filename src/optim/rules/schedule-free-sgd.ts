import source from "kernels/scheduleFreeSgd.wasm";
import { AT_LEAST_ZERO, BETWEEN_ZERO_AND_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { updatesOf } from "../kernels.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `scheduleFreeSgd`. */
export interface ScheduleFreeSgdOptions {
  /** γ, the size of a step; 1 unless set. */
  learningRate?: number | Schedule;
  /** β, how near to the average gradients are taken; 0.9 unless set. */
  momentum?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Power of the step in its weight in the average; 0 unless set. */
  r?: number | Schedule;
  /** Power of the largest learning rate so far in that weight; 2 unless set. */
  weightLearningRatePower?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<ScheduleFreeSgdOptions, "groups" | "maximize">)[];
}

const averages = /* @__PURE__ */ updatesOf("scheduleFreeSgdAverage", source);

const rule = /* @__PURE__ */ defineRule({
  name: "scheduleFreeSgd",
  source,
  ranges: {
    learningRate: [1, AT_LEAST_ZERO],
    momentum: [0.9, BETWEEN_ZERO_AND_ONE],
    weightDecay: [0, AT_LEAST_ZERO],
    r: [0, AT_LEAST_ZERO],
    weightLearningRatePower: [2, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["z"],
  scalars: ["largestRate", "weightSum"],
  averagesAsItGoes: true,
  average(parts) {
    for (const { kind, p, g, s, apart, count, h } of parts) averages()[kind](p, g, s, apart, count, h);
  },
});

/**
 * Gradient descent that averages as it goes, in place of a learning rate that falls.
 *
 *     g = g + λ y;   y = y + c (z - y) - γ (1 - β (1 - c)) g;   z = z - γ g
 *
 * where z starts at the parameters p, which are y, and c is the share of this step in all weights. Gradients are taken at
 * the parameters; what has been learned is x = y + (1 - 1/β) (z - y).
 * `optimizer.swap()` puts x in their place, to evaluate or keep it, and takes it away again.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = scheduleFreeSgd({ learningRate: 0.3 }).init([2]);
 * for (let t = 0; t < 100; ++t) optimizer.step([2 * optimizer.params[0]]);
 * optimizer.swap();
 * console.log(optimizer.params[0].toFixed(6)); // 0.001314
 * @see A. Defazio et al., The road less scheduled (2024); facebookresearch/schedule_free, SGDScheduleFree
 */
export function scheduleFreeSgd(options: ScheduleFreeSgdOptions = {}): Rule {
  return rule(options);
}
