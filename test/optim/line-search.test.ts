import { describe, expect, test } from "vitest";
import { lbfgs, minimize } from "../../src/index.js";
import { type Point, strongWolfe } from "../../src/optim/line-search.js";
import { FUNCTIONS } from "./functions.js";

/** A search from 0, where the value is 0 and the slope -1 unless set, with the places it evaluates. */
function search(f: (t: number) => [value: number, slope: number], { t = 1, size = 1, tolerance = 1e-9 } = {}) {
  const [value, slope] = f(0);
  const tried: number[] = [];
  const evaluate = (t: number): Point => {
    tried.push(t);
    const [value, slope] = f(t);
    return { t, value, slope, gradient: 0 };
  };
  const found = strongWolfe({ t: 0, value, slope, gradient: 0 }, t, size, tolerance, evaluate, (point) => point);
  return { found, tried };
}

describe("strong Wolfe", () => {
  test("takes the first point that is low and flat enough", () => {
    const at = (value: number, slope: number) => search((t) => (t === 0 ? [0, -1] : [value, slope])).tried.length;
    expect(at(-1.01e-4, 0)).toBe(1);
    expect(at(-0.99e-4, 0)).toBeGreaterThan(1);
    expect([at(-1, 0.9), at(-1, -0.9)]).toEqual([1, 1]);
    expect(at(-1, 0.91)).toBeGreaterThan(1);
    expect(at(-1, -0.91)).toBeGreaterThan(1);
  });

  test("goes on while the slope is steep, tenfold at most", () => {
    const { found, tried } = search((t) => [-t, -1]);
    expect(tried.length).toBe(26);
    for (const [i, t] of tried.slice(1).entries()) expect(t / (tried[i] as number)).toBeCloseTo(10, 9);
    expect(found.t).toBe(tried.at(-1));
  });

  test("ends where a bracket, times the largest entry of the direction, is within the tolerance", () => {
    const corner = (t: number): [number, number] => [Math.abs(t - 0.3), t < 0.3 ? -1 : 1];
    const steep = (t: number): [number, number] => [corner(t)[0], 2 * corner(t)[1]];
    for (const f of [corner, steep]) {
      const narrow = search((t) => [f(t)[0], t === 0 ? -1 : f(t)[1]], { tolerance: 1e-3 });
      const scaled = search((t) => [f(t)[0], t === 0 ? -1 : f(t)[1]], { tolerance: 1e-2, size: 10 });
      expect(scaled).toEqual(narrow);
    }
    const count = (size: number) => search((t) => steep(t), { tolerance: 1e-2, size }).tried.length;
    expect(count(1000)).toBeGreaterThan(count(1));
  });

  test("halves the interval where the value is not finite", () => {
    const { found, tried } = search((t) => (t > 0.2 ? [Number.POSITIVE_INFINITY, Number.NaN] : [-t, t < 0.1 ? -1 : 0]));
    expect(tried.slice(0, 3)).toEqual([1, 0.5, 0.25]);
    expect(found.t).toBe(0.125);
  });

  test("stays where it was if nothing is lower", () => {
    expect(search((t) => [t === 0 ? 0 : Number.POSITIVE_INFINITY, t === 0 ? -1 : Number.NaN]).found.t).toBe(0);
  });
});

test.each(["kink", "wiggle", "stairs", "rosenbrock"] as const)(
  "value and gradient are those of the place a search has chosen, not of the last it tried: %s",
  (name) => {
    const { value, gradient } = FUNCTIONS[name];
    let iterations = 0;
    for (let k = 0; k < 60; ++k) {
      minimize(value, [9 * Math.sin(5 * k), 4 * Math.cos(3 * k), k / 20], {
        gradient,
        optimizer: lbfgs({
          lineSearch: "strongWolfe",
          learningRate: 10 ** ((k % 4) - 2),
          changeTolerance: k % 3 === 0 ? 0.3 : 1e-2,
        }),
        maxIterations: 10,
        onIteration: (state) => {
          iterations += 1;
          expect(state.value).toBe(value(state.x));
          expect(Array.from(state.gradient)).toEqual(gradient(state.x));
        },
      });
    }
    expect(iterations).toBeGreaterThan(100);
  },
);
