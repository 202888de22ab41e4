import { checkSelector, groupOf } from "./groups.js";
import type { Group } from "./hyperparameters.js";
import { type Rule, ruleOf, type Stage } from "./rule.js";

/**
 * Two rules that share the parameters: one for some of them, the other for the rest.
 *
 * Both have their own state, for their own parameters only. `learningRate` of the optimizer is that of the second.
 *
 * @param params which parameters are of the first: those whose path ("layers[0].bias") equals the text, matches the
 *   expression, or is accepted, with the shape, by the function
 * @param first the rule of those
 * @param second the rule of all others
 * @throws {TypeError} if `params` is none of these
 * @example
 * const matrices = (path, shape) => shape.length === 2;
 * const rule = partition(matrices, muon({ learningRate: 0.1 }), adam({ learningRate: 0.5 }));
 * const optimizer = rule.init({ w: array([[1, 0], [0, 1]]), b: [1] });
 * optimizer.step({ w: [[1, 0], [0, 1]], b: [2] });
 * console.log(optimizer.params.b[0].toFixed(6)); // 0.500000
 * @see optax.partition
 */
export function partition(params: Group["params"], first: Rule, second: Rule): Rule {
  checkSelector("params", params);
  const of = {};
  const belongs = (path: string, shape: readonly number[]) => groupOf([{ params }], path, shape) > 0;
  const shared = (rule: Rule, mine: boolean): Stage[] =>
    rule.stages.map((stage) => ({
      ...stage,
      share: { of, takes: (path, shape) => belongs(path, shape) === mine && (stage.share?.takes(path, shape) ?? true) },
    }));
  return ruleOf([...shared(first, true), ...shared(second, false)]);
}
