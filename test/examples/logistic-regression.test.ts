import { expect, test } from "vitest";
import { model, students, train } from "../../examples/logistic-regression.mjs";

/** The maximum of the likelihood, by Newton's method in NumPy; the source of the data has -4.1 and 1.5. */
const exact = { slope: 1.5046454, intercept: -4.07771343 };

test.each(["backprop", "central"])("training by %s finds the maximum of the likelihood", async (gradient) => {
  const { slope, intercept, history } = await train(gradient);
  expect(slope).toBeCloseTo(exact.slope, 6);
  expect(intercept).toBeCloseTo(exact.intercept, 6);
  expect(history.at(-1)?.loss).toBeCloseTo(model().loss(students, exact), 12);
  expect(history.at(-1)?.accuracy).toBe(0.8);
});
