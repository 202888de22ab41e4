import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { AT_LEAST_ZERO, checkNumber, type Range } from "../ndarray/ranges.js";
import { takeAdaptive } from "../numdiff/adaptive-gradient.js";
import { Differences, evaluate, isUsable, type Loss, threw } from "../numdiff/differences.js";
import type { Method } from "../numdiff/scheme.js";
import type { Descent, Ending } from "../optim/descent.js";
import type { ClosureRule } from "../optim/lbfgs.js";
import { normKernels } from "../optim/norms.js";
import type { Rule } from "../optim/rule.js";
import { sgd } from "../optim/rules/sgd.js";
import {
  Argument,
  type Copied,
  copiesOf,
  firstNotFinite,
  kindOf,
  type Leaf,
  type Live,
  type ParameterTree,
  type ParameterVector,
  segmentsOf,
} from "../params/parameters.js";
import { heap, views } from "../wasm/heap.js";

/** Where the loop is, before it makes its next step. */
export interface Iteration<P extends ParameterTree> {
  /** Steps made so far. */
  readonly iteration: number;
  /** The loss at x. */
  readonly value: number;
  /** The parameters, as views that are valid during the call. */
  readonly x: Live<P>;
  /** The gradient at x, as views that are valid during the call. */
  readonly gradient: Live<P>;
  /** The largest absolute entry of the gradient, frozen parameters left out. */
  readonly gradientNorm: number;
}

/** Options of `minimize`. */
export interface MinimizeOptions<P extends ParameterTree> {
  /** How to step: any rule, a chain of them or `lbfgs`; sgd({ learningRate: 0.1 }) unless set. */
  optimizer?: Rule | ClosureRule;
  /** The gradient of the loss in the structure of x, or the differences to take; "central" unless set. */
  gradient?: ((x: Live<P>) => unknown) | Method | "adaptive";
  /** Steps at most; 1000 unless set. */
  maxIterations?: number;
  /** Calls of the loss at most, of which the start takes its own in any case; Infinity unless set. */
  maxEvaluations?: number;
  /** Milliseconds after which no step is begun; Infinity unless set. */
  maxTime?: number;
  /** Converged when no entry of the gradient is larger; 1e-6 unless set. */
  gradientTolerance?: number;
  /** Converged when a step changes the value by no more; 0, which is never, unless set. */
  valueTolerance?: number;
  /** Converged when the value is no larger; -Infinity unless set. */
  targetValue?: number;
  /** Called before each step; it ends the loop by returning false. */
  onIteration?: (state: Iteration<P>) => unknown;
  /** Whether to return the values and the gradients' norms of all iterations. */
  history?: boolean;
  /** Ends the loop before the next step, with what there is by then. */
  signal?: AbortSignal;
}

/** How a minimization ended. */
export interface Minimum<P extends ParameterTree> {
  /**
   * The parameters where the gradient met its tolerance, or else where the value was lowest of all iterations, which
   * need not be the last; copies in the structure of x0.
   */
  readonly x: Copied<P>;
  /** The loss at x. */
  readonly value: number;
  /** Its gradient at x, in the structure of x0. */
  readonly gradient: Copied<P>;
  /** Steps made. */
  readonly iterations: number;
  /** Calls of the loss, those for numerical gradients included; where one is not finite, only the first there counts. */
  readonly evaluations: number;
  /** Whether a tolerance or the target was met. */
  readonly converged: boolean;
  /**
   * The option that ended it; "stopped" by onIteration, "aborted" by the signal, "diverged" where the loss or its
   * gradient was not finite after a step, "changeTolerance" by that of `lbfgs`.
   */
  readonly reason: Reason;
  /** With the option: entry i is of the parameters after i steps. */
  readonly history?: {
    /** The loss. */
    readonly value: readonly number[];
    /** The largest absolute entry of the gradient. */
    readonly gradientNorm: readonly number[];
  };
}

/** @inline */
type Converged = Ending | "targetValue" | "valueTolerance";
/** @inline */
type Spent = "maxIterations" | "maxEvaluations" | "maxTime" | "stopped" | "aborted" | "diverged";
/** @inline */
type Reason = Converged | Spent;

const OPTIONS = [
  "optimizer",
  "gradient",
  "maxIterations",
  "maxEvaluations",
  "maxTime",
  "gradientTolerance",
  "valueTolerance",
  "targetValue",
  "onIteration",
  "history",
  "signal",
];

const DIFFERENCES = ["central", "forward", "backward", "adaptive"];

/** What an evaluation throws that there is no budget for. */
const ENOUGH = /* @__PURE__ */ new Error("enough");

