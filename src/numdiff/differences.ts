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
  const place = new Place(argument, where);
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
      evaluateAt(loss, argument, kind, count, central ? lo + at : 0, hi + at, fLo, fHi, place);
      kernels[`quotients_${kind}`](grads + at, fLo, fHi, lo + at, hi + at, count);
      fLo += 8 * count;
      fHi += 8 * count;
      given += 8 * count;
    }
  } catch (error) {
    throw error === place.failure ? error : threw("loss", error, place);
  } finally {
    heap.free(block);
  }
  return central ? 2 * n : n + (f0 === undefined ? 1 : 0);
}

/**
 * Evaluates with one parameter after the other moved to its point in lo (unless that is 0), then to that in hi.
 *
 * Errors get their place in the caller: with `try` around the calls, V8 compiles an inlined loss to code half as fast.
 */
function evaluateAt(
  loss: Loss,
  argument: Argument,
  kind: "f64" | "f32",
  count: number,
  lo: number,
  hi: number,
  fLo: number,
  fHi: number,
  place: Place,
): void {
  const elements = argument[kind];
  const { structure } = argument;
  const byValue = argument.layout.isNumber;
  const bytes = kind === "f64" ? 8 : 4;
  place.kind = kind;
  for (let i = 0; i < count; ++i) {
    const saved = elements[i] as number;
    place.index = i;
    place.saved = saved;
    // A value first, then the view to put it in: the loss may have grown linear memory.
    if (lo !== 0) {
      elements[i] = views[kind][lo / bytes + i] as number;
      const below = loss((byValue ? elements[0] : structure) as never);
      if (!isUsable(below)) throw place.unusable(below);
      views.f64[fLo / 8 + i] = below;
    }
    elements[i] = views[kind][hi / bytes + i] as number;
    const above = loss((byValue ? elements[0] : structure) as never);
    if (!isUsable(above)) throw place.unusable(above);
    views.f64[fHi / 8 + i] = above;
    elements[i] = saved;
  }
}

/** Where a loop of evaluations is, for the message if one fails. */
class Place {
  kind: "f64" | "f32" = "f64";
  index = 0;
  saved = 0;
  /** The error of this package's own, if there was one. */
  failure: Error | undefined;

  constructor(
    readonly argument: Argument,
    readonly where: string,
  ) {}

  unusable(value: unknown): Error {
    this.failure = unusable(value, this);
    return this.failure;
  }

  toString(): string {
    const { argument, kind, index, saved } = this;
    return `${this.where} while ${argument.layout.nameOf(kind, index)} was ${argument[kind][index]} instead of ${saved}`;
  }
}

/** x - x is 0 for every finite number, and for nothing else. */
function isUsable(value: unknown): value is number {
  return typeof value === "number" && value - value === 0;
}

/**
 * The value of a loss at its argument.
 *
 * @param where for the message if it fails: " at iteration 3", say
 */
export function evaluate(loss: Loss, argument: unknown, where: string): number {
  let value: unknown;
  try {
    value = loss(argument as never);
  } catch (error) {
    throw threw("loss", error, where);
  }
  if (isUsable(value)) return value;
  throw unusable(value, where);
}

function unusable(value: unknown, where: string | Place): Error {
  if (typeof value === "number")
    return new RangeError(`The loss returned ${value}${where}; a finite number is needed.`);
  return new TypeError(`The loss must return a number; it returned ${describe(value)}${where}.`);
}

/** An error of the user's function, with the place where it happened. */
export function threw(what: "loss" | "gradient", cause: unknown, where: string | Place): Error {
  return new Error(`The ${what} threw${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
