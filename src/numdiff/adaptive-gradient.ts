import { entryName } from "../params/parameters.js";
import { views } from "../wasm/heap.js";
import { differentiate, type Estimate } from "./adaptive.js";
import { type Differences, type Loss, type Run, threw } from "./differences.js";
import type { Scheme } from "./scheme.js";

/**
 * Writes the gradient, and bounds of its errors, by an adaptive derivative along each parameter.
 *
 * Values that are not finite are steered clear of, as far as there are others.
 *
 * @param scheme whose bounds no evaluation leaves
 * @param f0 the value at the argument, if it is known
 * @param where where in a larger loop this is, for error messages: " at iteration 3", say
 * @param gradient address of the vector to write to
 * @returns the number of evaluations
 */
export function takeAdaptive(
  loss: Loss,
  differences: Differences,
  scheme: Scheme,
  f0: number | undefined,
  where: string,
  gradient = differences.gradient,
): number {
  const { argument, base, runs, place } = differences;
  const { layout } = argument;
  const { bounds } = scheme;
  differences.points(scheme, where); // what cannot move is refused here
  let center = f0;
  let evaluations = 0;
  place.where = where;
  for (const run of runs) {
    const { kind, count } = run;
    const elements = argument[kind];
    place.kind = kind;
    for (let i = 0; i < count; ++i) {
      const x = elements[i] as number;
      place.index = i;
      place.saved = x;
      const along = (point: number): number => {
        if (point === x && center !== undefined) return center;
        ++evaluations;
        elements[i] = point;
        let value: unknown;
        try {
          value = loss(argument.structure as never);
        } catch (error) {
          throw threw("loss", error, place);
        }
        if (typeof value !== "number") throw place.unusable(value);
        elements[i] = x;
        if (point === x) center = value;
        return value;
      };
      const k = kind === "f64" ? i : layout.counts.f64 + i;
      const estimate = differentiate(along, x, {
        lo: bounds?.lower[k] ?? Number.NEGATIVE_INFINITY,
        hi: bounds?.upper[k] ?? Number.POSITIVE_INFINITY,
        value: center,
        single: kind === "f32",
      });
      if (estimate === undefined) {
        throw new RangeError(
          `The loss is not finite${where} around ${entryName(layout, kind, i)} = ${x}, at the points that a derivative needs.`,
        );
      }
      if (!store(gradient, differences.errors, run, i, estimate)) throw differences.overflow(kind, i, where);
    }
  }
  argument.checkUnchanged(base, where);
  return evaluations;
}

/** False if the derivative is too large for the type. */
function store(
  gradient: number,
  errors: number,
  { kind, offset }: Run,
  i: number,
  { value, error }: Estimate,
): boolean {
  const all = views[kind];
  const bytes = kind === "f64" ? 8 : 4;
  all[(gradient + offset) / bytes + i] = value;
  const rounded = all[(gradient + offset) / bytes + i] as number;
  // Rounding adds to the error, whose own must not make the bound smaller.
  const bound = error + Math.abs(rounded - value);
  all[(errors + offset) / bytes + i] = kind === "f64" ? bound : bound * (1 + 2 ** -23);
  return Number.isFinite(rounded);
}
