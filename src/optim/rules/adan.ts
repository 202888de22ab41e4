import source from "kernels/adan.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `adan`. */
export interface AdanOptions {
  /** γ, the size of a step; 0.001 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.98 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean change of the gradient that is kept; 0.92 unless set. */
  beta2?: number | Schedule;
  /** β₃, the share of the mean square that is kept; 0.99 unless set. */
  beta3?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0 by themselves; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AdanOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "adan",
  source,
  ranges: {
    learningRate: [1e-3, AT_LEAST_ZERO],
    beta1: [0.98, BELOW_ONE],
    beta2: [0.92, BELOW_ONE],
    beta3: [0.99, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvg", "expAvgDiff", "expAvgSq", "previousGradient"],
});

/**
 * Adaptive Nesterov momentum: Adam that looks ahead by how the gradient changes.
 *
 *     d = g - last g;   m = β₁ m + (1 - β₁) g;   v = β₂ v + (1 - β₂) d;   w = β₃ w + (1 - β₃) (g + β₂ d)²
 *     p = (p - γ (m / (1 - β₁ᵗ) + β₂ v / (1 - β₂ᵗ)) / (√(w / (1 - β₃ᵗ)) + ε)) / (1 + γ λ)
 *
 * The shares are those that are kept, as in the authors' program; in the paper they are those that are added.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = adan({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.900000
 * @see X. Xie et al., Adan: Adaptive Nesterov momentum algorithm (2022); sail-sg/Adan
 */
export function adan(options: AdanOptions = {}): Rule {
  return rule(options);
}
