import { adam, fit } from "../../dist/index.js";
import { tf } from "../tfjs.mjs";
import { lossOf } from "./tfjs.mjs";

/** A model of one's own, whose loss and gradient tfjs computes; its parameters and its steps are those of steepest. */
export async function trainer({ layers, batchSize, labels, inputs, params }) {
  let gradient;
  const tensors = (leaves) =>
    leaves.map(({ weights, biases }, l) => ({
      weights: tf.tensor2d(weights, [layers[l], layers[l + 1]]),
      bias: tf.tensor1d(biases),
    }));
  const batchOf = ({ inputs, targets }) => ({
    x: tf.tensor2d(inputs, [targets.length, layers[0]]),
    y: tf.cast(tf.oneHot(tf.tensor1d(targets, "int32"), layers.at(-1)), "float32"),
  });
  const model = {
    params,
    loss: (batch, params) =>
      tf.tidy(() => {
        const at = tensors(params);
        const given = batchOf(batch);
        const { value, grads } = tf.valueAndGrads(() => lossOf(at, given))(
          at.flatMap(({ weights, bias }) => [weights, bias]),
        );
        gradient = at.map((_, l) => ({ weights: grads[2 * l].dataSync(), biases: grads[2 * l + 1].dataSync() }));
        return value.dataSync()[0];
      }),
    gradient: () => gradient,
  };
  const data = { inputs, targets: labels };
  return {
    loss: () => tf.tidy(() => lossOf(tensors(model.params), batchOf(data)).dataSync()[0]),
    train: (onEpoch) => fit(model, data, { optimizer: adam(), batchSize, epochs: 1e6, shuffle: false, onEpoch }),
  };
}
