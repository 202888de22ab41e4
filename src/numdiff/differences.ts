import { describe } from "../ndarray/dtype.js";
import type { Argument } from "../params/parameters.js";
import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import { KERNELS, type StepRule } from "./kernels.js";

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

/** One run of parameters of the same type, with the places of what belongs to them, in bytes from the block's begin. */
interface Run {
  readonly kind: "f64" | "f32";
  readonly count: number;
  readonly lo: number;
  readonly hi: number;
  readonly fLo: number;
  readonly fHi: number;
  readonly given: number;
  /** The same in a vector of parameters, which x is. */
  readonly offset: number;
}

/**
 * Finite differences of functions of one argument, whose elements they move one after the other.
 *
 *     x | lo | hi | gradient   the points and the result, each laid out as the parameters
 *     fLo | fHi | given        values at the points, steps asked for: a float64 for each parameter
 */
export class Differences {
  readonly #bytes: number;
  readonly #gradient: number;
  readonly #fLo: number;
  readonly #given: number;
  readonly #runs: Run[];
  readonly #place: Place;
  #block: Block | undefined;

  constructor(readonly argument: Argument) {
    const { layout } = argument;
    const room = 8 * Math.ceil(layout.bytes / 8);
    this.#gradient = 3 * room;
    this.#fLo = 4 * room;
    this.#given = this.#fLo + 2 * 8 * layout.size;
    this.#bytes = this.#given + 8 * layout.size;
    let before = 0;
    this.#runs = layout.segments(0).map(({ kind, address, count }) => {
      const values = this.#fLo + 8 * before;
      before += count;
      return {
        kind,
        count,
        offset: address,
        lo: room + address,
        hi: 2 * room + address,
        fLo: values,
        fHi: values + 8 * layout.size,
        given: values + 2 * 8 * layout.size,
      };
    });
    this.#place = new Place(argument);
  }

  /** Takes the memory for one `take` or many; `free` gives it back. */
  open(): void {
    this.#block = heap.allocate(this.#bytes);
  }

  get #base(): number {
    return (this.#block as Block).address;
  }

  /** Address of the vector that the gradient is written to unless another one is named. */
  get gradient(): number {
    return this.#base + this.#gradient;
  }

  /**
   * Writes the gradient of `loss` at the argument, by 2n evaluations (central) or n and the one at the argument.
   *
   * Each evaluation moves one element of what the loss is given, which has its own value again before the next one.
   * The loss may allocate, grow linear memory or call this package.
   *
   * The loop is JavaScript on purpose, where the engine can inline the loss: n evaluations are n calls, which a kernel
   * would have to make through an import. Points and quotients are the kernels'.
   *
   * @param f0 the value at the argument, if it is known
   * @param where where in a larger loop this is, for error messages: " at iteration 3", say
   * @returns the number of evaluations
   */
  take(loss: Loss, scheme: Scheme, f0: number | undefined, where: string, gradient = this.gradient): number {
    const { argument } = this;
    const { method, rule, step } = scheme;
    const n = argument.layout.size;
    const central = method === "central";
    const base = this.#base;
    if (rule !== 0) {
      const at = (base + this.#given) / 8;
      if (typeof step === "number") views.f64.fill(step, at, at + n);
      else views.f64.set(step, at);
    }
    argument.store(base);
    if (!central) {
      const center = f0 ?? evaluate(loss, argument.structure, where);
      const at = (base + this.#fLo) / 8;
      views.f64.fill(center, at, at + n);
    }
    const place = this.#place;
    place.where = where;
    try {
      for (const run of this.#runs) {
        const { kind, count, offset } = run;
        const [x, lo, hi, given] = [base + offset, base + run.lo, base + run.hi, base + run.given];
        const kernels = KERNELS[kind]();
        if (central) kernels.twoSided(lo, hi, x, count, RELATIVE_STEP[kind].central, rule, given);
        else kernels.oneSided(hi, x, count, RELATIVE_STEP[kind].oneSided, rule, given, method === "forward" ? 1 : -1);
        evaluateAt(loss, argument, run, base, central, place);
        kernels.quotients(gradient + offset, base + run.fLo, base + run.fHi, central ? lo : x, hi, count);
      }
    } catch (error) {
      throw error === place.failure ? error : threw("loss", error, place);
    }
    argument.checkUnchanged(base, where);
    return central ? 2 * n : n + (f0 === undefined ? 1 : 0);
  }

  free(): void {
    if (this.#block !== undefined) heap.free(this.#block);
    this.#block = undefined;
  }
}

/**
 * Evaluates with one parameter after the other moved to its point in lo (if two-sided), then to that in hi.
 *
 * Errors get their place in the caller: with `try` around the calls, V8 compiles an inlined loss to code half as fast.
 */
function evaluateAt(loss: Loss, argument: Argument, run: Run, base: number, twoSided: boolean, place: Place): void {
  const { kind, count } = run;
  const elements = argument[kind];
  const { structure } = argument;
  const byValue = argument.layout.isNumber;
  const bytes = kind === "f64" ? 8 : 4;
  const lo = (base + run.lo) / bytes;
  const hi = (base + run.hi) / bytes;
  const fLo = (base + run.fLo) / 8;
  const fHi = (base + run.fHi) / 8;
  place.kind = kind;
  for (let i = 0; i < count; ++i) {
    const saved = elements[i] as number;
    place.index = i;
    place.saved = saved;
    // A value first, then the view to put it in: the loss may have grown linear memory.
    if (twoSided) {
      elements[i] = views[kind][lo + i] as number;
      const below = loss((byValue ? elements[0] : structure) as never);
      if (!isUsable(below)) throw place.unusable(below);
      views.f64[fLo + i] = below;
    }
    elements[i] = views[kind][hi + i] as number;
    const above = loss((byValue ? elements[0] : structure) as never);
    if (!isUsable(above)) throw place.unusable(above);
    views.f64[fHi + i] = above;
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

  where = "";

  constructor(readonly argument: Argument) {}

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
