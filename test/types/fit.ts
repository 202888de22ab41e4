/** Batches and parameters keep their types. Compiled by types.test.ts, never run. */
import { adam, array, type EpochMetrics, fit, type Live, type Model, mlp, type NDArray } from "steepest";
import type { Equal } from "./equal.js";

const line = {
  params: { w: [0, 0], b: 0 },
  loss: ({ inputs, targets }: { inputs: number[]; targets: number[] }, { w, b }: Live<{ w: number[]; b: number }>) =>
    (inputs[0] as number) * (w[0] as number) + b - (targets[0] as number),
};

export async function cases() {
  const data = { inputs: [1], targets: [2] };
  await fit(line, data, { validation: data });
  await fit(line, [data]);
  await fit(line, async function* () {
    yield data;
  });
  // @ts-expect-error the loss does not take such batches
  await fit(line, { inputs: ["a"], targets: [1] });
  // @ts-expect-error nor such a set
  await fit(line, data, { validation: { inputs: [1] } });

  // What the functions of a model take follows from data and params.
  await fit(
    {
      params: { w: [0], n: array([1]) },
      loss: (batch, params) => {
        const types: [Equal<typeof batch, { inputs: Float32Array<ArrayBuffer>; targets: number[] }>] = [true];
        const w: Float64Array = params.w;
        const n: NDArray = params.n;
        return types.length + w.length + n.size;
      },
    },
    { inputs: Float32Array.of(1), targets: [2] },
  );

  const network = mlp({ layers: [2, 1], loss: "mse" });
  const optimizer = adam().init(network.params);
  const { history, reason } = await fit(network, { inputs: [[1, 2]], targets: [1] }, { optimizer, validation: 0.5 });
  await fit(network, () => [{ inputs: Float32Array.of(1, 2), targets: Float32Array.of(1) }]);
  const types: [
    Equal<typeof history, readonly Readonly<EpochMetrics>[]>,
    Equal<typeof reason, "epochs" | "earlyStopping" | "stopped" | "aborted" | "diverged">,
  ] = [true, true];
  // @ts-expect-error a network takes inputs and targets
  await fit(network, [1, 2]);
  // @ts-expect-error no option of this name
  await fit(network, { inputs: [[1, 2]], targets: [1] }, { batch: 5 });

  class Own implements Model<{ w: number[] }, number> {
    params = { w: [1] };
    loss(batch: number, { w }: { w: ArrayLike<number> }) {
      return batch * (w[0] as number);
    }
  }
  await fit(new Own(), [1, 2, 3]);
  return types;
}
