import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adam, type Batch, checkGradient, mlp, type NetworkParams } from "../../src/index.js";
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

test("dropout leaves out the share that it should, keeps the mean, and goes by the seed", () => {
  const width = 20_000;
  const counts = [0, 1, 2 ** 32].map((seed) => {
    const options = { layers: [1, width, 1], activation: "identity", loss: "mae", dropout: 0.3, seed } as const;
    using network = mlp({ ...options, dtype: "float64" });
    const [from, , to] = arraysOf(network.params).map(({ data }) => data as Float64Array);
    from?.fill(1);
    to?.fill(1 / width);
    const data = network.dataset({ inputs: [1], targets: [0] });
    const trainer = network.trainer(1);
    const kept = Array.from({ length: 20 }, (_, step) => {
      const mean = trainer.gradient(data, 0, 1, step);
      expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.3 / 0.7 / width));
      const count = mean * 0.7 * width;
      expect(Math.abs(count - Math.round(count))).toBeLessThan(1e-6);
      return Math.round(count);
    });
    expect(trainer.gradient(data, 0, 1, -1)).toBeCloseTo(1, 12);
    trainer.free();
    data.free();
    return kept.join();
  });
  expect(new Set(counts).size).toBe(3);
});

/** Lines of networks.jsonl, which networks.py describes. */
interface Case {
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly loss: string;
  readonly value: number;
  readonly gradient: readonly number[];
}
interface Training {
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly l2: number;
  readonly batches: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly after: readonly number[];
}

describe("PyTorch", () => {
  const lines = readFileSync(new URL("../fixtures/networks.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const [{ layers, params, inputs, targets }, ...rest] = lines.map((line) => JSON.parse(line));
  const cases: Case[] = rest.slice(0, 48);
  const trainings: Training[] = rest.slice(48);

  test.each(cases)("autograd of $loss after $activation has the same loss and gradient", (each) => {
    const { activation, loss: name, value, gradient } = each;
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
      expect(Math.max(Math.abs(own.value / value - 1), ...errors), dtype).toBeLessThan(tolerance);
    }
  });

  test.each(trainings)("trains with $activation and l2 of $l2 by the same losses to the same weights", (each) => {
    const { activation, l2, batches, losses, after } = each;
    using network = mlp({ layers, activation, loss: "crossEntropy", l2, dtype: "float64" });
    assign(network.params, params.flat(2));
    const optimizer = adam({ learningRate: 0.02 }).init(network.params);
    network.attach(optimizer);
    const data = network.dataset({ inputs, targets: targets.labels });
    const trainer = network.trainer(6);
    const indices = heap.allocate(24);
    const found = batches.map((rows, step) => {
      new Uint32Array(views.buffer, indices.address, rows.length).set(rows);
      const value = trainer.gradient(data, indices.address, rows.length, step);
      optimizer.step();
      return value;
    });
    expect(found.length).toBe(100);
    found.forEach((value, k) => void expect(Math.abs(value / (losses[k] as number) - 1)).toBeLessThan(1e-9));
    network.detach();
    expect(flat(network.params).length).toBe(after.length);
    flat(network.params).forEach((w, i) => void expect(Math.abs(w - (after[i] as number))).toBeLessThan(1e-9));
    for (const one of [trainer, data, optimizer]) one.free();
    heap.free(indices);
  });
});
