import { describe } from "./dtype.js";

/** What a number may be. */
export interface Range {
  readonly expected: string;
  accepts(value: number): boolean;
}

export const AT_LEAST_ZERO: Range = {
  expected: "a finite number of 0 or more",
  accepts: (x) => x >= 0 && Number.isFinite(x),
};
export const ABOVE_ZERO: Range = {
  expected: "a finite number above 0",
  accepts: (x) => x > 0 && Number.isFinite(x),
};
/** A share that is kept from step to step. */
export const BELOW_ONE: Range = { expected: "a number from 0 to below 1", accepts: (x) => x >= 0 && x < 1 };
export const BETWEEN_ZERO_AND_ONE: Range = {
  expected: "a number above 0 and below 1",
  accepts: (x) => x > 0 && x < 1,
};
export const FINITE: Range = { expected: "a finite number", accepts: Number.isFinite };

export function checkRange<V extends number | boolean>(name: string, range: Range, value: V, where = ""): V {
  if (!range.accepts(value as number)) throw new RangeError(`${name} must be ${range.expected}; got ${value}${where}.`);
  return value;
}

/** As `checkRange`, of what may be no number at all. */
export function checkNumber(name: string, range: Range, value: unknown, where = ""): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number; got ${describe(value)}${where}.`);
  return checkRange(name, range, value, where);
}
