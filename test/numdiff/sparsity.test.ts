import { describe, expect, test } from "vitest";
import { groupColumns, jacobian } from "../../src/index.js";
import { type Case, casesOf, FUNCTIONS, fromBits, optionsOf } from "./jacobian-cases.js";

describe("SciPy's approx_derivative with sparsity, bit for bit", () => {
  test.each(casesOf("sparse"))("case %i", (_, given) => {
    const { f, m, x, points, jacobian: expected, pattern, groups } = given as Case;
    const start = Float64Array.from(fromBits(x));
    const seen: number[][] = [];
    const natural = groupColumns(pattern, { order: start.map((_, j) => j) });
    const result = jacobian(
      (at) => {
        seen.push(Array.from(at));
        return (FUNCTIONS[f] as (typeof FUNCTIONS)["chain"])(at, m, pattern);
      },
      start,
      { ...optionsOf(given), sparsity: pattern, groups: groups ?? natural },
    );
    const { indptr, indices, values } = expected as never as { indptr: number[]; indices: number[]; values: string[] };
    expect(result).toEqual({
      shape: [m, start.length],
      indptr: Int32Array.from(indptr),
      indices: Int32Array.from(indices),
      values: Float64Array.from(fromBits(values)),
    });
    const moved = seen.map((at) => at.map((v) => v + 0));
    const atX = moved.filter((at) => at.every((v, i) => v === start[i]));
    expect(atX.length).toBeLessThanOrEqual(1);
    expect(moved.slice(atX.length)).toEqual((fromBits(points) as number[][]).map((at) => at.map((v) => v + 0)));
  });
});

describe("SciPy's group_columns for the same order", () => {
  test.each(casesOf("groups"))("case %i", (_, given) => {
    const { pattern, order, groups } = given as { pattern: number[][]; order: number[]; groups: number[] };
    expect(groupColumns(pattern, { order })).toEqual(Int32Array.from(groups));
  });
});
