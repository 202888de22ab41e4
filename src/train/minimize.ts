import { describe } from "../ndarray/dtype.js";
import { checkAtLeastZero, checkOptions } from "../ndarray/errors.js";
import { takeAdaptive } from "../numdiff/adaptive-gradient.js";
import { Differences, evaluate, type Loss, threw } from "../numdiff/differences.js";
import type { Method } from "../numdiff/scheme.js";
import { Optimizer } from "../optim/optimizer.js";
import type { Rule } from "../optim/rule.js";
import { sgd } from "../optim/rules/sgd.js";
import { vectorKernels } from "../optim/vector.js";
import { Argument, type Copied, type Live, type ParameterTree, type ParameterVector } from "../params/parameters.js";

/** Where the loop is, before it makes its next step. */
export interface Iteration<P extends ParameterTree> {
  readonly iteration: number;
  readonly value: number;
  /** The parameters and the gradient, as views that are valid during the call. */
  readonly x: Live<P>;
  readonly gradient: Live<P>;
  /** The largest absolute entry of the gradient. */
  readonly gradientNorm: number;
}

export interface MinimizeOptions<P extends ParameterTree> {
  /** How to step; sgd({ learningRate: 0.1 }) unless set. */
  optimizer?: Rule;
  /** The gradient of the loss in the structure of x, or the differences to take; "central" unless set. */
  gradient?: ((x: Live<P>) => unknown) | Method | "adaptive";
  /** Steps at most; 1000 unless set. */
  maxIterations?: number;
  /** Converged when no entry of the gradient is larger; 1e-6 unless set. */
  gradientTolerance?: number;
  /** Converged when a step changes the value by no more; 0, which is never, unless set. */
  valueTolerance?: number;
  /** Called before each step. */
  onIteration?: (state: Iteration<P>) => void;
  /** Ends the loop before the next step, with what there is by then. */
  signal?: AbortSignal;
}

/** How a minimization ended. */
export interface Minimum<P extends ParameterTree> {
  /** The parameters, the value and the gradient where it ended; copies in the structure of x0. */
  readonly x: Copied<P>;
  readonly value: number;
  readonly gradient: Copied<P>;
  /** Steps made. */
  readonly iterations: number;
  /** Calls of the loss, those for numerical gradients included. */
  readonly evaluations: number;
  readonly converged: boolean;
  readonly reason: "gradientTolerance" | "valueTolerance" | "maxIterations" | "aborted";
}

const OPTIONS = [
  "optimizer",
  "gradient",
  "maxIterations",
  "gradientTolerance",
  "valueTolerance",
  "onIteration",
  "signal",
];

const DIFFERENCES = ["central", "forward", "backward", "adaptive"];

/**
 * Follows the gradient of a loss downhill until it is flat.
 *
 * @param loss the function to minimize; it is given the parameters in the structure of x0, as views that are valid
 *   during the call
 * @param x0 where to start: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @returns where it ended and why; `converged` says whether a tolerance was met
 * @throws {RangeError} if the loss or the gradient is not finite, as after too large a step, with the iteration and the
 *   parameter; or an option is out of range
 * @throws {Error} if the loss throws, which is the cause
 * @example
 * const { x, converged } = minimize((p) => p ** 2, 2, { optimizer: sgd({ learningRate: 0.1 }) });
 * console.log(x.toFixed(5), converged); // 0.00000 true
 * @see scipy.optimize.minimize; A. Cauchy, Méthode générale pour la résolution des systèmes d'équations (1847)
 */