/**
 * Follows the gradient of a loss downhill until it is flat.
 *
 * The loss is judged where the rule takes its gradients: averages that `ema` and schedule-free rules keep do not count.
 *
 * @param loss the function to minimize; it is given the parameters in the structure of x0, as views that are valid
 *   during the call
 * @param x0 where to start: numbers, a float array or NDArray, a single number, or records and arrays of these. Never
 *   written
 * @returns the lowest place and why it ended; `converged` says whether a tolerance was met. Once the loss or its gradient
 *   is not finite, as after too large a step, it ends with the reason "diverged"
 * @throws {RangeError} if the loss or the gradient is not finite at x0, with the parameter; or an option is out of range
 * @throws {TypeError} if the loss returns no number or writes to its parameters; or an option is of the wrong type or unknown
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
  const { optimizer: rule = sgd({ learningRate: 0.1 }), gradient = "central", onIteration, signal } = options;
  const gradientTolerance = checkNumber("gradientTolerance", AT_LEAST_ZERO, options.gradientTolerance ?? 1e-6);
  const valueTolerance = checkNumber("valueTolerance", AT_LEAST_ZERO, options.valueTolerance ?? 0);
  const maxIterations = checkNumber("maxIterations", COUNT, options.maxIterations ?? 1000);
  const maxEvaluations = checkNumber("maxEvaluations", COUNT, options.maxEvaluations ?? Number.POSITIVE_INFINITY);
  const { maxTime = Number.POSITIVE_INFINITY, targetValue = Number.NEGATIVE_INFINITY, history = false } = options;
  if (maxTime !== Number.POSITIVE_INFINITY) checkNumber("maxTime", AT_LEAST_ZERO, maxTime);
  if (typeof targetValue !== "number")
    throw new TypeError(`targetValue must be a number; got ${describe(targetValue)}.`);
  if (Number.isNaN(targetValue)) throw new RangeError("targetValue must not be NaN.");
  if (typeof history !== "boolean") throw new TypeError(`history must be true or false; got ${describe(history)}.`);
  if (onIteration !== undefined && typeof onIteration !== "function")
    throw new TypeError(`onIteration must be a function; got ${describe(onIteration)}.`);
  if (signal !== undefined && typeof signal?.aborted !== "boolean")
    throw new TypeError(`signal must be an AbortSignal; got ${describe(signal)}.`);
  if (typeof rule?.init !== "function")
    throw new TypeError(`optimizer must be a rule such as sgd({ learningRate: 0.1 }); got ${describe(rule)}.`);
  if (typeof gradient !== "function" && !DIFFERENCES.includes(gradient)) {
    throw new TypeError(
      `gradient must be a function, "central", "forward", "backward" or "adaptive"; got ${describe(gradient)}.`,
    );
  }
  const climbing = "stages" in rule && rule.stages.find(({ values }) => values.maximize === true);
  if (climbing) throw new TypeError(`minimize goes downhill; optimizer is ${climbing.name} with maximize.`);
  const f: unknown = loss;
  const began = performance.now();
  const optimizer = (rule as { init(params: unknown): unknown }).init(x0) as Descent;
  if (typeof optimizer?.advance !== "function")
    throw new TypeError(
      `optimizer must be a rule such as sgd({ learningRate: 0.1 }); its init gave ${describe(optimizer)}.`,
    );
  const taken: { free(): void }[] = [optimizer];
  try {
    const { params, grads, frozen } = optimizer.vectors;
    const { layout } = params;
    const x = new Argument(layout);
    const g = new Argument(layout);
    let differences: Differences | undefined;
    if (typeof gradient === "string") {
      differences = new Differences(x);
      taken.push(differences);
      differences.open(false);
    }
    // The parameters and the gradient where the value was lowest.
    const best = heap.allocate(2 * layout.bytes);
    taken.push({ free: () => heap.free(best) });
    let lowest = Number.POSITIVE_INFINITY;
    const moving = movingOf(grads, frozen);
    const values: number[] = [];
    const norms: number[] = [];
    let iteration = 0;
    let evaluations = 0;
    let reason: Reason | undefined;
    /** What an evaluation with its gradient takes. */
    let each = 0;
    const spent = (): Spent | undefined => {
      if (signal?.aborted) return "aborted";
      if (evaluations + each > maxEvaluations) return "maxEvaluations";
      return maxTime < Number.POSITIVE_INFINITY && performance.now() - began >= maxTime ? "maxTime" : undefined;
    };
    /** Writes the gradient, and is NaN if it or the value is not finite, which is an error at the start. */
    const evaluateAt = (step: number): number => {
      const where = ` at iteration ${step}`;
      const orNaN = (take: () => number): number => {
        try {
          return take();
        } catch (error) {
          // What the loss itself throws comes as the cause of another error.
          if (step > 0 && error instanceof RangeError) return Number.NaN;
          throw error;
        }
      };
      x.load(params.address);
      evaluations += 1;
      const value = orNaN(() => evaluate(f as Loss, x.structure, where));
      if (Number.isNaN(value)) return value;
      x.checkUnchanged(params.address, where);
      if (typeof gradient === "function") {
        assignGradient(grads, callGradient(gradient, x, where), frozen);
        return value;
      }
      const adaptive = gradient === "adaptive";
      const scheme = { method: adaptive ? "central" : gradient, rule: 0, step: 0 } as const;
      const at = differences as Differences;
      const count = orNaN(() =>
        adaptive
          ? takeAdaptive(f as Loss, at, scheme, value, where, grads.address)
          : at.take(f as Loss, scheme, value, where, grads.address),
      );
      if (Number.isNaN(count)) return count;
      evaluations += count;
      return value;
    };
    const evaluateNext = (): number => {
      reason = spent();
      if (reason !== undefined) throw ENOUGH;
      return evaluateAt(iteration + 1);
    };
    let value = evaluateAt(0);
    let previous = Number.NaN;
    each = evaluations;
    for (; ; ++iteration) {
      const gradientNorm = normOf(moving);
      if (!isUsable(value) || !isUsable(gradientNorm)) {
        if (iteration === 0) throw notFinite(grads);
        reason = "diverged";
        break;
      }
      if (value <= lowest) {
        lowest = value;
        views.u8.copyWithin(best.address, params.address, params.address + layout.bytes);
        views.u8.copyWithin(best.address + layout.bytes, grads.address, grads.address + layout.bytes);
      }
      if (history) {
        values.push(value);
        norms.push(gradientNorm);
      }
      let goOn: unknown;
      if (onIteration !== undefined) {
        x.load(params.address); // the gradient may have been made in place
        g.load(grads.address);
        goOn = onIteration({
          iteration,
          value,
          x: x.structure as Live<P>,
          gradient: g.structure as Live<P>,
          gradientNorm,
        });
      }
      if (gradientNorm <= gradientTolerance) reason = "gradientTolerance";
      else if (value <= targetValue) reason = "targetValue";
      else if (valueTolerance > 0 && Math.abs(value - previous) <= valueTolerance) reason = "valueTolerance";
      else if (optimizer.ending !== undefined) reason = optimizer.ending;
      else if (iteration >= maxIterations) reason = "maxIterations";
      else if (goOn === false) reason = "stopped";
      else reason = spent();
      if (reason !== undefined) break;
      previous = value;
      try {
        value = optimizer.advance(value, evaluateNext);
      } catch (error) {
        if (error !== ENOUGH) throw error;
        break;
      }
    }
    const flat = reason === "gradientTolerance";
    const found = flat ? [params.address, grads.address] : [best.address, best.address + layout.bytes];
    const [xFound, gradientFound] = copiesOf(layout, found);
    return {
      x: xFound as Copied<P>,
      value: flat ? value : lowest,
      gradient: gradientFound as Copied<P>,
      iterations: iteration,
      evaluations,
      converged: CONVERGED.includes(reason as Reason),
      reason: reason as Reason,
      ...(history && { history: { value: values, gradientNorm: norms } }),
    };
  } finally {
    for (const one of taken) one.free();
  }
}

