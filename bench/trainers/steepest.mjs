import { adam, fit, mlp } from "../../dist/index.js";

/** As a user trains; the rows come in the order in which they are. */
export async function trainer({ layers, batchSize, labels, inputs, params }) {
  const network = mlp({ layers, activation: "relu", loss: "crossEntropy", dtype: "float32" });
  params.forEach(({ weights, biases }, l) => {
    network.params.layers[l].weights.data.set(weights);
    network.params.layers[l].biases.data.set(biases);
  });
  const data = { inputs, targets: labels };
  return {
    loss: () => network.loss(data),
    train: (onEpoch) => fit(network, data, { optimizer: adam(), batchSize, epochs: 1e6, shuffle: false, onEpoch }),
  };
}
