import source from "kernels/scheduleFreeAdamw.wasm";
import { AT_LEAST_ZERO, BELOW_ONE, BETWEEN_ZERO_AND_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { updatesOf } from "../kernels.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `scheduleFreeAdamw`. */
export interface ScheduleFreeAdamwOptions {
  /** γ, the size of a step; 0.0025 unless set. */
  learningRate?: number | Schedule;
  /** β₁, how near to the average gradients are taken; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean square that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Power of the step in its weight in the average; 0 unless set. */
  r?: number | Schedule;
  /** Power of the largest learning rate so far in that weight; 2 unless set. */
  weightLearningRatePower?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<ScheduleFreeAdamwOptions, "groups" | "maximize">)[];
}

const averages = /* @__PURE__ */ updatesOf("scheduleFreeAdamwAverage", source);

const rule = /* @__PURE__ */ defineRule({
  name: "scheduleFreeAdamw",
  source,
  ranges: {
    learningRate: [2.5e-3, AT_LEAST_ZERO],
    beta1: [0.9, BETWEEN_ZERO_AND_ONE],
    beta2: [0.999, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    r: [0, AT_LEAST_ZERO],
    weightLearningRatePower: [2, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["z", "expAvgSq"],
  scalars: ["largestRate", "weightSum"],
  averagesAsItGoes: true,
  average(parts) {
    for (const { kind, p, g, s, apart, count, h } of parts) averages()[kind](p, g, s, apart, count, h);
  },
});

/**
 * AdamW that averages as it goes, in place of a learning rate that falls.
 *
 *     v = β₂ v + (1 - β₂) g²;   d = g / (√(v / (1 - β₂ᵗ)) + ε) + λ y
 *     y = y + c (z - y) - γ (1 - β₁ (1 - c)) d;   z = z - γ d
 *
 * where z starts at the parameters p, which are y, and c is the share of this step in all weights. Gradients are taken at
 * the parameters; what has been learned is x = y + (1 - 1/β₁) (z - y).
 * `optimizer.swap()` puts x in their place, to evaluate or keep it, and takes it away again.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = scheduleFreeAdamw({ learningRate: 0.3 }).init([2]);
 * for (let t = 0; t < 100; ++t) optimizer.step([2 * optimizer.params[0]]);
 * optimizer.swap();
 * console.log(optimizer.params[0].toFixed(6)); // -0.006697
 * @see A. Defazio et al., The road less scheduled (2024); facebookresearch/schedule_free, AdamWScheduleFree
 */
export function scheduleFreeAdamw(options: ScheduleFreeAdamwOptions = {}): Rule {
  return rule(options);
}
