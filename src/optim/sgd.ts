import { describe } from "../ndarray/dtype.js";
import { checkAtLeastZero, checkOptions } from "../ndarray/errors.js";
import { optimKernels } from "./kernels.js";
import { type Rule, ruleOf } from "./optimizer.js";

export interface SgdOptions {
  /** Size of a step; 0.01 unless set. */
  learningRate?: number;
  /** μ, the share of the last direction that is kept; 0 unless set. */
  momentum?: number;
  /** τ, the share of the gradient that is left out of the momentum; 0 unless set. */
  dampening?: number;
  /** Whether to look ahead along the momentum; needs momentum and no dampening. */
  nesterov?: boolean;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number;
}

/**
 * Gradient descent, with momentum, Nesterov's momentum or weight decay if wanted.
 *
 *     d = g + λ p;   b = μ b + (1 - τ) d, b = d at first;   p = p - learningRate · b
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
  checkOptions("sgd", options, ["learningRate", "momentum", "dampening", "nesterov", "weightDecay"]);
  const learningRate = checkAtLeastZero("learningRate", options.learningRate ?? 0.01);
  const momentum = checkAtLeastZero("momentum", options.momentum ?? 0);
  const weightDecay = checkAtLeastZero("weightDecay", options.weightDecay ?? 0);
  const { dampening = 0, nesterov = false } = options;
  if (typeof dampening !== "number" || !Number.isFinite(dampening)) {
    throw new RangeError(`dampening must be a finite number; got ${describe(dampening)}.`);
  }
  if (typeof nesterov !== "boolean") throw new TypeError(`nesterov must be true or false; got ${describe(nesterov)}.`);
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new RangeError(`nesterov needs a momentum above 0 and a dampening of 0; got ${momentum} and ${dampening}.`);
  }
  return ruleOf({
    learningRate,
    slots: momentum === 0 ? 0 : 1,
    update({ kind, address, count }, g, [buffer = 0], rate, stepCount) {
      optimKernels()[`sgd_${kind}`](
        address,
        g,
        buffer,
        count,
        rate,
        momentum,
        dampening,
        weightDecay,
        Number(nesterov),
        Number(stepCount === 0),
      );
    },
  });
}
