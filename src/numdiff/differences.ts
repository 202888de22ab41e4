import { describe } from "../ndarray/dtype.js";
import { type Argument, entryName, segmentsOf } from "../params/parameters.js";
import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import { KERNELS } from "./kernels.js";
import type { Scheme } from "./scheme.js";

/**
 * Relative steps of SciPy: the square root (one-sided) and the cube root (central) of the machine epsilon, as powers
 * come out in the parameters' type.
 */
export const RELATIVE_STEP = {
  f64: { oneSided: 1.4901161193847656e-8, central: 6.055454452393343e-6 },
  f32: { oneSided: 3.4526697709225118e-4, central: 4.921565763652325e-3 },
};

/** A function of parameters in their structure. */
export type Loss = (params: never) => number;

/** One run of parameters of the same type, with the places of what belongs to them, in bytes from the block's begin. */
export interface Run {
  readonly kind: "f64" | "f32";
  readonly count: number;
  readonly lo: number;
  readonly hi: number;
  readonly fLo: number;
  readonly fHi: number;
  readonly given: number;
  readonly lower: number;
  readonly upper: number;
  /** The same in a vector of parameters, which x is. */
  readonly offset: number;
}

/**
 * Finite differences of functions of one argument, whose elements they move one after the other.
 *
 *     x | lo | hi | gradient   the points and the result, each laid out as the parameters
 *     fLo | fHi | given        values at the points, steps asked for: a float64 for each parameter
 *     lower | upper            bounds likewise, if there are any
 */
export class Differences {
  readonly #bytes: number;
  readonly #gradient: number;
  readonly #values: number;
  readonly runs: readonly Run[];
  readonly place: Place;
  #needsCenter = false;
  #block: Block | undefined;

  constructor(readonly argument: Argument) {
    const { layout } = argument;
    const room = 8 * Math.ceil(layout.bytes / 8);
    const each = 8 * layout.size;
    this.#gradient = 3 * room;
    this.#values = 4 * room;
    this.#bytes = this.#values + 3 * each;
    let before = 0;
    this.runs = segmentsOf(layout, 0).map(({ kind, address, count }) => {
      const fLo = this.#values + 8 * before;
      before += count;
      return {
        kind,
        count,
        offset: address,
        lo: room + address,
        hi: 2 * room + address,
        fLo,
        fHi: fLo + each,
        given: fLo + 2 * each,
        lower: fLo + 3 * each,
        upper: fLo + 4 * each,
      };
    });
    this.place = new Place(argument);
  }

  /** Takes the memory for one `take` or many with bounds or without; `free` gives it back. */
  open(bounded: boolean): void {
    this.#block = heap.allocate(this.#bytes + (bounded ? 16 * this.argument.layout.size : 0));
  }

