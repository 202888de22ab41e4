import source from "kernels/adagrad.wasm";
import { AT_LEAST_ZERO } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `adagrad`. */
export interface AdagradOptions {
  /** γ, the size of a step; 0.01 unless set. */
  learningRate?: number | Schedule;
  /** η, slows the rate down as 1/(1 + (t-1)η) at step t; 0 unless set. */
  learningRateDecay?: number | Schedule;
  /** What the sum of squares starts at; 0 unless set. */
  initialAccumulatorValue?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-10 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AdagradOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "adagrad",
  source,
  ranges: {
    learningRate: [0.01, AT_LEAST_ZERO],
    learningRateDecay: [0, AT_LEAST_ZERO],
    initialAccumulatorValue: [0, AT_LEAST_ZERO],
    epsilon: [1e-10, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["sum"],
});

/**
 * Adaptive gradients: each parameter steps by its gradient over the root of the sum of all its squares.
 *
 *     g = g + λ p;   v = v + g²;   p = p - γ / (1 + (t - 1) η) · g / (√v + ε)
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = adagrad({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.900000
 * @see torch.optim.Adagrad; J. Duchi et al., Adaptive subgradient methods (2011)
 */
export function adagrad(options: AdagradOptions = {}): Rule {
  return rule(options);
}
