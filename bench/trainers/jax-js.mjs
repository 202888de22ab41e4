import { init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { batchesOf } from "../trainings.mjs";

/** A compiled step, Adam in it: what is used more than once is used by `ref`. */
export async function trainer(training) {
  await init("wasm");
  const { layers, rows } = training;
  const depth = layers.length - 1;
  let params = training.params.flatMap(({ weights, biases }, l) => [
    np.array(weights, { shape: [layers[l], layers[l + 1]] }),
    np.array(biases, { shape: [layers[l + 1]] }),
  ]);
  const zeros = () => params.map(({ shape }) => np.zeros(shape));
  let [m, v] = [zeros(), zeros()];
  const batches = batchesOf(training).map(({ x, labels, count }) => ({
    x: np.array(x, { shape: [count, layers[0]] }),
    y: nn.oneHot(np.array(labels, { shape: [count], dtype: np.int32 }), layers.at(-1)),
    count,
  }));
  const lossOf = (params, x, y) => {
    let a = x;
    for (let l = 0; l < depth; ++l) {
      a = np.matmul(a, params[2 * l]).add(params[2 * l + 1]);
      if (l + 1 < depth) a = nn.relu(a);
    }
    return np.sum(y.mul(nn.logSoftmax(a))).mul(-1 / x.shape[0]);
  };
  const evaluate = jit(lossOf);
  const step = jit((params, m, v, rate, root, x, y) => {
    const [loss, gradient] = valueAndGrad(lossOf)(
      params.map((p) => p.ref),
      x,
      y,
    );
    const m1 = m.map((mi, i) => mi.mul(0.9).add(gradient[i].ref.mul(0.1)));
    const v1 = v.map((vi, i) => vi.mul(0.999).add(np.square(gradient[i]).mul(0.001)));
    const p1 = params.map((p, i) => p.sub(m1[i].ref.mul(rate.ref).div(np.sqrt(v1[i].ref).div(root.ref).add(1e-8))));
    return [p1, m1, v1, loss];
  });
  const total = (each) => batches.reduce((sum, batch) => sum + each(batch) * batch.count, 0) / rows;
  let t = 0;
  return {
    loss: () =>
      total(
        ({ x, y }) =>
          evaluate(
            params.map((p) => p.ref),
            x.ref,
            y.ref,
          ).dataSync()[0],
      ),
    epoch: () =>
      total(({ x, y }) => {
        t += 1;
        const rate = np.array(1e-3 / (1 - 0.9 ** t));
        const root = np.array(Math.sqrt(1 - 0.999 ** t));
        let loss;
        [params, m, v, loss] = step(params, m, v, rate, root, x.ref, y.ref);
        return loss.dataSync()[0];
      }),
  };
}
