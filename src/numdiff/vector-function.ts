import { describe, TYPES, typeOf } from "../ndarray/dtype.js";
import { allocate, elementsOf, NDArray, type Shape } from "../ndarray/ndarray.js";
import type { Argument } from "../params/parameters.js";
import { isPromise } from "./differences.js";
import type { IntegerArray } from "./numerical-gradient.js";

/** What functions with many values return: numbers in any array, or one number. */
export type Values = number | readonly number[] | Float64Array | Float32Array | IntegerArray | NDArray;

/** A function of parameters in their structure. */
export type Func = (x: never) => unknown;

/** What a call is about, for the message if it fails. */
export type Where = () => string;

/** The points of so many calls, which can be had as rows of matrices. */
export interface Plan {
  readonly count: number;
  /** Points `first` to `first + count`, in memory that the caller frees. */
  rows(first: number, count: number): NDArray<readonly [number, number]>;
}

/** A function with m values, called at an argument that the caller moves. */
export class VectorFunction {
  /** The number of values, once it is known, and from what. */
  #m: number | undefined;
  #why = "as many as before";
  /** Whether the values are float32. */
  single = false;
  /** Whether it is known what the function itself returns, rather than what f0 is. */
  #called = false;
  #kind: "number" | "numbers" | "typed" | "ndarray" = "number";
  #shape: Shape = [];

  /**
   * @param f the function
   * @param argument what it is called with
   * @param what it is to the user: "function" or "gradient"
   */
  constructor(
    readonly f: Func,
    readonly argument: Argument,
    readonly what: "function" | "gradient",
  ) {}

  /**
   * Its values at the argument as it is now, checked.
   *
   * @returns the values in the function's own memory, which the next call may write to: copy them
   */
  call(where: Where): ArrayLike<number> {
    let returned: unknown;
    try {
      returned = this.f(this.argument.structure as never);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The ${this.what} threw${where()}: ${message}`, { cause });
    }
    return this.took(returned, where);
  }

  /** What the function returned for one point, checked. */
  protected took(returned: unknown, where: Where): ArrayLike<number> {
    const values = this.#read(returned, where);
    this.#called = true;
    return values;
  }

  /** Says what the next calls will be at; of no use to a function of one point. */
  follow(_plan: Plan): void {}

  /** Fixes the number of values before the first call; `why` is for the message if it returns another number. */
  expect(m: number, why: string): void {
    this.#m = m;
    this.#why = why;
  }

  /** Takes the values at x that the user knows already. */
  given(f0: unknown): Float64Array<ArrayBuffer> {
    try {
      return Float64Array.from(this.#read(f0, () => ""));
    } catch (error) {
      const message = `f0 must be what the ${this.what} returns at x, finite numbers; got ${describe(f0)}.`;
      throw error instanceof RangeError ? new RangeError(message) : new TypeError(message);
    }
  }

  #read(returned: unknown, where: Where): ArrayLike<number> {
    let values: ArrayLike<unknown>;
    const type = returned instanceof NDArray ? TYPES[returned.dtype] : typeOf(returned);
    if (typeof returned === "number") values = [returned];
    else if (Array.isArray(returned)) values = returned;
    else if (type?.entry !== "number" || type.lanes !== 1) throw this.noNumbers(returned, where);
    else values = returned instanceof NDArray ? elementsOf(returned) : (returned as ArrayLike<number>);
    const m = values.length;
    if (this.#m !== undefined && m !== this.#m) {
      throw new RangeError(
        `The ${this.what} must return ${this.#m} numbers, ${this.#why}; it returned ${m}${where()}.`,
      );
    }
    if (!this.#called) this.#resemble(returned, m);
    const bad = type === undefined ? firstUnusable(values) : firstNotFinite(values as ArrayLike<number>);
    if (bad < 0) return values as ArrayLike<number>;
    const value = values[bad];
    const name = typeof returned === "number" ? `${value}` : `${describe(value)} at [${bad}]`;
    if (typeof value === "number")
      throw new RangeError(`The ${this.what} returned ${name}${where()}; finite numbers are needed.`);
    throw new TypeError(`The ${this.what} must return numbers; it returned ${name}${where()}.`);
  }

  protected noNumbers(returned: unknown, where: Where): TypeError {
    const promise = isPromise(returned);
    if (promise) returned.then(undefined, () => {}); // nobody else would hear of its failure
    const what = promise ? "a promise" : describe(returned);
    return new TypeError(`The ${this.what} must return numbers; it returned ${what}${where()}.`);
  }

  #resemble(returned: unknown, m: number): void {
    this.#m = m;
    const array = returned instanceof NDArray ? "ndarray" : "typed";
    this.#kind = typeof returned === "number" ? "number" : Array.isArray(returned) ? "numbers" : array;
    this.#shape = returned instanceof NDArray ? returned.shape : [m];
    this.single = returned instanceof NDArray ? returned.dtype === "float32" : typeOf(returned) === TYPES.float32;
  }

  /** Numbers in the kind of array that the function returns. */
  answer(values: Float64Array<ArrayBuffer>): unknown {
    const type = this.single ? TYPES.float32 : TYPES.float64;
    switch (this.#kind) {
      case "number":
        return values[0];
      case "numbers":
        return Array.from(values);
      case "typed":
        return this.single ? new Float32Array(values) : values;
      case "ndarray": {
        const array = allocate(type, this.#shape);
        elementsOf(array).set(values as unknown as ArrayLike<never>);
        return array;
      }
    }
  }
}

/** x - x is 0 for every finite number, and for nothing else. */
function firstUnusable(values: ArrayLike<unknown>): number {
  for (let i = 0; i < values.length; ++i) {
    const value = values[i];
    if (typeof value !== "number" || value - value !== 0) return i;
  }
  return -1;
}

/** As `firstUnusable`, where all are numbers: four to a branch, which takes half as long. */
function firstNotFinite(values: ArrayLike<number>): number {
  const zero = (i: number) => 0 * (values[i] as number);
  let i = 0;
  while (i + 3 < values.length && zero(i) + zero(i + 1) + zero(i + 2) + zero(i + 3) === 0) i += 4;
  while (i < values.length && zero(i) === 0) ++i;
  return i < values.length ? i : -1;
}