const CONVERGED: readonly Reason[] = ["gradientTolerance", "targetValue", "valueTolerance", "changeTolerance"];

const COUNT: Range = {
  expected: "an integer of 0 or more",
  accepts: (n) => n >= 0 && (n % 1 === 0 || n === Number.POSITIVE_INFINITY),
};

function callGradient(gradient: (x: never) => unknown, x: Argument, where: string): unknown {
  try {
    return gradient(x.structure as never);
  } catch (error) {
    throw threw("gradient", error, where);
  }
}

/** Takes a gradient, which may be null for what is frozen. */
function assignGradient(grads: ParameterVector, given: unknown, frozen: ReadonlySet<Leaf>): void {
  const absent = frozen.size > 0 ? new Set(frozen) : undefined;
  grads.assign(given, "gradient", absent);
  if (absent !== undefined && absent.size > frozen.size)
    throw new TypeError("gradient is null for a parameter that is not frozen.");
}

/** The elements of a gradient whose parameters are not frozen. */
function movingOf(
  grads: ParameterVector,
  frozen: ReadonlySet<Leaf>,
): readonly { readonly kind: "f64" | "f32"; readonly address: number; readonly count: number }[] {
  if (frozen.size === 0) return segmentsOf(grads.layout, grads.address);
  return grads.layout.leaves
    .filter((leaf) => !frozen.has(leaf))
    .map((leaf) => ({ kind: kindOf(leaf), address: grads.layout.addressOf(leaf, grads.address), count: leaf.size }));
}

/** The largest absolute entry; NaN or infinite if one is. */
function normOf(parts: ReturnType<typeof movingOf>): number {
  let norm = 0;
  for (const { kind, address, count } of parts)
    norm = Math.max(norm, normKernels()[`maximumNorm_${kind}`](address, count));
  return norm;
}

function notFinite({ layout, address }: ParameterVector): Error {
  return new RangeError(
    `The gradient is not finite at iteration 0, in the entry of ${firstNotFinite(layout, address)}.`,
  );
}
