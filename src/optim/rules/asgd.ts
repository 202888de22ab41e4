import source from "kernels/asgd.wasm";
import { AT_LEAST_ZERO } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { averageOfFirstSlot, defineRule, type Rule } from "../rule.js";

/** Options of `asgd`. */
export interface AsgdOptions {
  /** γ, the size of the first steps; 0.01 unless set. */
  learningRate?: number | Schedule;
  /** Λ, how fast steps become smaller, and how much parameters do; 1e-4 unless set. */
  lambd?: number | Schedule;
  /** α, the power by which steps become smaller; 0.75 unless set. */
  alpha?: number | Schedule;
  /** The step from which on the parameters are averaged; 1e6 unless set. */
  t0?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AsgdOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "asgd",
  source,
  ranges: {
    learningRate: [0.01, AT_LEAST_ZERO],
    lambd: [1e-4, AT_LEAST_ZERO],
    alpha: [0.75, AT_LEAST_ZERO],
    t0: [1e6, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["ax"],
  scalars: ["eta"],
  average: averageOfFirstSlot,
});

/**
 * Averaged gradient descent: ever smaller steps, and the mean of where they lead.
 *
 *     g = g + λ p;   η = γ / (1 + Λ γ (t - 1))^α;   p = (1 - Λ η) p - η g
 *
 * The mean of the parameters from step t₀ on is what `optimizer.swap()` puts in their place, and takes away again.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = asgd({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.599980
 * @see torch.optim.ASGD; B. Polyak and A. Juditsky, Acceleration of stochastic approximation by averaging (1992)
 */
export function asgd(options: AsgdOptions = {}): Rule {
  return rule(options);
}
