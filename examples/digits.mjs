// A network that reads handwritten digits.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { adamw, cosineDecay, fit, mlp } from "steepest";

export const SIDE = 8; // pixels
export const CLASSES = 10;
export const HELD_OUT = 360;
const BRIGHTEST = 16;
/** A character for each brightness. */
export const PIXELS = "0123456789abcdefg";

/** 1797 digits: `inputs`, a row of 64 brightnesses from 0 to 1 for each, and `targets`, what they show. */
export function readDigits(path) {
  const rows = gunzipSync(readFileSync(path)).toString().trim().split("\n");
  const numbers = rows.map((row) => row.split(",").map(Number));
  return {
    inputs: numbers.map((row) => row.slice(0, -1).map((pixel) => pixel / BRIGHTEST)),
    targets: numbers.map((row) => row.at(-1)),
  };
}

/**
 * Every fifth digit or so to judge by, the others to train with. The file goes by writers, and its end by others than its
 * beginning: a fixed stride takes some of each.
 */
export function split({ inputs, targets }, count = HELD_OUT) {
  const stride = inputs.length / count;
  const held = new Set(Array.from({ length: count }, (_, i) => Math.floor(i * stride)));
  const part = (takes) => ({ inputs: inputs.filter(takes), targets: targets.filter(takes) });
  return { training: part((_, i) => !held.has(i)), heldOut: part((_, i) => held.has(i)) };
}

export function createNetwork(seed = 1) {
  return mlp({ layers: [SIDE * SIDE, 128, CLASSES], activation: "relu", loss: "crossEntropy", seed });
}

/** Mini-batch descent by AdamW; the steps shrink along a cosine until the last. */
export async function train(network, { training, heldOut }, { epochs = 40, batchSize = 32, ...more } = {}) {
  const steps = epochs * Math.ceil(training.inputs.length / batchSize);
  const optimizer = adamw({ learningRate: cosineDecay(5e-3, { steps }), weightDecay: 0.05 });
  return await fit(network, training, { optimizer, batchSize, epochs, validation: heldOut, seed: 1, ...more });
}

/** What each digit was read as, how sure the network was, and how often each was read as which. */
export function judge(network, { inputs, targets }) {
  const probabilities = network.predict(inputs);
  const readings = probabilities.map((row, i) => {
    const read = row.indexOf(Math.max(...row));
    return { index: i, shows: targets[i], read, certainty: row[read] };
  });
  const confusion = Array.from({ length: CLASSES }, () => new Array(CLASSES).fill(0));
  for (const { shows, read } of readings) confusion[shows][read] += 1;
  const misread = readings.filter(({ shows, read }) => shows !== read);
  return { confusion, misread, accuracy: 1 - misread.length / readings.length };
}
