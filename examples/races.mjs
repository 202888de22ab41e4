// The same network trained in several ways, to be compared by time.

import { adagrad, adam, fit, mlp, rmsprop, sgd } from "steepest";
import { CLASSES, SIDE } from "./digits.mjs";

/** By how many digits go into a step. */
const BATCHES = [
  ["batch, all 1437", { batchSize: "full", optimizer: sgd({ learningRate: 0.5 }), epochs: 400 }],
  ["mini-batch, 32", { batchSize: 32, optimizer: sgd({ learningRate: 0.1 }), epochs: 60 }],
  ["stochastic, 1", { batchSize: 1, optimizer: sgd({ learningRate: 0.01 }), epochs: 15 }],
];

/** By how a step follows from the gradient, in batches of 32. */
const RULES = [
  ["sgd", sgd({ learningRate: 0.1 })],
  ["momentum", sgd({ learningRate: 0.05, momentum: 0.9 })],
  ["rmsprop", rmsprop({ learningRate: 2e-3 })],
  ["adagrad", adagrad({ learningRate: 0.05 })],
  ["adam", adam({ learningRate: 3e-3 })],
].map(([name, optimizer]) => [name, { batchSize: 32, optimizer, epochs: 60 }]);

/** [{ race, name, milliseconds, loss }, ...]: the loss over the training set after each epoch and when that was. */
export async function raceOnDigits({ training }) {
  const points = [];
  for (const [race, entries] of [
    ["How many digits go into a step, by sgd", BATCHES],
    ["The rule, by batches of 32", RULES],
  ]) {
    for (const [name, options] of entries) {
      const network = mlp({ layers: [SIDE * SIDE, 32, CLASSES], loss: "crossEntropy", seed: 1 });
      points.push(...(await timeOfLosses(network, training, options)).map((point) => ({ race, name, ...point })));
      network.free();
    }
  }
  return points;
}

async function timeOfLosses(network, data, options) {
  const points = [{ milliseconds: 0, loss: network.loss(data) }];
  let spent = 0;
  let since = performance.now();
  await fit(network, data, {
    ...options,
    seed: 1,
    onEpoch() {
      spent += performance.now() - since;
      points.push({ milliseconds: spent, loss: network.loss(data) });
      since = performance.now(); // the evaluation is not part of the training
    },
  });
  return points;
}

/** The smallest task that no line separates: exclusive or. */
export const XOR = {
  inputs: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  targets: [[0], [1], [1], [0]],
};

/** The losses of the same training with one gradient and the other, and milliseconds for all epochs. */
export async function gradientsOnXor(epochs = 300) {
  return { backprop: await trainOnXor("backprop", epochs), central: await trainOnXor("central", epochs) };
}

async function trainOnXor(gradient, epochs) {
  const network = mlp({
    layers: [2, 8, 1],
    activation: "tanh",
    loss: "binaryCrossEntropy",
    dtype: "float64",
    seed: 3,
  });
  const began = performance.now();
  const { history } = await fit(network, XOR, {
    optimizer: adam({ learningRate: 0.05 }),
    batchSize: "full",
    epochs,
    gradient,
  });
  const milliseconds = performance.now() - began;
  const answers = network.predict(XOR.inputs).map(([p]) => p);
  const results = { losses: history.map(({ loss }) => loss), milliseconds, answers };
  network.free();
  return results;
}
