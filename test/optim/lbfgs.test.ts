import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type LbfgsOptions, lbfgs } from "../../src/index.js";
import { FUNCTIONS, type Problem } from "./functions.js";

/** A line of lbfgs.jsonl, which lbfgs.py describes. */
interface Trajectory {
  readonly function: keyof typeof FUNCTIONS;
  readonly start: readonly number[];
  readonly options: LbfgsOptions;
  readonly steps: readonly { x: number[]; value: number; iterations: number; evaluations: number }[];
}

const TRAJECTORIES: readonly Trajectory[] = readFileSync(new URL("../fixtures/lbfgs.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

const closureOf = ({ value, gradient }: Problem) => {
  return (x: ArrayLike<number>) => ({ value: value(x), gradient: gradient(x) });
};

describe("torch.optim.LBFGS", () => {
  test("has as many trajectories here as its script made", () => {
    expect(TRAJECTORIES.length).toBe(340);
    expect(new Set(TRAJECTORIES.map((each) => each.function)).size).toBe(Object.keys(FUNCTIONS).length);
  });

  test.each(Object.entries(FUNCTIONS))("iterates within 1e-9 and counts: %s", (name, problem) => {
    for (const { start, options, steps } of TRAJECTORIES.filter((each) => each.function === name)) {
      const optimizer = lbfgs(options).init(start);
      for (const [k, { x, value, iterations, evaluations }] of steps.entries()) {
        const where = `${name} from ${start} by ${JSON.stringify(options)}, step ${k}`;
        const found = optimizer.step(closureOf(problem));
        const counts = { iterations: optimizer.iterations, evaluations: optimizer.evaluations };
        expect(counts, where).toEqual({ iterations, evaluations });
        const size = Math.max(...x.map(Math.abs), 1e-3);
        for (const [i, p] of x.entries())
          expect(Math.abs((optimizer.params[i] as number) - p), where).toBeLessThanOrEqual(1e-9 * size);
        expect(Math.abs(found - value), where).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(value), 1));
      }
      optimizer.free();
    }
  });
});