  /** Where the memory begins. */
  get base(): number {
    return (this.#block as Block).address;
  }

  /** Address of the vector that the gradient is written to unless another one is named. */
  get gradient(): number {
    return this.base + this.#gradient;
  }

  /** Address of a vector for what is known of the gradient's errors, in the place of lo. */
  get errors(): number {
    return this.base + this.#gradient / 3;
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
    const { argument, base } = this;
    const twoSided = scheme.method === "central";
    const needed = this.points(scheme, where) && f0 === undefined;
    const center = needed ? evaluate(loss, argument.structure, where) : (f0 ?? 0);
    const place = this.place;
    place.where = where;
    try {
      for (const run of this.runs) evaluateAt(loss, argument, run, base, twoSided, place);
    } catch (error) {
      throw error === place.failure ? error : threw("loss", error, place);
    }
    argument.checkUnchanged(base, where);
    this.quotients(scheme, center, where, gradient);
    return (twoSided ? 2 : 1) * argument.layout.size + (needed ? 1 : 0);
  }

  /**
   * Writes the points at which to evaluate: for each parameter that in hi, and before it that in lo for central
   * differences.
   *
   * @param single whether the function's values are float32, which asks for larger steps
   * @returns whether `quotients` needs the value at the argument too
   */
  points({ method, rule, step, bounds }: Scheme, where: string, single = false): boolean {
    const { argument, base } = this;
    const twoSided = method === "central";
    argument.store(base);
    if (typeof step !== "number") this.#put(2, step);
    if (bounds !== undefined) {
      this.#put(3, bounds.lower);
      this.#put(4, bounds.upper);
    }
    let sameSide = 0;
    for (const run of this.runs) {
      const { kind, count } = run;
      const given = base + run.given;
      // A number has the type of the parameters, as in NumPy, where an array keeps its own.
      if (rule !== 0 && typeof step === "number")
        views.f64.fill(kind === "f32" ? Math.fround(step) : step, given / 8, given / 8 + count);
      const found = KERNELS[kind]().points(
        base + run.offset,
        twoSided ? base + run.lo : 0,
        base + run.hi,
        count,
        RELATIVE_STEP[single ? "f32" : kind][twoSided ? "central" : "oneSided"],
        rule,
        given,
        method === "backward" ? -1 : 1,
        bounds === undefined ? 0 : base + run.lower,
        bounds === undefined ? 0 : base + run.upper,
      );
      if (found < 0) throw this.#immovable(run, -1 - found, bounds, where);
      sameSide += found;
    }
    this.#needsCenter = !twoSided || sameSide > 0;
    return this.#needsCenter;
  }

  /** Writes a value for each parameter to one of the rows fLo, fHi, given, lower, upper. */
  #put(row: number, values: Float64Array): void {
    views.f64.set(values, (this.base + this.#values) / 8 + row * values.length);
  }

  /** Writes the gradient from the values at the points and `f0`, the one at the argument. */
  quotients({ method }: Scheme, f0: number, where: string, gradient: number): void {
    const { base } = this;
    const twoSided = method === "central";
    for (const run of this.runs) {
      const { kind, count, offset } = run;
      const done = KERNELS[kind]().quotients(
        gradient + offset,
        this.#needsCenter ? base + offset : 0,
        twoSided ? base + run.lo : 0,
        base + run.hi,
        f0,
        base + run.fLo,
        base + run.fHi,
        count,
      );
      if (done !== count) throw this.overflow(kind, done, where);
    }
  }

  overflow(kind: "f64" | "f32", i: number, where: string): Error {
    const name = entryName(this.argument.layout, kind, i);
    return new RangeError(
      `The gradient is not finite${where}, in the entry of ${name}: it overflows float${kind === "f64" ? 64 : 32}.`,
    );
  }

  #immovable({ kind }: Run, i: number, bounds: Scheme["bounds"], where: string): Error {
    const { layout, [kind]: elements } = this.argument;
    const name = entryName(layout, kind, i);
    const x = elements[i] as number;
    if (!Number.isFinite(x)) return new RangeError(`${name} must be finite; it is ${x}${where}.`);
    if (bounds === undefined) return new RangeError(`${name} is ${x}${where}; a step from there overflows.`);
    const at = kind === "f64" ? i : layout.counts.f64 + i;
    return new RangeError(
      `${name} is ${x}${where}; its bounds, ${bounds.lower[at]} and ${bounds.upper[at]}, leave no room for a step.`,
    );
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
    return `${this.where} while ${entryName(argument.layout, kind, index)} was ${argument[kind][index]} instead of ${saved}`;
  }
}

/** x - x is 0 for every finite number, and for nothing else. */
export function isUsable(value: unknown): value is number {
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

export function unusable(value: unknown, where: { toString(): string }): Error {
  if (typeof value === "number")
    return new RangeError(`The loss returned ${value}${where}; a finite number is needed.`);
  if (isPromise(value)) return promised("a number", value, where);
  return new TypeError(`The loss must return a number; it returned ${describe(value)}${where}.`);
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** A promise where nothing awaits it, so that nobody else would hear of its failure. */
export function promised(expected: string, value: PromiseLike<unknown>, where: { toString(): string }): Error {
  value.then(undefined, () => {});
  return new TypeError(
    `The loss must return ${expected}; it returned a promise${where}. Promises are awaited by numericalGradient with the option concurrency.`,
  );
}

/** An error of the user's function, with the place where it happened. */
export function threw(what: string, cause: unknown, where: { toString(): string }): Error {
  return new Error(`The ${what} threw${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
