import { describe } from "../ndarray/dtype.js";
import { type Argument, copyLeaves, entryName, type ParameterLayout } from "../params/parameters.js";
import type { StepRule } from "./kernels.js";

/** @inline */
export type Method = "forward" | "backward" | "central";

/** One number for all parameters, one for each of a single array, or the structure of the parameters. @inline */
export type PerParameter = number | ArrayLike<number> | object;

/** Finite differences, ready to be taken: options that were checked. */
export interface Scheme {
  readonly method: Method;
  readonly rule: StepRule;
  /** The given step, one for all parameters or one for each in the order of their vector. */
  readonly step: number | Float64Array;
  /** One for each parameter in the order of their vector. */
  readonly bounds?: Bounds | undefined;
}

export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface SchemeOptions {
  /** Which differences; "central" unless set, twice the evaluations and some four digits more than the others. */
  method?: Method;
  /** Step as a share of |x|: one for all parameters, one for each of a single array, or in the structure of x. */
  relStep?: PerParameter;
  /** Step itself, which goes before relStep and keeps its own sign. */
  absStep?: PerParameter;
  /**
   * [lower, upper], which no evaluation leaves: each a number, one for each of a single array, or in the structure of
   * x; infinite where there is none. Steps are turned around or shortened where they would leave them.
   */
  bounds?: readonly [PerParameter, PerParameter];
}

const METHODS = ["forward", "backward", "central"];

/**
 * Checks the options for a function of an argument, which must lie within the bounds.
 *
 * @param others methods that are no scheme, for the message
 */
export function schemeOf(options: SchemeOptions, argument: Argument, others: readonly string[] = []): Scheme {
  const { method = "central", relStep, absStep, bounds } = options;
  if (!METHODS.includes(method)) {
    const known = [...METHODS, ...others].map((name) => `"${name}"`);
    throw new RangeError(
      `method must be ${known.slice(0, -1).join(", ")} or ${known.at(-1)}; got ${describe(method)}.`,
    );
  }
  const { layout } = argument;
  const limits = bounds === undefined ? undefined : boundsOf(bounds, argument);
  if (absStep !== undefined) return { method, rule: 2, step: stepOf("absStep", absStep, layout), bounds: limits };
  if (relStep !== undefined) return { method, rule: 1, step: stepOf("relStep", relStep, layout), bounds: limits };
  return { method, rule: 0, step: 0, bounds: limits };
}

function stepOf(name: string, given: PerParameter, layout: ParameterLayout): number | Float64Array {
  const step = perParameter(name, given, layout);
  const bad = typeof step === "number" ? (Number.isFinite(step) ? -1 : 0) : step.findIndex((h) => !Number.isFinite(h));
  if (bad < 0) return step;
  const [value, whose] = typeof step === "number" ? [step, ""] : [step[bad], ` for ${nameOf(bad, layout)}`];
  throw new RangeError(`${name} must be finite; got ${value}${whose}.`);
}

function boundsOf(bounds: unknown, argument: Argument): Bounds {
  if (!Array.isArray(bounds) || bounds.length !== 2) {
    throw new TypeError(`bounds must be [lower, upper]; got ${describe(bounds)}.`);
  }
  const { layout, f64, f32 } = argument;
  const [lower, upper] = bounds.map((bound, k) => {
    const found = perParameter(`bounds[${k}]`, bound, layout);
    return typeof found === "number" ? new Float64Array(layout.size).fill(found) : found;
  }) as [Float64Array, Float64Array];
  for (let i = 0; i < layout.size; ++i) {
    const x = (i < f64.length ? f64[i] : f32[i - f64.length]) as number;
    const lo = lower[i] as number;
    const hi = upper[i] as number;
    if (lo <= x && x <= hi) continue;
    const name = nameOf(i, layout);
    if (!(lo <= hi)) throw new RangeError(`The bounds of ${name} must be in order; got ${lo} and ${hi}.`);
    if (!Number.isFinite(x)) throw new RangeError(`${name} must be finite; it is ${x}.`);
    throw new RangeError(`${name} must be within its bounds, ${lo} and ${hi}; it is ${x}.`);
  }
  return { lower, upper };
}

/** A number as it is, anything else as one for each parameter in the order of their vector. */
function perParameter(name: string, given: unknown, layout: ParameterLayout): number | Float64Array {
  if (typeof given === "number") return given;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${name} must be a number or have the structure of ${layout.name}; got ${describe(given)}.`);
  }
  const all = new Float64Array(layout.size);
  copyLeaves(layout.operands(given, name), ({ type, offset, size }) => {
    const from = type.bytes === 8 ? offset : layout.counts.f64 + offset;
    return all.subarray(from, from + size) as never;
  });
  return all;
}

/** Values in the structure of the parameters, in the order of their vector. */
export function vectorOf(name: string, given: unknown, layout: ParameterLayout): Float64Array {
  if (typeof given !== "number") return perParameter(name, given, layout) as Float64Array;
  if (layout.isNumber) return Float64Array.of(given);
  throw new TypeError(`${name} must have the structure of ${layout.name}; got ${given}.`);
}

export function nameOf(i: number, layout: ParameterLayout): string {
  const { f64 } = layout.counts;
  return i < f64 ? entryName(layout, "f64", i) : entryName(layout, "f32", i - f64);
}
