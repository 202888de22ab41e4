import source from "kernels/ema.wasm";
import { BELOW_ONE } from "../../ndarray/ranges.js";
import { checkValue, type Schedule } from "../hyperparameters.js";
import { averageOfFirstSlot, defineRule, type Rule } from "../rule.js";

const average = /* @__PURE__ */ defineRule({
  name: "ema",
  source,
  ranges: { decay: [0, BELOW_ONE] },
  slots: () => ["average"],
  role: "result",
  average: averageOfFirstSlot,
});

/**
 * Keeps an average of the parameters, which often does better than they do. In a chain, after the rule.
 *
 *     a = p after the first step, then a = β a + (1 - β) p
 *
 * `optimizer.swap()` puts the averages, and not those of an `asgd` before it, in the place of the parameters, and back.
 * What a step leaves out, frozen or without a gradient, keeps its average, too.
 *
 * @param decay β, the share of the average that is kept, such as 0.999; or a schedule of it, such as
 *   (step) => Math.min(0.999, (1 + step) / (10 + step)) for averages that are short at first
 * @throws {RangeError} if β is not from 0 to below 1
 * @throws {TypeError} if it is neither a number nor a schedule
 * @example
 * const optimizer = chain(sgd({ learningRate: 1 }), ema(0.5)).init([4]);
 * for (let step = 0; step < 3; ++step) optimizer.step([1]);
 * optimizer.swap();
 * console.log(optimizer.params); // Float64Array(1) [ 1.75 ]
 * optimizer.swap();
 * console.log(optimizer.params); // Float64Array(1) [ 1 ]
 * @see torch.optim.swa_utils.AveragedModel; B. Polyak and A. Juditsky, Acceleration of stochastic approximation by
 *   averaging (1992)
 */
export function ema(decay: number | Schedule): Rule {
  checkValue("decay", BELOW_ONE, decay);
  return average({ decay });
}
