import { tf } from "../tfjs.mjs";
import { batchesOf } from "../trainings.mjs";

/** Dense layers as tfjs-layers makes them, of its fused products. */
export function lossOf(layers, { x, y }) {
  const outputs = layers.reduce((a, { weights, bias }, l) => {
    const activation = l === layers.length - 1 ? "linear" : "relu";
    return tf.fused.matMul({ a, b: weights, bias, activation });
  }, x);
  return tf.losses.softmaxCrossEntropy(y, outputs);
}

/** Resident, by its own Adam. */
export async function trainer(training) {
  const { layers, params, rows } = training;
  const variables = params.map(({ weights, biases }, l) => ({
    weights: tf.variable(tf.tensor2d(weights, [layers[l], layers[l + 1]])),
    bias: tf.variable(tf.tensor1d(biases)),
  }));
  const batches = batchesOf(training).map(({ x, labels, count }) => ({
    x: tf.tensor2d(x, [count, layers[0]]),
    y: tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), layers.at(-1)), "float32"),
    count,
  }));
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const total = (each) => batches.reduce((sum, batch) => sum + each(batch) * batch.count, 0) / rows;
  const read = (loss) => {
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
  return {
    loss: () => total((batch) => read(tf.tidy(() => lossOf(variables, batch)))),
    epoch: () => total((batch) => read(optimizer.minimize(() => lossOf(variables, batch), true))),
  };
}
