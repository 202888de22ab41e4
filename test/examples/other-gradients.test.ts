import { expect, test } from "vitest";
import { model, students } from "../../examples/logistic-regression.mjs";
import { derivedModel, train } from "../../examples/other-gradients.mjs";

test("jax-js derives the gradient that is written by hand", () => {
  for (const params of [
    { slope: 0, intercept: 0 },
    { slope: 1.5, intercept: -4 },
    { slope: -0.7, intercept: 2.5 },
  ]) {
    const derived = derivedModel().gradient(students, params);
    const byHand = model().gradient(students, params);
    expect(derived.slope).toBeCloseTo(byHand.slope, 5);
    expect(derived.intercept).toBeCloseTo(byHand.intercept, 5);
  }
});

test("training along it finds the maximum of the likelihood, as far as float32 goes", async () => {
  const { slope, intercept } = await train();
  expect(slope).toBeCloseTo(1.5046454, 3);
  expect(intercept).toBeCloseTo(-4.07771343, 3);
});
