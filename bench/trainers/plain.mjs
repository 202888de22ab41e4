import { adam, multiply } from "../by-hand.mjs";
import { batchesOf } from "../trainings.mjs";

/** Loops over typed arrays, all of which are there from the beginning. */
export async function trainer(training) {
  const { layers, batchSize, params } = training;
  const batches = batchesOf(training);
  const room = (width) => new Float32Array(batchSize * width);
  const results = layers.slice(1).map(room);
  const derivatives = layers.slice(1).map(room);
  const vectors = params.flatMap(({ weights, biases }) => [weights, biases]);
  const [gradient, m, v] = [0, 1, 2].map(() => vectors.map(({ length }) => new Float32Array(length)));
  const last = results.length - 1;

  function forward(x, count) {
    let a = x;
    results.forEach((z, l) => {
      const { weights, biases } = params[l];
      const width = biases.length;
      multiply({ m: count, n: width, k: layers[l], form: 0 }, a, weights, z);
      for (let i = 0, at = 0; i < count; ++i) {
        for (let j = 0; j < width; ++j, ++at) {
          const sum = z[at] + biases[j];
          z[at] = l === last || sum > 0 ? sum : 0;
        }
      }
      a = z;
    });
  }

  /** The sum over the rows; the derivative of the mean is left. */
  function crossEntropy(labels, count) {
    const [z, d, width] = [results[last], derivatives[last], layers[last + 1]];
    let total = 0;
    for (let i = 0; i < count; ++i) {
      const row = i * width;
      let most = z[row];
      for (let j = 1; j < width; ++j) most = Math.max(most, z[row + j]);
      let sum = 0;
      for (let j = 0; j < width; ++j) {
        const power = Math.exp(z[row + j] - most);
        d[row + j] = power;
        sum += power;
      }
      for (let j = 0; j < width; ++j) d[row + j] /= sum * count;
      d[row + labels[i]] -= 1 / count;
      total += Math.log(sum) + most - z[row + labels[i]];
    }
    return total;
  }

  function backward(x, count) {
    for (let l = last; l >= 0; --l) {
      const [d, width, wide] = [derivatives[l], layers[l + 1], layers[l]];
      multiply({ m: wide, n: width, k: count, form: 1 }, l === 0 ? x : results[l - 1], d, gradient[2 * l]);
      const sums = gradient[2 * l + 1].fill(0);
      for (let i = 0, at = 0; i < count; ++i) for (let j = 0; j < width; ++j, ++at) sums[j] += d[at];
      if (l === 0) break;
      const [a, next] = [results[l - 1], derivatives[l - 1]];
      multiply({ m: count, n: wide, k: width, form: 2 }, d, params[l].weights, next);
      for (let i = 0; i < count * wide; ++i) if (!(a[i] > 0)) next[i] = 0;
    }
  }

  const total = (each) => batches.reduce((sum, batch) => sum + each(batch), 0) / training.rows;
  let t = 0;
  const step = ({ x, labels, count }) => {
    forward(x, count);
    const loss = crossEntropy(labels, count);
    backward(x, count);
    t += 1;
    vectors.forEach((p, i) => {
      adam(p, gradient[i], m[i], v[i], t);
    });
    return loss;
  };
  return {
    loss: () =>
      total(({ x, labels, count }) => {
        forward(x, count);
        return crossEntropy(labels, count);
      }),
    epoch: () => total(step),
  };
}
