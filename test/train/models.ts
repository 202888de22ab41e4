/** Models and data that training is tried on, with their formulas. */
import { mlp, type Network, type NetworkParams } from "../../src/index.js";
import { randomWords } from "../../src/random/philox.js";

/** Numbers from 0 to 1. */
export function uniform(count: number, seed: number): number[] {
  return Array.from(randomWords(count, seed, 2 ** 30), (word) => word / 2 ** 32);
}

export interface Points {
  inputs: number[][];
  targets: number[];
}

/** Points near a plane. */
export function planeData(rows: number, seed = 1): Points {
  const numbers = uniform(3 * rows, seed);
  const inputs = Array.from({ length: rows }, (_, i) => numbers.slice(2 * i, 2 * i + 2));
  const targets = inputs.map(([x, y], i) => 2 * x! - 3 * y! + 1 + (numbers[2 * rows + i]! - 0.5) / 10);
  return { inputs, targets };
}

interface Plane {
  w: ArrayLike<number>;
  b: number;
}

/** Least squares: the loss is the mean of (w·x + b - t)². */
export class LinearRegression {
  params = { w: [0, 0], b: 0 };

  residuals({ inputs, targets }: Points, { w, b }: Plane): number[] {
    return inputs.map((x, i) => x[0]! * w[0]! + x[1]! * w[1]! + b - targets[i]!);
  }

  loss(batch: Points, params: Plane): number {
    return mean(this.residuals(batch, params).map((r) => r * r));
  }

  gradient(batch: Points, params: Plane) {
    const r = this.residuals(batch, params);
    const w = [0, 1].map((k) => mean(r.map((each, i) => 2 * each * batch.inputs[i]![k]!)));
    return { w, b: mean(r.map((each) => 2 * each)) };
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Points in two classes, which a line does not part cleanly. */
export function classData(rows: number, seed = 2): Points {
  const numbers = uniform(3 * rows, seed);
  const inputs = Array.from({ length: rows }, (_, i) => numbers.slice(2 * i, 2 * i + 2).map((x) => 4 * x - 2));
  const targets = inputs.map(([x, y], i) => (x! + y! + 6 * numbers[2 * rows + i]! - 3 > 0 ? 1 : 0));
  return { inputs, targets };
}

/** The mean of log(1 + e^z) - t z with z = w·x. */
export class LogisticRegression {
  params: Float64Array = new Float64Array(2);

  logits({ inputs }: Points, w: ArrayLike<number>): number[] {
    return inputs.map((x) => x[0]! * w[0]! + x[1]! * w[1]!);
  }

  loss(batch: Points, w: ArrayLike<number>): number {
    return mean(this.logits(batch, w).map((z, i) => Math.log1p(Math.exp(z)) - batch.targets[i]! * z));
  }

  gradient(batch: Points, w: ArrayLike<number>): number[] {
    const r = this.logits(batch, w).map((z, i) => 1 / (1 + Math.exp(-z)) - batch.targets[i]!);
    return [0, 1].map((k) => mean(r.map((each, i) => each * batch.inputs[i]![k]!)));
  }

  accuracy(batch: Points, w: ArrayLike<number>): number {
    return mean(this.logits(batch, w).map((z, i) => Number(z > 0 === batch.targets[i]! > 0.5)));
  }
}

/** A small network, and a copy of all its numbers. */
export function classifier(options: object = {}): Network {
  return mlp({ layers: [2, 6, 2], activation: "tanh", loss: "crossEntropy", dtype: "float64", seed: 4, ...options });
}

export function numbersOf({ layers }: NetworkParams): number[] {
  return layers.flatMap(({ weights, biases }) => [...(weights.data as Float64Array), ...(biases.data as Float64Array)]);
}
