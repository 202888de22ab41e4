/** Every rule on the functions that optimizers are shown on, each to a stated value or for a stated reason not. */
import { describe, expect, test } from "vitest";
import { lbfgs, minimize, type Rule } from "../../src/index.js";
import { FUNCTIONS, type Problem } from "../optim/functions.js";
import { RULES } from "../optim/table.js";

/** Of condition 10^6 as well, but askew to the axes, so that no scaling of single parameters helps. */
const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
const along = (x: ArrayLike<number>) => cos * (x[0] as number) + sin * (x[1] as number);
const across = (x: ArrayLike<number>) => cos * (x[1] as number) - sin * (x[0] as number);
const askew: Problem = {
  value: (x) => (along(x) ** 2 + 1e6 * across(x) ** 2) / 2,
  gradient: (x) => [cos * along(x) - sin * 1e6 * across(x), sin * along(x) + cos * 1e6 * across(x)],
};

/** Where to begin and what to reach, within 20,000 steps; the lowest value is 0. */
const PROBLEMS = {
  rosenbrock: { problem: FUNCTIONS.rosenbrock, start: [-1.2, 1], target: 1e-3 },
  beale: { problem: FUNCTIONS.beale, start: [1, 1], target: 1e-6 },
  himmelblau: { problem: FUNCTIONS.himmelblau, start: [0, 0], target: 1e-6 },
  // In the valley of the lowest minimum: nothing here looks for it from elsewhere.
  rastrigin: { problem: FUNCTIONS.rastrigin, start: [0.4, -0.3], target: 1e-6 },
  // From 12.7 million.
  quadratic: { problem: FUNCTIONS.quadratic, start: [1, -2, 3, -4, 5], target: 1e-3 },
  // From 814 thousand to the floor of the valley, which is 1.7 high there.
  askew: { problem: askew, start: [1, 2], target: 3 },
};

type Name = keyof typeof PROBLEMS;

/** A learning rate for each problem, in their order. */
// biome-ignore format: a rule a line
const LEARNING_RATES: Readonly<Record<string, readonly number[]>> = {
  sgd: [3e-3, 1e-2, 3e-3, 3e-4, 1e-6, 1e-6],
  adagrad: [1, 1, 1, 0.3, 10, 3],
  adadelta: [0.03, 3, 10, 10, 0.03, 0.03],
  rmsprop: [1e-3, 0.03, 0.1, 0.03, 10, 1e-3],
  adam: [0.3, 0.3, 0.3, 0.1, 0.3, 0.3],
  adamw: [0.3, 0.3, 0.3, 0.1, 0.3, 0.3],
  adamax: [0.3, 0.3, 0.3, 0.3, 1, 0.3],
  nadam: [0.03, 0.3, 0.3, 0.1, 0.3, 0.03],
  radam: [3e-3, 0.03, 0.03, 0.01, 1e-6, 1e-6],
  asgd: [1e-3, 0.03, 0.01, 3e-3, 1e-6, 1e-6],
  rprop: [0.03, 0.03, 0.1, 0.01, 1, 0.1],
  lion: [0.01, 1e-4, 0.1, 0.01, 0.1, 0.01],
  adan: [0.3, 0.3, 0.3, 0.1, 3, 0.01],
  scheduleFreeSgd: [3e-3, 0.03, 0.1, 0.01, 1e-5, 1e-5],
  scheduleFreeAdamw: [0.3, 0.3, 1, 0.1, 3, 0.1],
  lamb: [0.01, 0.01, 3e-3, 0.1, 0.1, 0.03],
  adafactor: [3e-3, 0.01, 0.3, 0.3, 0.3, 0.1],
  prodigy: [0.1, 1, 1, 1, 1, 1],
  lbfgs: [1, 1, 1, 1, 1, 1],
};

/** What goes with every problem. */
const OPTIONS: Readonly<Record<string, object>> = {
  sgd: { momentum: 0.9 },
  adamw: { weightDecay: 0 }, // which moves the minimum
  lbfgs: { lineSearch: "strongWolfe" },
};

/** What is reached where the target is not, and why. */
const EXCEPTIONS: Readonly<Record<string, Partial<Record<Name, { reaches: number; why: string }>>>> = {
  sgd: { quadratic: { reaches: 1, why: "one learning rate for curvatures from 1 to 10^6" } },
  asgd: { quadratic: { reaches: 20, why: "as sgd, and averages do not count" } },
  scheduleFreeSgd: { quadratic: { reaches: 1, why: "as sgd" } },
  radam: {
    quadratic: { reaches: 3e5, why: "its first steps are those of sgd, after which it is as slow as it is safe" },
  },
  adafactor: { rosenbrock: { reaches: 2e-3, why: "its steps are a share of where it is, and shrink by 1/√t only" } },
  adadelta: { quadratic: { reaches: 0.01, why: "its steps do not become smaller near the minimum" } },
};

const rules = [...RULES, { name: "lbfgs", rule: lbfgs }] as { name: string; rule: (options: object) => Rule }[];

test("the table names every rule", () => {
  expect(Object.keys(LEARNING_RATES)).toEqual(rules.map(({ name }) => name));
});

describe.each(rules)("$name", ({ name, rule }) => {
  test.each(Object.entries(PROBLEMS))("%s", (title, { problem, start, target }) => {
    const learningRate = LEARNING_RATES[name]?.[Object.keys(PROBLEMS).indexOf(title)];
    const found = minimize(problem.value as (x: Float64Array) => number, start, {
      gradient: problem.gradient,
      optimizer: rule({ learningRate, ...OPTIONS[name] }),
      maxIterations: 20_000,
      gradientTolerance: 0,
      targetValue: target,
    });
    const exception = EXCEPTIONS[name]?.[title as Name];
    expect(found.value).toBeLessThanOrEqual(exception?.reaches ?? target);
    expect(found.value).toBe(problem.value(found.x));
    // An exception that is none any more goes.
    expect(found.reason).toBe(exception === undefined ? "targetValue" : "maxIterations");
  });
});

test("lbfgs goes along the valley, too", () => {
  const optimizer = lbfgs({ lineSearch: "strongWolfe" });
  const { value, evaluations } = minimize(askew.value, [1, 2], { gradient: askew.gradient, optimizer });
  expect(value).toBeLessThan(1e-12);
  expect(evaluations).toBeLessThan(20);
});
