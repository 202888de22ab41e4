import { describe } from "../ndarray/dtype.js";
import { checkNumber, checkRange, type Range } from "../ndarray/ranges.js";

/** A hyperparameter as a function of the steps made before: 0 at the first one. */
export type Schedule = (step: number) => number;

/** What is true or false, and a number to the kernel. */
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

/** The number that a hyperparameter is at a step. */
export function numberAt(name: string, range: Range, value: Value, step: number): number {
  if (typeof value !== "function") return Number(value);
  return checkNumber(name, range, value(step), ` from its schedule at step ${step}`);
}
