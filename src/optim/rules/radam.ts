import source from "kernels/radam.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `radam`. */
export interface RadamOptions {
  /** γ, the size of a step; 0.001 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean square that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether weight decay acts on the parameters themselves, not through the moments. */
  decoupledWeightDecay?: boolean;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<RadamOptions, "groups" | "decoupledWeightDecay" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "radam",
  source,
  ranges: {
    learningRate: [1e-3, AT_LEAST_ZERO],
    beta1: [0.9, BELOW_ONE],
    beta2: [0.999, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    decoupledWeightDecay: [false, FLAG],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvg", "expAvgSq"],
});

/**
 * Rectified Adam: plain momentum until the mean square rests on enough steps, a warm-up of its own.
 *
 *     g = g + λ p;   m = β₁ m + (1 - β₁) g;   v = β₂ v + (1 - β₂) g²
 *     ρ∞ = 2 / (1 - β₂) - 1;   ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ);   m̂ = m / (1 - β₁ᵗ)
 *     p = p - γ m̂ √(1 - β₂ᵗ) / (√v + ε) · √((ρ - 4)(ρ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρ)) if ρ > 5, else p - γ m̂
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = radam({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.600000
 * @see torch.optim.RAdam; L. Liu et al., On the variance of the adaptive learning rate and beyond (2020)
 */
export function radam(options: RadamOptions = {}): Rule {
  return rule(options);
}
