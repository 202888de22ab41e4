/** A network answers with the kind that it is given. Compiled by types.test.ts, never run. */
import {
  adam,
  array,
  type Lbfgs,
  lbfgs,
  loadNetwork,
  mlp,
  type NDArray,
  type Network,
  type NetworkParams,
} from "steepest";
import type { Equal, Expect } from "./equal.js";

export type Kinds = [
  Expect<Equal<typeof sample, number[]>>,
  Expect<Equal<typeof rows, number[][]>>,
  Expect<Equal<typeof images, number[][]>>,
  Expect<Equal<typeof floats, Float32Array<ArrayBuffer>>>,
  Expect<Equal<typeof integers, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof resident, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof one, NDArray<readonly [number]>>>,
  Expect<Equal<typeof strided, NDArray>>,
  Expect<Equal<typeof gradient, NetworkParams>>,
  Expect<Equal<typeof copy, Network>>,
];

const network = mlp({ layers: [4, 3, 2], activation: ["relu"], loss: "crossEntropy", dropout: [0.5] });
const sample = network.predict([1, 2, 3, 4]);
const rows = network.predict([[1, 2, 3, 4]]);
const images = network.logits([[[1, 2], [3, 4]]]); // biome-ignore format: a matrix
const floats = network.predict(Float32Array.of(1, 2, 3, 4));
const integers = network.predict(Uint8Array.of(1, 2, 3, 4));
const resident = network.predict(array([[1, 2, 3, 4]]));
const one = network.predict(array([1, 2, 3, 4]));
const strided = network.predict({ data: [1, 2, 3, 4], shape: [1, 4] });
const batch = { inputs: Float32Array.of(1, 2, 3, 4), targets: [1] } as const;
const { value, gradient } = network.valueAndGradient(batch);
const copy = loadNetwork(network.save());
const optimizer = adam().init(network.params);
network.attach(optimizer);
optimizer.step(network.gradient(batch));
network.detach();
const second: Lbfgs<NetworkParams> = lbfgs().init(network.params);
network.attach(second);
export const numbers: number[] = [value, network.loss(batch), network.accuracy(batch)];

// @ts-expect-error: no such loss
mlp({ layers: [4, 2], loss: "hinge" });
// @ts-expect-error: a loss is needed
mlp({ layers: [4, 2] });
