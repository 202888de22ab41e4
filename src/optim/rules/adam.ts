import source from "kernels/adam.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Ranges, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `adam` and `adamw`. */
export interface AdamOptions {
  /** γ, the size of a step; 0.001 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean square that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set, 0.01 for adamw. */
  weightDecay?: number | Schedule;
  /** Whether to go by the largest mean square so far. */
  amsgrad?: boolean;
  /** Whether weight decay acts on the parameters themselves, not through the moments; adamw's way. */
  decoupledWeightDecay?: boolean;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AdamOptions, "groups" | "amsgrad" | "decoupledWeightDecay" | "maximize">)[];
}

const RANGES: Ranges = {
  learningRate: [1e-3, AT_LEAST_ZERO],
  beta1: [0.9, BELOW_ONE],
  beta2: [0.999, BELOW_ONE],
  epsilon: [1e-8, AT_LEAST_ZERO],
  weightDecay: [0, AT_LEAST_ZERO],
  amsgrad: [false, FLAG],
  decoupledWeightDecay: [false, FLAG],
  maximize: [false, FLAG],
};

const slots = ({ amsgrad }: { readonly amsgrad?: unknown }) => [
  "expAvg",
  "expAvgSq",
  ...(amsgrad ? ["maxExpAvgSq"] : []),
];

const coupled = /* @__PURE__ */ defineRule({ name: "adam", source, ranges: RANGES, slots });

const decoupled = /* @__PURE__ */ defineRule({
  name: "adamw",
  source,
  kernel: "adam",
  ranges: {
    learningRate: [1e-3, AT_LEAST_ZERO],
    beta1: [0.9, BELOW_ONE],
    beta2: [0.999, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0.01, AT_LEAST_ZERO],
    amsgrad: [false, FLAG],
    decoupledWeightDecay: [true, FLAG],
    maximize: [false, FLAG],
  },
  slots,
});

/**
 * Adaptive moments: each parameter steps by the mean of its gradients over the root of their mean square.
 *
 *     g = g + λ p;   m = β₁ m + (1 - β₁) g;   v = β₂ v + (1 - β₂) g²
 *     p = p - γ m̂ / (√v̂ + ε),   m̂ = m / (1 - β₁ᵗ),   v̂ = v / (1 - β₂ᵗ)
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = adam({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.900000
 * @see torch.optim.Adam; D. Kingma and J. Ba, Adam: A method for stochastic optimization (2015)
 */
export function adam(options: AdamOptions = {}): Rule {
  return coupled(options);
}

/**
 * Adam with weight decay that acts on the parameters themselves: p = p - γ λ p before each step.
 *
 * @throws as `adam`
 * @example
 * const optimizer = adamw({ learningRate: 0.1, weightDecay: 0.5 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.800000
 * @see torch.optim.AdamW; I. Loshchilov and F. Hutter, Decoupled weight decay regularization (2019)
 */
export function adamw(options: Omit<AdamOptions, "decoupledWeightDecay"> = {}): Rule {
  return decoupled(options);
}
