import source from "kernels/adamax.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `adamax`. */
export interface AdamaxOptions {
  /** γ, the size of a step; 0.002 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the largest gradient that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AdamaxOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "adamax",
  source,
  ranges: {
    learningRate: [2e-3, AT_LEAST_ZERO],
    beta1: [0.9, BELOW_ONE],
    beta2: [0.999, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvg", "expInf"],
});

/**
 * Adam by the largest gradient in place of the mean square.
 *
 *     g = g + λ p;   m = β₁ m + (1 - β₁) g;   u = max(β₂ u, |g| + ε);   p = p - γ / (1 - β₁ᵗ) · m / u
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = adamax({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.900000
 * @see torch.optim.Adamax; D. Kingma and J. Ba, Adam: A method for stochastic optimization (2015)
 */
export function adamax(options: AdamaxOptions = {}): Rule {
  return rule(options);
}
