/** Networks that are trained to compare, and the files from which every program reads data and weights. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readDigits, split } from "../examples/digits.mjs";
import { noise } from "./cases.mjs";
import { training } from "./shapes.mjs";

/**
 * `goals`: how many times as fast as a rival an epoch is meant to be; `operations`: those of its matrix products; `data`
 * gives rows one after the other.
 */
export const TRAININGS = [
  {
    title: "784-128-10, 12,800 rows in batches of 64",
    layers: [784, 128, 10],
    batchSize: 64,
    data: () => chance(12_800, 784, 10),
    operations: productsOf([784, 128, 10], 12_800),
    goals: { "plain JS": 8, "tfjs wasm": 12, "jax-js": 5, torch: 0.3 },
  },
  {
    title: "64-32-10, 1,437 digits in batches of 32",
    layers: [64, 32, 10],
    batchSize: 32,
    data: digits,
    operations: productsOf([64, 32, 10], 1437),
    goals: { "plain JS": 8, "tfjs wasm": 15, "jax-js": 5, torch: 5 },
  },
];

/** Floating-point operations of all products over so many rows. */
function productsOf(layers, rows) {
  return training(layers, rows).reduce((sum, { m, n, k }) => sum + 2 * m * n * k, 0);
}

/** Numbers by chance; the label of a row is the largest of `classes` linear functions, themselves by chance. */
function chance(rows, width, classes) {
  const inputs = Float32Array.from({ length: rows * width }, (_, i) => noise(i));
  const weights = Float32Array.from({ length: width * classes }, (_, i) => noise(-2 - i));
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    const sums = new Float64Array(classes);
    for (let j = 0; j < width; ++j)
      for (let k = 0; k < classes; ++k) sums[k] += inputs[row * width + j] * weights[j * classes + k];
    return sums.indexOf(Math.max(...sums));
  });
  return { inputs, labels };
}

function digits() {
  const { training } = split(readDigits(fileURLToPath(new URL("../examples/data/digits.csv.gz", import.meta.url))));
  return { inputs: Float32Array.from(training.inputs.flat()), labels: Int32Array.from(training.targets) };
}

/** He's uniform weights by chance, [inputs, outputs] for each layer, and biases of 0. */
function initialParams(layers) {
  return layers.slice(1).flatMap((outputs, l) => {
    const bound = Math.sqrt(6 / layers[l]);
    const weights = Float32Array.from({ length: layers[l] * outputs }, (_, i) => 2 * bound * noise(1e6 * (l + 1) + i));
    return [weights, new Float32Array(outputs)];
  });
}

/**
 * Writes what a training starts from, little-endian:
 *
 *     batch size, rows, layers, widths of the layers, labels | inputs | weights, biases of each layer
 *     i32                                                      f32
 */
export function writeTraining(path, { layers, batchSize, data }) {
  const { inputs, labels } = data();
  const parts = [Int32Array.of(batchSize, labels.length, layers.length, ...layers), labels, inputs];
  writeFileSync(path, Buffer.concat([...parts, ...initialParams(layers)].map(({ buffer }) => Buffer.from(buffer))));
}

export function readTraining(path) {
  const { buffer } = new Uint8Array(readFileSync(path));
  let at = 0;
  const next = (View, length) => {
    const view = new View(buffer, at, length);
    at += view.byteLength;
    return view;
  };
  const [batchSize, rows, depth] = next(Int32Array, 3);
  const layers = Array.from(next(Int32Array, depth));
  const labels = next(Int32Array, rows);
  const inputs = next(Float32Array, rows * layers[0]);
  const params = layers.slice(1).map((outputs, l) => ({
    weights: next(Float32Array, layers[l] * outputs),
    biases: next(Float32Array, outputs),
  }));
  return { layers, batchSize, rows, labels, inputs, params };
}

/** Batches in the order of the rows, as views: { x, labels, count }. */
export function batchesOf({ layers: [width], batchSize, rows, labels, inputs }) {
  return Array.from({ length: Math.ceil(rows / batchSize) }, (_, k) => {
    const [from, to] = [k * batchSize, Math.min(rows, (k + 1) * batchSize)];
    return { x: inputs.subarray(from * width, to * width), labels: labels.subarray(from, to), count: to - from };
  });
}
