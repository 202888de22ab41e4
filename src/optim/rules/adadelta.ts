import source from "kernels/adadelta.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `adadelta`. */
export interface AdadeltaOptions {
  /** γ, the size of a step; 1 unless set. */
  learningRate?: number | Schedule;
  /** ρ, the share of the mean squares that is kept; 0.9 unless set. */
  rho?: number | Schedule;
  /** ε, what steps start from, and bounds them where gradients vanish; 1e-6 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AdadeltaOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "adadelta",
  source,
  ranges: {
    learningRate: [1, AT_LEAST_ZERO],
    rho: [0.9, BELOW_ONE],
    epsilon: [1e-6, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["squareAvg", "accDelta"],
});

/**
 * Adagrad over a window: the gradient is scaled by the root mean square of the steps over that of the gradients.
 *
 *     g = g + λ p;   v = ρ v + (1 - ρ) g²;   δ = √(u + ε) / √(v + ε) · g;   u = ρ u + (1 - ρ) δ²
 *     p = p - γ δ
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = adadelta().init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.996838
 * @see torch.optim.Adadelta; M. Zeiler, ADADELTA: An adaptive learning rate method (2012)
 */
export function adadelta(options: AdadeltaOptions = {}): Rule {
  return rule(options);
}
