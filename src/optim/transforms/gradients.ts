import source from "kernels/centralize.wasm";
import { ABOVE_ZERO, AT_LEAST_ZERO, type Range } from "../../ndarray/ranges.js";
import { views } from "../../wasm/heap.js";
import { addScaled } from "../add-scaled.js";
import { clippingKernels } from "../clipping.js";
import { checkValue, type Group, type Ranges, type Schedule } from "../hyperparameters.js";
import { normKernels } from "../norms.js";
import { defineRule, type Part, type Rule, ruleOf, type Stage, settle } from "../rule.js";

type Apply = (parts: readonly Part[]) => void;

/** A change of the gradient by one hyperparameter, made of the kernels of vectors. */
function transform(
  name: string,
  key: string,
  range: Range,
  options: object,
  prepare: () => unknown,
  apply: Apply,
  perArray = false,
): Rule {
  const ranges: Ranges = { [key]: [Number.NaN, range] };
  checkValue(key, range, (options as Record<string, unknown>)[key]);
  const { values, groups } = settle(name, ranges, options);
  const stage: Stage = {
    name,
    role: "gradient",
    ranges,
    values,
    groups,
    slots: [],
    scalars: [],
    perArray,
    prepare,
    apply,
  };
  return ruleOf([stage]);
}

/** The hyperparameter of such a change, which follows the count of steps in the record. */
function hyperparameter({ h }: Part): number {
  return views.f64[h / 8 + 1] as number;
}

/**
 * Scales the gradient down if its norm, over all arrays together, is above a limit.
 *
 *     g = min(1, maximum / (‖g‖ + 1e-6)) · g
 *
 * The sum of squares is in float64 and by array, whatever the types and groups are. A norm that is NaN makes all of the
 * gradient NaN.
 *
 * @param maximum the norm that it may have
 * @throws {RangeError} if it is not above 0 and finite
 * @throws {TypeError} if it is neither a number nor a schedule
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), sgd({ learningRate: 1 })).init({ w: [0], b: 0 });
 * optimizer.step({ w: [3], b: 4 });
 * console.log(optimizer.params.w[0].toFixed(4), optimizer.params.b.toFixed(4)); // -0.6000 -0.8000
 * @see torch.nn.utils.clip_grad_norm_; R. Pascanu et al., On the difficulty of training recurrent neural networks (2013)
 */
export function clipByGlobalNorm(maximum: number | Schedule): Rule {
  const apply = (parts: readonly Part[]): void => {
    let squares = 0;
    for (const { kind, g, count } of parts) squares += normKernels()[`sumOfSquares_${kind}`](g, count);
    for (const part of parts) {
      const share = Math.min(1, hyperparameter(part) / (Math.sqrt(squares) + 1e-6));
      if (share !== 1) clippingKernels()[`scale_${part.kind}`](part.g, part.count, share);
    }
  };
  const prepare = (): void => {
    normKernels();
    clippingKernels();
  };
  // By array, so that the order of the sum does not depend on which arrays happen to be treated alike.
  return transform("clipByGlobalNorm", "maximum", ABOVE_ZERO, { maximum }, prepare, apply, true);
}

/**
 * Limits each entry of the gradient. NaN stays NaN.
 *
 *     g = min(max(g, -limit), limit)
 *
 * @param limit the largest magnitude
 * @throws {RangeError} if it is not above 0 and finite
 * @throws {TypeError} if it is neither a number nor a schedule
 * @example
 * const optimizer = chain(clipByValue(1), sgd({ learningRate: 1 })).init([0, 0]);
 * optimizer.step([0.5, -4]);
 * console.log(optimizer.params); // Float64Array(2) [ -0.5, 1 ]
 * @see torch.nn.utils.clip_grad_value_
 */
export function clipByValue(limit: number | Schedule): Rule {
  return transform("clipByValue", "limit", ABOVE_ZERO, { limit }, clippingKernels, (parts) => {
    for (const part of parts) clippingKernels()[`clamp_${part.kind}`](part.g, part.count, hyperparameter(part));
  });
}

/**
 * Adds the parameters to the gradient, as the gradient of λ p² / 2 would: what `weightDecay` of most rules does, where a
 * chain wants it in another place, such as before the clipping.
 *
 *     g = g + λ p
 *
 * A rule with `maximize` turns it around.
 *
 * @param weightDecay λ
 * @param options.groups parameters with a `weightDecay` of their own
 * @throws {RangeError} if λ is negative or not finite
 * @throws {TypeError} if it is neither a number nor a schedule, or an option is unknown
 * @example
 * const optimizer = chain(addDecayedWeights(0.5), sgd({ learningRate: 1 })).init([2]);
 * optimizer.step([0.25]);
 * console.log(optimizer.params); // Float64Array(1) [ 0.75 ]
 * @see optax.add_decayed_weights
 */
export function addDecayedWeights(
  weightDecay: number | Schedule,
  options: { groups?: readonly (Group & { weightDecay?: number | Schedule })[] } = {},
): Rule {
  const all = { ...options, weightDecay };
  return transform("addDecayedWeights", "weightDecay", AT_LEAST_ZERO, all, addScaled, (parts) => {
    for (const part of parts) {
      const decay = hyperparameter(part);
      if (decay !== 0) addScaled()[`addScaled_${part.kind}`](part.g, part.p, part.count, decay);
    }
  });
}

const centralization = /* @__PURE__ */ defineRule({
  name: "centralize",
  source,
  ranges: {},
  perArray: true,
  role: "gradient",
});

/**
 * Gives the gradient of each unit a mean of 0: for arrays of two or more dimensions, over all axes but the first.
 *
 *     g[i] = g[i] - mean(g[i])
 *
 * Vectors and numbers stay as they are, and so do arrays with one element in each g[i], which would vanish.
 *
 * @example
 * const optimizer = chain(centralize(), sgd({ learningRate: 1 })).init(zeros([2, 2]));
 * optimizer.step([[1, 3], [5, 5]]);
 * console.log(optimizer.params.toArray()); // [ [ 1, -1 ], [ 0, 0 ] ]
 * @see H. Yong et al., Gradient centralization: A new optimization technique for deep neural networks (2020)
 */
export function centralize(): Rule {
  return centralization({});
}
