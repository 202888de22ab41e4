import { describe } from "../ndarray/dtype.js";

/** A hyperparameter as a function of the steps made before: 0 at the first one. */
export type Schedule = (step: number) => number;

/** What a hyperparameter may be. */
export interface Range {
  readonly expected: string;
  accepts(value: number): boolean;
}

export const AT_LEAST_ZERO: Range = {
  expected: "a finite number of 0 or more",
  accepts: (x) => x >= 0 && x < Number.POSITIVE_INFINITY,
};
export const ABOVE_ZERO: Range = {
  expected: "a finite number above 0",
  accepts: (x) => x > 0 && x < Number.POSITIVE_INFINITY,
};
/** A share that is kept from step to step. */
export const BELOW_ONE: Range = { expected: "a number from 0 to below 1", accepts: (x) => x >= 0 && x < 1 };
export const BETWEEN_ZERO_AND_ONE: Range = {
  expected: "a number above 0 and below 1",
  accepts: (x) => x > 0 && x < 1,
};
export const FINITE: Range = { expected: "a finite number", accepts: (x) => Number.isFinite(x) };
export const FLAG: Range = { expected: "true or false", accepts: (x) => [0, 1].includes(Number(x)) };

export type Value = number | boolean | Schedule;

/** A rule's hyperparameters, each with its initial value, in the order in which the kernel reads them. */
export type Ranges = Readonly<Record<string, readonly [initial: number | boolean, range: Range]>>;

/** Parameters that the rule treats in a way of their own. */
export interface Group {
  /** Which parameters: those whose path ("layers[0].bias") equals the text, matches the expression or is accepted. */
  readonly params: string | RegExp | ((path: string, shape: readonly number[]) => boolean);
  /** Whether they stay as they are. */
  readonly frozen?: boolean;
}

/** The values of options, or the initial ones, each of them checked. */
export function valuesOf(ranges: Ranges, options: Readonly<Record<string, unknown>>): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [name, [initial, range]] of Object.entries(ranges)) {
    values[name] = options[name] === undefined ? initial : checkValue(name, range, options[name]);
  }
  return values;
}

export function checkValue(name: string, range: Range, value: unknown): Value {
  const isFlag = range === FLAG;
  if (!isFlag && typeof value === "function") return value as Schedule;
  if (typeof value !== (isFlag ? "boolean" : "number")) {
    const schedule = isFlag ? "" : ", or a schedule (step) => number";
    throw new TypeError(`${name} must be ${range.expected}${schedule}; got ${describe(value)}.`);
  }
  return checkRange(name, range, value as number | boolean);
}

export function checkRange<V extends number | boolean>(name: string, range: Range, value: V, where = ""): V {
  if (!range.accepts(value as number)) throw new RangeError(`${name} must be ${range.expected}; got ${value}${where}.`);
  return value;
}

/** The number that a hyperparameter is at a step. */
export function numberAt(name: string, range: Range, value: Value, step: number): number {
  if (typeof value !== "function") return Number(value);
  const now: unknown = value(step);
  const where = ` from its schedule at step ${step}`;
  if (typeof now !== "number") throw new TypeError(`${name} must be a number; got ${describe(now)}${where}.`);
  return checkRange(name, range, now, where);
}
