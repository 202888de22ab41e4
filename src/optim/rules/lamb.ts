import source from "kernels/lamb.wasm";
import { sizeOf } from "../../ndarray/ndarray.js";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `lamb`. */
export interface LambOptions {
  /** γ, the size of a step as a share of the array's; 0.001 unless set. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean square that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-6 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<LambOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "lamb",
  source,
  ranges: {
    learningRate: [1e-3, AT_LEAST_ZERO],
    beta1: [0.9, BELOW_ONE],
    beta2: [0.999, BELOW_ONE],
    epsilon: [1e-6, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvg", "expAvgSq"],
  perArray: true,
  scratch: (shape, bytes) => sizeOf(shape) * bytes,
});

/**
 * Adam whose steps are as long as the array they move, for batches that are very large.
 *
 *     m = β₁ m + (1 - β₁) g;   v = β₂ v + (1 - β₂) g²;   u = m̂ / (√v̂ + ε) + λ p
 *     p = p - γ |p|/|u| u
 *
 * with the norms of each array, and 1 for their quotient if one is 0.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = lamb({ learningRate: 0.1 }).init([3, 4]);
 * optimizer.step([1, 0]);
 * console.log(optimizer.params[0].toFixed(6)); // 2.500000
 * @see optax.lamb; Y. You et al., Large batch optimization for deep learning: training BERT in 76 minutes (2019)
 */
export function lamb(options: LambOptions = {}): Rule {
  return rule(options);
}
