// Whether a student passes, by the hours of study: a logistic regression, trained by fit from its own formulas.

import { fit, sgd } from "steepest";

/** Hours of study of twenty students, and whether they passed: https://en.wikipedia.org/wiki/Logistic_regression */
export const students = {
  inputs: [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5],
  targets: [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1],
};

/** The probability of passing is 1 / (1 + e^-z) with z = slope · hours + intercept. */
export const model = () => ({
  params: { slope: 0, intercept: 0 },

  /** What the outcomes are too unlikely by: the mean of log(1 + e^z) - passed · z. */
  loss({ inputs, targets }, { slope, intercept }) {
    const z = inputs.map((hours) => slope * hours + intercept);
    return z.reduce((sum, each, i) => sum + Math.log1p(Math.exp(each)) - targets[i] * each, 0) / z.length;
  },

  /** Its derivatives: the mean of (probability - passed) · hours, and without the hours. */
  gradient({ inputs, targets }, { slope, intercept }) {
    const missed = inputs.map((hours, i) => 1 / (1 + Math.exp(-slope * hours - intercept)) - targets[i]);
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return { slope: mean(missed.map((each, i) => each * inputs[i])), intercept: mean(missed) };
  },

  accuracy({ inputs, targets }, { slope, intercept }) {
    return inputs.filter((hours, i) => slope * hours + intercept > 0 === targets[i] > 0).length / inputs.length;
  },
});

/**
 * Trains the model on all students at once, and says what it came to.
 *
 * @param gradient "backprop" for the derivatives above, "central" to do without them
 */
export async function train(gradient = "backprop") {
  const regression = model();
  const { history } = await fit(regression, students, {
    optimizer: sgd({ learningRate: 0.5, momentum: 0.9, nesterov: true }),
    batchSize: "full",
    epochs: 600,
    gradient,
  });
  return { ...regression.params, history };
}
