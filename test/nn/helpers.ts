import type { NDArray, NetworkLoss, NetworkParams } from "../../src/index.js";
import { randomWords } from "../../src/random/philox.js";

export const ACTIVATIONS = ["identity", "relu", "leakyRelu", "gelu", "silu", "tanh", "sigmoid", "softplus"] as const;
export const DTYPES = ["float64", "float32"] as const;

/** Numbers between -1 and 1. */
export const noise = (count: number, seed: number) => Array.from(randomWords(count, seed, 0), (w) => w / 2 ** 31 - 1);

export const rowsOf = (values: readonly number[], width: number) =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));

export const arraysOf = ({ layers }: NetworkParams) =>
  layers.flatMap(({ weights, biases }) => [weights, biases] as NDArray[]);

const dataOf = (each: NDArray) => each.data as Float64Array | Float32Array;

/** The numbers of all layers. */
export const flat = (params: NetworkParams) => arraysOf(params).flatMap((each) => Array.from(dataOf(each)));

export const bits = (params: NetworkParams) =>
  arraysOf(params).map(({ data }) => Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));

export function assign(params: NetworkParams, values: readonly number[]): void {
  let from = 0;
  for (const data of arraysOf(params).map(dataOf)) {
    data.set(values.slice(from, from + data.length));
    from += data.length;
  }
}

/** So that what was there does not count. */
export const spoil = (params: NetworkParams) => assign(params, new Array(flat(params).length).fill(Number.NaN));

export const INPUTS = rowsOf(noise(10, 2), 2);
export const LABELS = [0, 2, 1, 1, 0];

/** What each loss takes as targets of three outputs, for the five inputs. */
export const TARGETS: Readonly<Record<string, readonly [NetworkLoss, readonly number[] | readonly number[][]]>> = {
  mse: ["mse", rowsOf(noise(15, 1), 3)],
  mae: ["mae", rowsOf(noise(15, 1), 3)],
  huber: ["huber", rowsOf(noise(15, 1), 3)],
  labels: ["crossEntropy", LABELS],
  probabilities: ["crossEntropy", rowsOf([0, 1, 0, 0.5, 0.25, 0.25, 1, 0, 0, 0, 0, 1, 0.1, 0.2, 0.7], 3)],
  binaryCrossEntropy: ["binaryCrossEntropy", rowsOf([0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0.1, 0.2, 0.7], 3)],
};
