import source from "kernels/rprop.wasm";
import { describe } from "../../ndarray/dtype.js";
import { checkOptions } from "../../ndarray/errors.js";
import { ABOVE_ZERO, AT_LEAST_ZERO, BETWEEN_ZERO_AND_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule, type Value } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `rprop`. */
export interface RpropOptions {
  /** γ, the size of the first steps; 0.01 unless set. */
  learningRate?: number | Schedule;
  /** What steps are multiplied by where the gradient changes its sign, and where it keeps it; [0.5, 1.2] unless set. */
  etas?: readonly [number | Schedule, number | Schedule];
  /** The smallest and the largest step; [1e-6, 50] unless set. */
  stepSizes?: readonly [number | Schedule, number | Schedule];
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<RpropOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "rprop",
  source,
  ranges: {
    learningRate: [0.01, AT_LEAST_ZERO],
    "etas[0]": [0.5, BETWEEN_ZERO_AND_ONE],
    "etas[1]": [1.2, { expected: "a finite number above 1", accepts: (x) => x > 1 && x < Number.POSITIVE_INFINITY }],
    "stepSizes[0]": [1e-6, AT_LEAST_ZERO],
    "stepSizes[1]": [50, ABOVE_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["stepSize", "prev"],
  check({ "stepSizes[0]": least, "stepSizes[1]": most }) {
    if ((least as Value) > (most as Value))
      throw new RangeError(`stepSizes must be the smallest and the largest step; got [${least}, ${most}].`);
  },
});

const OPTIONS = ["learningRate", "etas", "stepSizes", "maximize"];

/** The options of `owner` with each pair as two values, for a record holds numbers. */
function apart(owner: string, options: RpropOptions, more: readonly string[]): object {
  checkOptions(owner, options, [...OPTIONS, ...more]);
  const { etas, stepSizes, ...rest } = options;
  const flat: Record<string, unknown> = { ...rest };
  for (const [name, pair] of Object.entries({ etas, stepSizes })) {
    if (pair === undefined) continue;
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError(`${name} must be an array of 2 numbers; got ${describe(pair)}.`);
    for (const i of [0, 1]) flat[`${name}[${i}]`] = pair[i];
  }
  return flat;
}

/**
 * Resilient propagation, for full batches: steps go by the signs of the gradient and grow while it keeps its sign.
 *
 *     d = d η₊ where g has the sign it had, d η₋ and g = 0 where it changed;   p = p - sign(g) d
 *
 * with d within stepSizes, and γ at first.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = rprop({ learningRate: 0.1 }).init([2]);
 * optimizer.step([4]);
 * optimizer.step([3.8]);
 * console.log(optimizer.params[0].toFixed(6)); // 1.780000
 * @see torch.optim.Rprop; M. Riedmiller and H. Braun, A direct adaptive method for faster backpropagation learning (1993)
 */
export function rprop(options: RpropOptions = {}): Rule {
  const flat = apart("rprop", options, ["groups"]);
  if (!Array.isArray(options.groups)) return rule(flat);
  const groups = options.groups.map((group, i) => apart(`groups[${i}] of rprop`, group, ["params", "frozen"]));
  return rule({ ...flat, groups });
}
