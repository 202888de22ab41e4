import { describe } from "../../ndarray/dtype.js";
import type { Range } from "../../ndarray/ranges.js";

export const STEPS: Range = { expected: "an integer above 0", accepts: (x) => Number.isSafeInteger(x) && x > 0 };
export const COUNT: Range = {
  expected: "an integer of 0 or more",
  accepts: (x) => Number.isSafeInteger(x) && x >= 0,
};

/** The number that an option is, checked. */
export function numberOf(name: string, range: Range, value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be ${range.expected}; got ${describe(value)}.`);
  if (!range.accepts(value)) throw new RangeError(`${name} must be ${range.expected}; got ${value}.`);
  return value;
}

/** Steps that follow one another, each an integer above the one before. */
export function increasing(name: string, values: unknown, least: number): readonly number[] {
  if (!Array.isArray(values)) throw new TypeError(`${name} must be an array of steps; got ${describe(values)}.`);
  let before = least - 1;
  for (const [i, value] of values.entries()) {
    const expected = i === 0 ? `an integer of ${least} or more` : `an integer above ${before}, the one before`;
    before = numberOf(`${name}[${i}]`, { expected, accepts: (x) => Number.isSafeInteger(x) && x > before }, value);
  }
  return [...values];
}

/** One of a few words. */
export function wordOf<W extends string>(name: string, words: readonly W[], value: unknown): W {
  if (words.includes(value as W)) return value as W;
  const Kind = typeof value === "string" ? RangeError : TypeError;
  const expected = words.map((word) => JSON.stringify(word)).join(" or ");
  throw new Kind(`${name} must be ${expected}; got ${describe(value)}.`);
}
