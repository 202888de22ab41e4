import { describe, expect, test } from "vitest";
import { jacobian } from "../../src/index.js";
import { type Case, casesOf, FUNCTIONS, fromBits, optionsOf } from "./jacobian-cases.js";

describe("SciPy's approx_derivative, bit for bit", () => {
  test.each(casesOf("dense"))("case %i", (_, given) => {
    const { f, m, x, method, points, jacobian: expected, pattern } = given as Case;
    const start: number[] = fromBits(x);
    const seen: number[][] = [];
    const rows = jacobian(
      (at) => {
        seen.push(Array.from(at));
        return (FUNCTIONS[f] as (typeof FUNCTIONS)["chain"])(at, m, pattern);
      },
      start,
      optionsOf(given),
    );
    expect(rows).toEqual(fromBits(expected));
    // SciPy adds 0 to parameters that it does not move, which makes 0 of -0.
    const moved = seen.map((at) => at.map((v) => v + 0));
    const atX = moved.filter((at) => at.every((v, i) => v === start[i]));
    expect(atX.length).toBeLessThanOrEqual(1);
    if (method === "2-point") expect(atX.length).toBe(1);
    expect(moved.slice(atX.length)).toEqual((fromBits(points) as number[][]).map((at) => at.map((v) => v + 0)));
  });
});
