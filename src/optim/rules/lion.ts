import source from "kernels/lion.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `lion`. */
export interface LionOptions {
  /** γ, the size of a step; 1e-4 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient in the direction; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean gradient that is kept; 0.99 unless set. */
  beta2?: number | Schedule;
  /** λ, pulls parameters toward 0 by themselves; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<LionOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "lion",
  source,
  ranges: {
    learningRate: [1e-4, AT_LEAST_ZERO],
    beta1: [0.9, BELOW_ONE],
    beta2: [0.99, BELOW_ONE],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvg"],
});

/**
 * Evolved sign momentum: every parameter steps by the same size, in the direction of its momentum.
 *
 *     p = p - γ (sign(β₁ m + (1 - β₁) g) + λ p);   m = β₂ m + (1 - β₂) g
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = lion({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.900000
 * @see X. Chen et al., Symbolic discovery of optimization algorithms (2023); google/automl
 */
export function lion(options: LionOptions = {}): Rule {
  return rule(options);
}
