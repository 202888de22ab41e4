import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Batch, checkGradient, mlp, type NetworkParams } from "../../src/index.js";
import { heap, views } from "../../src/wasm/heap.js";
import { ACTIVATIONS, arraysOf, assign, bits, DTYPES, flat, INPUTS, LABELS, noise, spoil, TARGETS } from "./helpers.js";

describe.each(DTYPES)("%s", (dtype) => {
  test.each(ACTIVATIONS)("gradients of every loss after %s are those of checkGradient", (activation) => {
    for (const [name, [loss, targets]] of Object.entries(TARGETS)) {
      const options = { layers: [2, 4, 3, 3], activation, loss, dtype, l2: 0.01, delta: 0.5, seed: 8 } as const;
      using network = mlp(options);
      using probe = mlp(options);
      const batch = { inputs: INPUTS, targets };
      for (const { biases } of network.params.layers) (biases.data as Float64Array).set(noise(biases.size, 3));
      const f = (params: unknown) => {
        assign(probe.params, flat(params as NetworkParams));
        return probe.loss(batch);
      };
      const { value, gradient } = network.valueAndGradient(batch);
      expect(value).toBeCloseTo(f(network.params), 12);
      const { message, ok, wrong } = checkGradient(f as never, gradient as never, network.params as never);
      expect([name, wrong, ok ? "" : message]).toEqual([name, [], ""]);
    }
  });

  test("differences come to the gradient of backpropagation, and leave the parameters as they are", () => {
    using network = mlp({ layers: [2, 5, 4, 3], activation: ["gelu", "tanh"], loss: "crossEntropy", dtype, l2: 0.02 });
    const data = network.dataset({ inputs: INPUTS, targets: LABELS });
    const trainer = network.trainer(5, true);
    const { value, gradient } = network.valueAndGradient({ inputs: INPUTS, targets: LABELS });
    const expected = flat(gradient);
    const before = bits(network.params);
    for (const central of [true, false]) {
      const tolerance = dtype === "float64" ? (central ? 1e-9 : 1e-7) : central ? 5e-5 : 1e-3;
      spoil(gradient);
      expect(trainer.differences(data, 0, 5, -1, central)).toBe(value);
      flat(gradient).forEach((g, i) => void expect(Math.abs(g - (expected[i] as number))).toBeLessThan(tolerance));
    }
    expect(bits(network.params)).toEqual(before);
    trainer.free();
    data.free();
  });

  test("rows chosen by their numbers give the bits of a batch of these rows", () => {
    using network = mlp({ layers: [2, 5, 3], activation: "silu", loss: "crossEntropy", dtype });
    const chosen = [3, 0, 3, 4];
    const indices = heap.allocate(16);
    new Uint32Array(views.buffer, indices.address, 4).set(chosen);
    const batch = { inputs: chosen.map((i) => INPUTS[i] as number[]), targets: chosen.map((i) => LABELS[i] as number) };
    const { value, gradient } = network.valueAndGradient(batch);
    const expected = bits(gradient);
    const data = network.dataset({ inputs: INPUTS, targets: LABELS });
    const trainer = network.trainer(5);
    const evaluator = network.evaluator();
    spoil(gradient);
    expect(trainer.gradient(data, indices.address, 4, -1)).toBe(value);
    expect(bits(gradient)).toEqual(expected);
    expect(evaluator.loss(data, indices.address, 4)).toBe(network.loss(batch));
    expect([trainer.hits / 4, evaluator.hits / 4]).toEqual([network.accuracy(batch), network.accuracy(batch)]);
    for (const each of [trainer, evaluator, data]) each.free();
    heap.free(indices);
  });
});

test.each(ACTIVATIONS)("dropout leaves out the same on the way back through %s", (activation) => {
  const options = { layers: [2, 8, 6, 3], activation, loss: "mse", dtype: "float64", seed: 4 } as const;
  using network = mlp({ ...options, dropout: [0.5, 0.25] });
  // Where all of a layer is left out, the sums of the next one are its biases: not at the kink.
  for (const { biases } of network.params.layers) (biases.data as Float64Array).set(noise(biases.size, 3));
  const batch = { inputs: INPUTS, targets: TARGETS.mse?.[1] } as Batch;
  const { gradient, value: whole } = network.valueAndGradient(batch);
  const data = network.dataset(batch);
  const trainer = network.trainer(5, true);
  const values = [0, 1, 2 ** 32 - 1].map((step) => {
    const value = trainer.gradient(data, 0, 5, step);
    const expected = flat(gradient);
    trainer.differences(data, 0, 5, step, true);
    flat(gradient).forEach((g, i) => void expect(g).toBeCloseTo(expected[i] as number, 8));
    expect(trainer.gradient(data, 0, 5, step)).toBe(value);
    expect(flat(gradient)).toEqual(expected);
    return value;
  });
  expect(new Set([...values, whole]).size).toBe(4);
  trainer.free();
  data.free();
});

test("dropout leaves out the share that it should, and keeps the mean", () => {
  const width = 20_000;
  using network = mlp({ layers: [1, width, 1], activation: "identity", loss: "mae", dropout: 0.3, dtype: "float64" });
  const [from, , to] = arraysOf(network.params).map(({ data }) => data as Float64Array);
  from?.fill(1);
  to?.fill(1 / width);
  const data = network.dataset({ inputs: [1], targets: [0] });
  const trainer = network.trainer(1);
  for (let step = 0; step < 20; ++step) {
    const mean = trainer.gradient(data, 0, 1, step);
    const kept = mean * 0.7 * width;
    expect(Math.abs(kept - Math.round(kept))).toBeLessThan(1e-6);
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.3 / 0.7 / width));
  }
  expect(trainer.gradient(data, 0, 1, -1)).toBeCloseTo(1, 12);
  trainer.free();
  data.free();
});

/** A line of networks.jsonl, which networks.py describes. */
interface Case {
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly loss: string;
  readonly value: number;
  readonly gradient: readonly number[];
}

test("losses and gradients are those of PyTorch's autograd, to 1e-10", () => {
  const lines = readFileSync(new URL("../fixtures/networks.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const [{ layers, params, inputs, targets }, ...cases] = lines.map((line) => JSON.parse(line));
  expect(cases.length).toBe(48);
  for (const { activation, loss: name, value, gradient } of cases as Case[]) {
    const loss = TARGETS[name]?.[0] as "mse";
    for (const [dtype, tolerance] of [["float64", 1e-10] as const, ["float32", 3e-4] as const]) {
      using network = mlp({ layers, activation, loss, dtype, delta: 0.5 });
      assign(network.params, params.flat(2));
      const own = network.valueAndGradient({ inputs, targets: targets[name] });
      // Sums of numbers that cancel are as exact as these.
      const least = 1e-3 * Math.max(...gradient.map(Math.abs));
      const errors = flat(own.gradient).map((g, i) => {
        const expected = gradient[i] as number;
        return Math.abs(g - expected) / Math.max(Math.abs(expected), least);
      });
      expect(errors.length).toBe(gradient.length);
      const worst = Math.max(Math.abs(own.value / value - 1), ...errors);
      expect(worst, `${activation} ${name} ${dtype}`).toBeLessThan(tolerance);
    }
  }
});
