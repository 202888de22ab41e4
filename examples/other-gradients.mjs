// The logistic regression of the students again, from its loss alone: jax-js derives the gradient, fit follows it.

import { grad, init, jit, nn, numpy as np } from "@jax-js/jax";
import { fit, sgd } from "steepest";
import { students } from "./logistic-regression.mjs";

await init("wasm");

/** As in logistic-regression.mjs, in operations that jax-js can differentiate; `ref` keeps what is used once more. */
function unlikeliness({ slope, intercept }, hours, passed) {
  const z = hours.mul(slope).add(intercept);
  return np.mean(nn.softplus(z.ref).sub(passed.mul(z)));
}
const value = jit(unlikeliness);
const derivative = jit(grad(unlikeliness));

/** What jax-js takes of a batch and of parameters. */
const given = ({ inputs, targets }, { slope, intercept }) => [
  { slope: np.array(slope), intercept: np.array(intercept) },
  np.array(inputs),
  np.array(targets),
];

export const derivedModel = () => ({
  params: { slope: 0, intercept: 0 },

  loss: (batch, params) => value(...given(batch, params)).item(),

  gradient(batch, params) {
    const { slope, intercept } = derivative(...given(batch, params));
    return { slope: slope.item(), intercept: intercept.item() };
  },
});

/** Trains the model on all students at once, and says what it came to. */
export async function train() {
  const regression = derivedModel();
  await fit(regression, students, {
    optimizer: sgd({ learningRate: 0.5, momentum: 0.9, nesterov: true }),
    batchSize: "full",
    epochs: 600,
  });
  return regression.params;
}
