import source from "kernels/sgd.wasm";
import { AT_LEAST_ZERO, FINITE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `sgd`. */
export interface SgdOptions {
  /** γ, the size of a step; 0.01 unless set. */
  learningRate?: number | Schedule;
  /** μ, the share of the last direction that is kept; 0 unless set. */
  momentum?: number | Schedule;
  /** τ, the share of the gradient that is left out of the momentum; 0 unless set. */
  dampening?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to look ahead along the momentum; needs momentum and no dampening. */
  nesterov?: boolean;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<SgdOptions, "groups" | "nesterov" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "sgd",
  source,
  ranges: {
    learningRate: [0.01, AT_LEAST_ZERO],
    momentum: [0, AT_LEAST_ZERO],
    dampening: [0, FINITE],
    weightDecay: [0, AT_LEAST_ZERO],
    nesterov: [false, FLAG],
    maximize: [false, FLAG],
  },
  slots: ({ momentum }) => (momentum === 0 ? [] : ["momentumBuffer"]),
  check({ nesterov, momentum, dampening }) {
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new RangeError(`nesterov needs a momentum above 0 and a dampening of 0; got ${momentum} and ${dampening}.`);
    }
  },
});

/**
 * Gradient descent, with momentum, Nesterov's momentum or weight decay if wanted.
 *
 *     d = g + λ p;   b = μ b + (1 - τ) d, b = d at first;   p = p - γ b
 *
 * with d + μ b in place of b for Nesterov's, and d itself without momentum.
 *
 * @throws {RangeError} if an option is negative or not finite, or nesterov lacks momentum or has dampening
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = sgd({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params); // Float64Array(1) [ 1.6 ]
 * @see torch.optim.SGD; I. Sutskever et al., On the importance of initialization and momentum (2013)
 */
export function sgd(options: SgdOptions = {}): Rule {
  return rule(options);
}
