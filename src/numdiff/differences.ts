import { describe } from "../ndarray/dtype.js";
import type { Argument } from "../params/parameters.js";
import { heap, views } from "../wasm/heap.js";
import { numdiffKernels, type StepRule } from "./kernels.js";

export type Method = "forward" | "backward" | "central";

/** Finite differences, ready to be taken: the options of numericalGradient, checked. */
export interface Scheme {
  readonly method: Method;
  readonly rule: StepRule;
  /** The given step, one for all parameters or one for each. */
  readonly step: number | ArrayLike<number>;
}

/** Relative steps of SciPy: the square root (one-sided) and the cube root (central) of the machine epsilon. */
const RELATIVE_STEP = {
  f64: { oneSided: 1.4901161193847656e-8, central: 6.055454452393343e-6 },
  f32: { oneSided: 3.4526698300124393e-4, central: 4.921566601151848e-3 },
};

/** A function of parameters in their structure. */
export type Loss = (params: never) => number;

/**
 * Writes the gradient of `loss` at the parameters to a vector, by 2n evaluations (central) or n and the one at the
 * parameters themselves.
 *
 * Each evaluation changes one element of what the loss is given, which has its own value again before the next one.
 * The loss may allocate, grow linear memory or call this very function.
 *
 * The loop is JavaScript on purpose: a kernel that calls back for each evaluation costs more than many a loss, and
 * here the engine can inline it. Points and quotients are the kernels'.
 *
 * @param argument what the loss is given: the parameters
 * @param grads address of the vector that the gradient is written to
 * @param f0 the value at the parameters, if it is known
 * @param where where in a larger loop this is, for error messages: " at iteration 3", say
 * @returns the number of evaluations
 */
export function differences(
  loss: Loss,
  argument: Argument,
  grads: number,
  scheme: Scheme,
  f0: number | undefined,
  where: string,
): number {
  const { layout } = argument;
  const n = layout.size;
  const central = scheme.method === "central";
  const center = central ? 0 : (f0 ?? evaluate(loss, argument.structure, where));
  // x, lo, hi: the points, laid out as the parameters; fLo, fHi: the values there; given: the steps asked for
  const room = 8 * Math.ceil(layout.bytes / 8);
  const block = heap.allocate(3 * room + 3 * 8 * n);
  try {
    const x = block.address;
    const lo = central ? x + room : x;
    const hi = x + 2 * room;
    let fLo = hi + room;
    let fHi = fLo + 8 * n;
    let given = fHi + 8 * n;
    argument.store(x);
    if (scheme.rule !== 0) {
      if (typeof scheme.step === "number") views.f64.fill(scheme.step, given / 8, given / 8 + n);
      else views.f64.set(scheme.step, given / 8);
    }
    if (!central) views.f64.fill(center, fLo / 8, fLo / 8 + n);
    const kernels = numdiffKernels();
    for (const { kind, address, count } of layout.segments(x)) {
      const at = address - x;
      const { rule } = scheme;
      if (central) {
        kernels[`twoSided_${kind}`](lo + at, hi + at, address, count, RELATIVE_STEP[kind].central, rule, given);
      } else {
        const sign = scheme.method === "forward" ? 1 : -1;
        kernels[`oneSided_${kind}`](hi + at, address, count, RELATIVE_STEP[kind].oneSided, rule, given, sign);
      }
      evaluateAt(loss, argument, kind, count, central ? lo + at : 0, hi + at, fLo, fHi, where);
      kernels[`quotients_${kind}`](grads + at, fLo, fHi, lo + at, hi + at, count);
      fLo += 8 * count;
      fHi += 8 * count;
      given += 8 * count;
    }
  } finally {
    heap.free(block);
  }
  return central ? 2 * n : n + (f0 === undefined ? 1 : 0);
}

/** Evaluates with one parameter after the other moved to its point in lo (unless that is 0), then to that in hi. */
function evaluateAt(
  loss: Loss,
  argument: Argument,
  kind: "f64" | "f32",
  count: number,
  lo: number,
  hi: number,
  fLo: number,
  fHi: number,
  where: string,
): void {
  const elements = argument[kind];
  const { structure } = argument;
  const byValue = argument.layout.isNumber;
  const bytes = kind === "f64" ? 8 : 4;
  const place = new Place(argument, kind, where);
  for (let i = 0; i < count; ++i) {
    const saved = elements[i] as number;
    place.index = i;
    place.saved = saved;
    // A value first, then the view to put it in: the loss may have grown linear memory.
    if (lo !== 0) {
      elements[i] = views[kind][lo / bytes + i] as number;
      const below = evaluate(loss, byValue ? elements[0] : structure, place);
      views.f64[fLo / 8 + i] = below;
    }
    elements[i] = views[kind][hi / bytes + i] as number;
    const above = evaluate(loss, byValue ? elements[0] : structure, place);
    views.f64[fHi / 8 + i] = above;
    elements[i] = saved;
  }
}

/** Where a loop of evaluations is, for the message if one fails. */
class Place {
  index = 0;
  saved = 0;

  constructor(
    readonly argument: Argument,
    readonly kind: "f64" | "f32",
    readonly where: string,
  ) {}

  toString(): string {
    const { argument, kind, index } = this;
    return `${this.where} while ${argument.layout.nameOf(kind, index)} was ${argument[kind][index]} instead of ${this.saved}`;
  }
}

/**
 * The value of a loss at its argument.
 *
 * @param where for the message if it fails: " at iteration 3", say
 */
export function evaluate(loss: Loss, argument: unknown, where: string | Place): number {
  const value = call(loss, argument, where);
  // x - x is 0 for every finite number, and for nothing else.
  if (typeof value === "number" && value - value === 0) return value;
  if (typeof value === "number") {
    throw new RangeError(`The loss returned ${value}${where}; a finite number is needed.`);
  }
  throw new TypeError(`The loss must return a number; it returned ${describe(value)}${where}.`);
}

/** Nothing but the call inside `try`: with more in it, V8 compiles an inlined loss to code half as fast. */
function call(loss: Loss, argument: unknown, where: string | Place): unknown {
  try {
    return (loss as (argument: unknown) => unknown)(argument);
  } catch (error) {
    throw threw("loss", error, where);
  }
}

/** An error of the user's function, with the place where it happened. */
export function threw(what: "loss" | "gradient", cause: unknown, where: string | Place): Error {
  return new Error(`The ${what} threw${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
