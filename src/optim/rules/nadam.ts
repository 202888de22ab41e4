import source from "kernels/nadam.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `nadam`. */
export interface NadamOptions {
  /** γ, the size of a step; 0.002 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean square that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** ψ, how fast the momentum grows to β₁; 0.004 unless set. */
  momentumDecay?: number | Schedule;
  /** Whether weight decay acts on the parameters themselves, not through the moments. */
  decoupledWeightDecay?: boolean;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<NadamOptions, "groups" | "decoupledWeightDecay" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "nadam",
  source,
  ranges: {
    learningRate: [2e-3, AT_LEAST_ZERO],
    beta1: [0.9, BELOW_ONE],
    beta2: [0.999, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    momentumDecay: [4e-3, AT_LEAST_ZERO],
    decoupledWeightDecay: [false, FLAG],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvg", "expAvgSq"],
  scalars: ["muProduct"],
});

/**
 * Adam with Nesterov's momentum, as torch 2 has it.
 *
 *     g = g + λ p;   m = β₁ m + (1 - β₁) g;   v = β₂ v + (1 - β₂) g²;   μ(t) = β₁ (1 - 0.96^(t ψ) / 2)
 *     p = p - γ (g (1 - μ(t)) / (1 - μ(1)...μ(t)) + m μ(t+1) / (1 - μ(1)...μ(t+1))) / (√v̂ + ε)
 *
 * where v̂ = v / (1 - β₂ᵗ).
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = nadam({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.894355
 * @see torch.optim.NAdam; T. Dozat, Incorporating Nesterov momentum into Adam (2016)
 */
export function nadam(options: NadamOptions = {}): Rule {
  return rule(options);
}
