import source from "kernels/rmsprop.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `rmsprop`. */
export interface RmspropOptions {
  /** γ, the size of a step; 0.01 unless set. */
  learningRate?: number | Schedule;
  /** α, the share of the mean square that is kept; 0.99 unless set. */
  alpha?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** μ, the share of the last direction that is kept; 0 unless set. */
  momentum?: number | Schedule;
  /** Whether to take the variance of the gradient in place of its mean square. */
  centered?: boolean;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<RmspropOptions, "groups" | "centered" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "rmsprop",
  source,
  ranges: {
    learningRate: [0.01, AT_LEAST_ZERO],
    alpha: [0.99, BELOW_ONE],
    epsilon: [1e-8, AT_LEAST_ZERO],
    weightDecay: [0, AT_LEAST_ZERO],
    momentum: [0, AT_LEAST_ZERO],
    centered: [false, FLAG],
    maximize: [false, FLAG],
  },
  slots: ({ centered, momentum }) => [
    "squareAvg",
    ...(centered ? ["gradAvg"] : []),
    ...(momentum === 0 ? [] : ["momentumBuffer"]),
  ],
});

/**
 * Root mean square: each parameter steps by its gradient over the root of its mean square.
 *
 *     g = g + λ p;   v = α v + (1 - α) g²;   b = μ b + g / (√v + ε);   p = p - γ b
 *
 * with v less the square of the mean gradient if centered.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = rmsprop({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.000000
 * @see torch.optim.RMSprop; G. Hinton, Neural networks for machine learning, lecture 6 (2012)
 */
export function rmsprop(options: RmspropOptions = {}): Rule {
  return rule(options);
}