export function minimize<P extends ParameterTree>(
  loss: (x: Live<P>) => number,
  x0: P,
  options: MinimizeOptions<P> = {},
): Minimum<P> {
  if (typeof loss !== "function")
    throw new TypeError(`minimize takes a loss and a start; the first is ${describe(loss)}.`);
  checkOptions("minimize", options, OPTIONS);
  const {
    optimizer: rule = sgd({ learningRate: 0.1 }),
    gradient = "central",
    onIteration,
    signal,
    maxIterations = 1000,
  } = options;
  const gradientTolerance = checkAtLeastZero("gradientTolerance", options.gradientTolerance ?? 1e-6);
  const valueTolerance = checkAtLeastZero("valueTolerance", options.valueTolerance ?? 0);
  if (!(maxIterations >= 0) || (maxIterations % 1 !== 0 && maxIterations !== Number.POSITIVE_INFINITY)) {
    throw new RangeError(`maxIterations must be an integer of 0 or more; got ${describe(maxIterations)}.`);
  }
  if (typeof rule?.init !== "function")
    throw new TypeError(`optimizer must be a rule such as sgd({ learningRate: 0.1 }); got ${describe(rule)}.`);
  if (typeof gradient !== "function" && !DIFFERENCES.includes(gradient)) {
    throw new TypeError(
      `gradient must be a function, "central", "forward", "backward" or "adaptive"; got ${describe(gradient)}.`,
    );
  }
  const f: unknown = loss;
  const optimizer = (rule as { init(params: unknown): unknown }).init(x0);
  if (!(optimizer instanceof Optimizer))
    throw new TypeError(
      `optimizer must be a rule such as sgd({ learningRate: 0.1 }); its init gave ${describe(optimizer)}.`,
    );
  let differences: Differences | undefined;
  try {
    const { params, grads } = optimizer.vectors;
    const { layout } = params;
    const x = new Argument(layout);
    const g = new Argument(layout);
    if (typeof gradient === "string") {
      differences = new Differences(x);
      differences.open(false);
    }
    let evaluations = 0;
    let value = Number.NaN;
    let reason: Minimum<P>["reason"] | undefined;
    let iteration = 0;
    for (; ; ++iteration) {
      const where = ` at iteration ${iteration}`;
      const previous = value;
      x.load(params.address);
      value = evaluate(f as Loss, x.structure, where);
      x.checkUnchanged(params.address, where);
      evaluations += 1;
      if (typeof gradient === "function") grads.assign(callGradient(gradient, x, where), "gradient");
      else {
        const adaptive = gradient === "adaptive";
        const scheme = { method: adaptive ? "central" : gradient, rule: 0, step: 0 } as const;
        evaluations += adaptive
          ? takeAdaptive(f as Loss, differences as Differences, scheme, value, where, grads.address)
          : (differences as Differences).take(f as Loss, scheme, value, where, grads.address);
      }
      const gradientNorm = normOf(grads, where);
      if (onIteration !== undefined) {
        x.load(params.address); // the gradient may have been made in place
        g.load(grads.address);
        onIteration({ iteration, value, x: x.structure as Live<P>, gradient: g.structure as Live<P>, gradientNorm });
      }
      if (gradientNorm <= gradientTolerance) reason = "gradientTolerance";
      else if (valueTolerance > 0 && Math.abs(value - previous) <= valueTolerance) reason = "valueTolerance";
      else if (iteration >= maxIterations) reason = "maxIterations";
      else if (signal?.aborted) reason = "aborted";
      if (reason !== undefined) break;
      optimizer.descend();
    }
    return {
      x: layout.copy(params.address) as Copied<P>,
      value,
      gradient: layout.copy(grads.address) as Copied<P>,
      iterations: iteration,
      evaluations,
      converged: reason === "gradientTolerance" || reason === "valueTolerance",
      reason,
    };
  } finally {
    differences?.free();
    optimizer.free();
  }
}

function callGradient(gradient: (x: never) => unknown, x: Argument, where: string): unknown {
  try {
    return gradient(x.structure as never);
  } catch (error) {
    throw threw("gradient", error, where);
  }
}

/** The largest absolute entry; an entry that is not finite is an error. */
function normOf(grads: ParameterVector, where: string): number {
  let norm = 0;
  for (const { kind, address, count } of grads.segments)
    norm = Math.max(norm, vectorKernels()[`maximumNorm_${kind}`](address, count));
  if (Number.isFinite(norm)) return norm;
  const name = grads.layout.firstNotFinite(grads.address);
  throw new RangeError(
    `The gradient is not finite${where}, in the entry of ${name}; a smaller learning rate may help.`,
  );
}
