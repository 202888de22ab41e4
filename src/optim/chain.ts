import { describe } from "../ndarray/dtype.js";
import { type Rule, ruleOf, type Stage } from "./rule.js";

/**
 * Several things at each step, in order: changes of the gradient, the rule that moves the parameters, and what is made
 * of the result.
 *
 *     chain(clipByGlobalNorm(1), adam(), ema(0.999))
 *
 * Changes of the gradient happen in place, in `optimizer.gradients`.
 *
 * @param rules rules, transforms and chains of these; one of them moves parameters
 * @throws {TypeError} if one is no rule, more than one moves the parameters, or one stands where it has no effect
 * @example
 * const optimizer = chain(clipByValue(1), sgd({ learningRate: 0.5 })).init([2]);
 * optimizer.step([4]);
 * console.log(optimizer.params); // Float64Array(1) [ 1.5 ]
 * @see optax.chain
 */
export function chain(...rules: readonly Rule[]): Rule {
  for (const [i, rule] of rules.entries()) {
    if (!Array.isArray(rule?.stages))
      throw new TypeError(
        `chain takes rules such as clipByGlobalNorm(1) and adam(); number ${i + 1} is ${describe(rule)}.`,
      );
  }
  const stages = rules.flatMap((rule) => rule.stages);
  if (stages.length === 0) throw new TypeError("chain takes rules such as clipByGlobalNorm(1) and adam(); got none.");
  checkOrder(stages);
  return ruleOf(stages);
}

function checkOrder(stages: readonly Stage[]): void {
  let mover: Stage | undefined;
  let result: Stage | undefined;
  let average: Stage | undefined;
  for (const stage of stages) {
    const { name, role } = stage;
    const before = mover ?? result;
    if (role === "gradient" && before !== undefined)
      throw new TypeError(`${name} changes the gradient and has no effect after ${before.name}; put it before.`);
    if (role === undefined) {
      if (mover !== undefined && (stage.share === undefined || stage.share.of !== mover.share?.of))
        throw new TypeError(`A chain has one rule that moves the parameters; ${mover.name} and ${name} both do.`);
      if (result !== undefined)
        throw new TypeError(`${result.name} goes by what ${name} makes of the parameters; put it after.`);
      mover = stage;
    }
    if (role === "result") {
      const own = stages.find(({ averagesAsItGoes }) => averagesAsItGoes);
      if (own !== undefined)
        throw new TypeError(
          `${name} has no place after ${own.name}, whose parameters lie between its steps and its average: moved, they would spoil it, and what counts is that average, by swap().`,
        );
      result = stage;
    }
    if (stage.average !== undefined) {
      // What asgd averages for itself may stand back; swap takes the last.
      if (average !== undefined && (role !== "result" || average.role === "result"))
        throw new TypeError(`A chain has one rule that keeps averages; ${average.name} and ${name} both do.`);
      average = stage;
    }
  }
}
