import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { adam, array, configure, fit, memoryUsage, type NDArray, sgd, type Training, zeros } from "../../src/index.js";
import { shuffled, split } from "../../src/train/shuffle.js";
import { heap } from "../../src/wasm/heap.js";
import {
  classData,
  classifier,
  LinearRegression,
  LogisticRegression,
  mean,
  numbersOf,
  type Points,
  planeData,
} from "./models.js";

let used = 0;
beforeEach(() => {
  used = memoryUsage().used;
});
/** Nothing that a training takes outlives it, however it ends. */
afterEach(() => {
  expect(memoryUsage().used).toBe(used);
});

const rowsOf = ({ inputs, targets }: Points, order: ArrayLike<number>): Points => ({
  inputs: Array.from(order, (i) => inputs[i]!),
  targets: Array.from(order, (i) => targets[i]!),
});
const upTo = (n: number) => new Uint32Array(n).map((_, i) => i);

describe("the steps are those of a loop written by hand, bit for bit", () => {
  test.each([
    ["full", 20, 20],
    ["stochastic", 20, 1],
    ["mini-batch with a smaller last one", 20, 7],
    ["mini-batch", 20, 5],
  ])("%s", async (name, rows, size) => {
    const data = planeData(rows);
    const rule = adam({ learningRate: 0.05 });
    const hand = new LinearRegression();
    const optimizer = rule.init(hand.params);
    const losses: number[] = [];
    for (let epoch = 1; epoch <= 4; ++epoch) {
      const order = size === rows ? upTo(rows) : shuffled(upTo(rows), 9, epoch);
      let sum = 0;
      for (let from = 0; from < rows; from += size) {
        const batch = rowsOf(data, order.subarray(from, from + size));
        sum += hand.loss(batch, optimizer.params) * batch.targets.length;
        optimizer.step(hand.gradient(batch, optimizer.params));
      }
      losses.push(sum / rows);
    }
    const model = new LinearRegression();
    const result = await fit(model, data, {
      optimizer: rule,
      batchSize: name === "full" ? "full" : size,
      epochs: 4,
      seed: 9,
    });
    expect(model.params).toEqual({ w: Array.from(optimizer.params.w), b: optimizer.params.b });
    expect(result).toEqual({
      history: losses.map((loss, i) => ({ epoch: i + 1, loss })),
      epochs: 4,
      steps: 4 * Math.ceil(rows / size),
      reason: "epochs",
      best: { epoch: 4, value: losses[3] },
    });
    optimizer.free();
  });

  test("of a network, too, in every kind of data", async () => {
    const { inputs, targets } = classData(21);
    const flat = inputs.flat();
    const hand = classifier();
    const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 }).init(hand.params);
    hand.attach(optimizer);
    for (let epoch = 1; epoch <= 3; ++epoch) {
      const order = shuffled(upTo(21), 0, epoch);
      for (let from = 0; from < 21; from += 8) {
        hand.gradient(rowsOf({ inputs, targets }, order.subarray(from, from + 8)));
        optimizer.step();
      }
    }
    const matrix = array(inputs);
    const kinds = {
      nested: { inputs, targets },
      typed: { inputs: Float64Array.from(flat), targets: Uint8Array.from(targets) },
      NDArray: { inputs: matrix, targets },
      "another library's": {
        inputs: { data: flat.toReversed(), shape: [21, 2], stride: [-2, -1], offset: 41 },
        targets,
      },
    };
    for (const [kind, data] of Object.entries(kinds)) {
      const network = classifier();
      const { steps } = await fit(network, data, {
        optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
        batchSize: 8,
        epochs: 3,
      });
      expect(numbersOf(network.params), kind).toEqual(numbersOf(hand.params));
      expect(steps).toBe(9);
      network.free();
    }
    matrix.free();
    hand.free();
    optimizer.free();
  });

  test("of a network whose data does not fit in linear memory", async () => {
    const data = classData(20_000);
    const options = { batchSize: 500, epochs: 2, validation: 0.4, optimizer: adam() };
    const [network, spilled] = [classifier(), classifier()];
    const { history } = await fit(network, data, options);
    const fillers: NDArray[] = [];
    configure({ maximumMemory: memoryUsage().reserved });
    let result: Training;
    try {
      for (const size of [2 ** 20, 2 ** 16, 2 ** 13, 2 ** 9]) {
        for (let before = -1; before < memoryUsage().used; fillers.push(zeros(size))) before = memoryUsage().used;
      }
      // The data takes 720 kB.
      for (const each of fillers.filter(({ size }) => size === 2 ** 13).slice(-9, -1)) each.free();
      result = await fit(spilled, data, options);
      expect(() => spilled.dataset(data)).toThrow("Out of linear memory");
    } finally {
      for (const each of fillers) each.free();
      configure({ maximumMemory: 2 ** 30 });
    }
    expect(numbersOf(spilled.params)).toEqual(numbersOf(network.params));
    expect(result.history.map(({ loss }) => loss)).toEqual(history.map(({ loss }) => loss));
    expect(result.history[1]?.validationLoss).toBeCloseTo(history[1]?.validationLoss as number, 12);
    expect(result.history[1]?.validationAccuracy).toBe(history[1]?.validationAccuracy);
    network.free();
    spilled.free();
  });
});

test("a logistic regression finds the maximum of the likelihood, with its own gradient and by differences", async () => {
  const data = classData(100);
  // Newton's method, to the last bit.
  const exact = new LogisticRegression();
  let w = [0, 0];
  for (let k = 0; k < 30; ++k) {
    const [g0, g1] = exact.gradient(data, w) as [number, number];
    const h = [0, 0, 0];
    for (const [i, z] of exact.logits(data, w).entries()) {
      const p = 1 / (1 + Math.exp(-z));
      const [x, y] = data.inputs[i] as [number, number];
      h[0]! += (p * (1 - p) * x * x) / 100;
      h[1]! += (p * (1 - p) * x * y) / 100;
      h[2]! += (p * (1 - p) * y * y) / 100;
    }
    const [a, b, c] = h as [number, number, number];
    const det = a * c - b * b;
    w = [w[0]! - (c * g0 - b * g1) / det, w[1]! - (a * g1 - b * g0) / det];
  }
  for (const [gradient, digits] of [
    ["backprop", 12],
    ["central", 8],
    ["forward", 5],
  ] as const) {
    const model = new LogisticRegression();
    const { history } = await fit(model, data, {
      optimizer: sgd({ learningRate: 1 }),
      batchSize: "full",
      epochs: 400,
      gradient,
    });
    expect(model.params).toBeInstanceOf(Float64Array);
    expect(model.params[0], gradient).toBeCloseTo(w[0]!, digits);
    expect(model.params[1], gradient).toBeCloseTo(w[1]!, digits);
    expect(history.at(-1)?.accuracy).toBe(exact.accuracy(data, w));
  }
});

test("a network trains on when linear memory grows under it", async () => {
  const data = classData(40);
  const [network, grown] = [classifier(), classifier()];
  const options = {
    epochs: 3,
    validation: 0.25,
    earlyStopping: { patience: 1 },
    optimizer: adam({ learningRate: 0.5 }),
  };
  const result = await fit(network, data, options);
  const arrays: NDArray[] = [];
  const onBatch = () => {
    const { reserved } = memoryUsage();
    if (arrays.length < 40) while (memoryUsage().reserved === reserved) arrays.push(zeros(2 ** 20));
  };
  expect(await fit(grown, data, { ...options, onBatch })).toEqual(result);
  expect(numbersOf(grown.params)).toEqual(numbersOf(network.params));
  for (const each of [...arrays, network, grown]) each.free();
});

describe("views of linear memory are read as they were given", () => {
  const { inputs, targets } = classData(40);
  const resident = [array(inputs), array(targets)] as const;
  afterAll(() => {
    for (const each of resident) each.free();
  });
  const kinds = {
    arrays: () => ({ inputs: Float64Array.from(inputs.flat()), targets: Float64Array.from(targets) }),
    views: () => ({ inputs: resident[0].data, targets: resident[1].data }),
    layouts: () => ({
      inputs: { data: resident[0].data, shape: [40, 2] },
      targets: { data: resident[1].data, shape: [40], strides: [1] },
    }),
  };
  const grow = () => configure({ initialMemory: memoryUsage().reserved + 2 ** 16 });
  const options = { epochs: 2, validation: 0.25 };

  test("though whatever a network takes makes memory grow", async () => {
    const allocate = heap.allocate.bind(heap);
    vi.spyOn(heap, "allocate").mockImplementation((bytes) => {
      grow();
      return allocate(bytes);
    });
    const results = [];
    for (const kind of [kinds.arrays, kinds.views, kinds.layouts]) {
      const network = classifier();
      const data = kind();
      results.push(await fit(network, data, options), await fit(network, kind(), { ...options, validation: kind() }));
      network.free();
    }
    vi.restoreAllMocks();
    expect(results.slice(2, 4)).toEqual(results.slice(0, 2));
    expect(results.slice(4)).toEqual(results.slice(0, 2));
  });

  test.each(["full", 7] as const)("though a loss makes memory grow: batches of %s", async (batchSize) => {
    const losses = [];
    for (const kind of [kinds.arrays, kinds.views]) {
      const model = {
        params: [0, 0],
        loss: (batch: { inputs: Float64Array; targets: Float64Array }, w: ArrayLike<number>) => {
          grow();
          const { inputs: x, targets: t } = batch;
          return mean(Array.from(t, (y, i) => (x[2 * i]! * w[0]! + x[2 * i + 1]! * w[1]! - y) ** 2));
        },
      };
      const { history } = await fit(model, kind() as never, { epochs: 3, batchSize });
      losses.push(history.map(({ loss }) => loss));
    }
    expect(losses[1]).toEqual(losses[0]);
  });
});

test("a network learns by differences what it learns by backpropagation", async () => {
  const data = classData(40);
  const curves = [];
  for (const gradient of ["backprop", "central", "forward"] as const) {
    const network = classifier();
    const { history } = await fit(network, data, { optimizer: sgd({ learningRate: 0.5 }), epochs: 20, gradient });
    curves.push(history.map(({ loss }) => loss));
    network.free();
  }
  const [backprop, central, forward] = curves as [number[], number[], number[]];
  expect(backprop[19]).toBeLessThan(backprop[0]! * 0.9);
  for (const [i, loss] of backprop.entries()) {
    expect(central[i]).toBeCloseTo(loss, 8);
    expect(forward[i]).toBeCloseTo(loss, 5);
  }
  expect(central).not.toEqual(backprop);
});

describe("batches", () => {
  const seen = async (data: { inputs: unknown; targets: unknown }, options: object = {}) => {
    const batches: { inputs: unknown; targets: unknown }[] = [];
    const model = {
      params: [1],
      loss: (batch: { inputs: unknown; targets: unknown }) => {
        batches.push(structuredCloneOf(batch));
        return 0;
      },
      gradient: () => [0],
    };
    await fit(model, data, { epochs: 1, batchSize: 2, shuffle: false, ...options });
    return batches;
  };
  const structuredCloneOf = ({ inputs, targets }: { inputs: unknown; targets: unknown }) => ({
    inputs: copyOf(inputs),
    targets: copyOf(targets),
  });
  const copyOf = (value: unknown) =>
    Array.isArray(value) ? value.slice() : ArrayBuffer.isView(value) ? (value as Float32Array).slice() : shown(value);
  const shown = (value: unknown) => [(value as NDArray).dtype, (value as NDArray).toArray()];

  test("of nested arrays are of the same rows", async () => {
    const rows = [[1, 2], [3, 4], Float32Array.of(5, 6)];
    const batches = await seen({ inputs: rows, targets: ["a", "b", "c"] });
    expect(batches).toEqual([
      {
        inputs: [
          [1, 2],
          [3, 4],
        ],
        targets: ["a", "b"],
      },
      { inputs: [Float32Array.of(5, 6)], targets: ["c"] },
    ]);
    expect(batches[0]?.inputs).toHaveProperty("0", rows[0]);
  });

  test("of typed arrays are typed, with the rows of the other", async () => {
    expect(await seen({ inputs: Float32Array.of(1, 2, 3, 4, 5, 6), targets: BigInt64Array.of(7n, 8n, 9n) })).toEqual([
      { inputs: Float32Array.of(1, 2, 3, 4), targets: BigInt64Array.of(7n, 8n) },
      { inputs: Float32Array.of(5, 6), targets: BigInt64Array.of(9n) },
    ]);
    expect(await seen({ inputs: [1, 2, 3], targets: Uint8Array.of(1, 2, 3, 4, 5, 6) })).toEqual([
      { inputs: [1, 2], targets: Uint8Array.of(1, 2, 3, 4) },
      { inputs: [3], targets: Uint8Array.of(5, 6) },
    ]);
  });

  test("of NDArrays and arrays of other libraries are NDArrays", async () => {
    const inputs = array(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { dtype: "float32" },
    );
    const targets = { data: [3, 2, 1], shape: [3], stride: [-1], offset: 2 };
    expect(await seen({ inputs, targets })).toEqual([
      {
        inputs: [
          "float32",
          [
            [1, 2],
            [3, 4],
          ],
        ],
        targets: ["float64", [1, 2]],
      },
      { inputs: ["float32", [[5, 6]]], targets: ["float64", [3]] },
    ]);
    inputs.free();
  });

  test("of all rows are the data as it came", async () => {
    const data = { inputs: Float64Array.of(1, 2, 3), targets: [[1], [2], [3]] };
    const batches: unknown[] = [];
    const model = { params: [1], loss: ({ inputs, targets }: typeof data) => batches.push(inputs, targets) };
    await fit(model, data, { epochs: 2, batchSize: "full", gradient: "forward" });
    expect(batches.length).toBe(8);
    for (const [i, each] of batches.entries()) expect(each).toBe(i % 2 === 0 ? data.inputs : data.targets);
  });

  test("are the same when linear memory grows under them", async () => {
    const inputs = array([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const sums: number[] = [];
    const grown: NDArray[] = [];
    const model = {
      params: { w: [1, 1], n: zeros(1) },
      loss: (batch: { inputs: NDArray; targets: NDArray }, { w, n }: { w: Float64Array; n: NDArray }) => {
        const before = memoryUsage().reserved;
        while (memoryUsage().reserved === before) grown.push(zeros(2 ** 20));
        const [row] = batch.inputs.toArray() as [[number, number]];
        sums.push(row[0] * w[0]! + row[1] * w[1]! + n.get(0));
        return 1;
      },
      gradient: () => ({ w: [-1, -1], n: [0] }),
    };
    const before = model.params.n;
    await fit(
      model,
      { inputs, targets: inputs },
      { epochs: 1, batchSize: 1, shuffle: false, optimizer: sgd({ learningRate: 1 }) },
    );
    for (const each of [...grown, inputs, before]) each.free();
    expect(sums).toEqual([3, 14, 33]);
    expect(model.params.n.get(0)).toBe(0);
    model.params.n.free();
  });

  test("have each row once in an epoch, whatever their size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }).chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 1, max: rows }))),
        fc.maxSafeNat(),
        async ([rows, batchSize], seed) => {
          const inputs = Array.from(upTo(rows));
          const seen: number[][] = [];
          const model = {
            params: [0],
            loss: (batch: { inputs: number[]; targets: number[] }) => {
              seen.push(batch.inputs.slice());
              expect(batch.targets).toEqual(batch.inputs.map((i) => -i));
              return 1;
            },
            gradient: () => [0],
          };
          await fit(model, { inputs, targets: inputs.map((i) => -i) }, { epochs: 2, batchSize, seed });
          const batches = Math.ceil(rows / batchSize);
          expect(seen.map(({ length }) => length)).toEqual(
            [1, 2].flatMap(() => inputs.slice(0, batches).map((k) => Math.min(batchSize, rows - k * batchSize))),
          );
          for (const epoch of [seen.slice(0, batches), seen.slice(batches)])
            expect(epoch.flat().sort((a, b) => a - b)).toEqual(inputs);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("are reported with where they are", async () => {
    const reports: object[] = [];
    await fit(new LogisticRegression(), classData(5), {
      batchSize: 3,
      epochs: 2,
      onBatch: ({ save, ...report }) => {
        reports.push(report);
      },
    });
    expect(reports).toEqual(
      [1, 2, 1, 2].map((batch, i) => ({
        epoch: i < 2 ? 1 : 2,
        batch,
        batches: 2,
        step: i + 1,
        loss: expect.any(Number),
        accuracy: expect.any(Number),
      })),
    );
  });

  test.each([
    ["an array", (batches: Points[]) => batches],
    ["a function", (batches: Points[]) => (epoch: number) => (epoch === 1 ? batches : new Set(batches))],
    [
      "an async function of an async generator",
      (batches: Points[]) => async () =>
        (async function* () {
          for (const batch of batches) {
            await new Promise((resolve) => setTimeout(resolve));
            yield batch;
          }
        })(),
    ],
  ])("that come from %s train the same", async (_, source) => {
    const data = classData(21);
    const batches = [0, 8, 16].map((from) => rowsOf(data, upTo(21).subarray(from, from + 8)));
    for (const make of [() => new LogisticRegression(), () => classifier()]) {
      const [one, other] = [make(), make()];
      const expected = await fit(one as LogisticRegression, data, { batchSize: 8, shuffle: false, epochs: 3 });
      expect(await fit(other as LogisticRegression, source(batches), { epochs: 3 })).toEqual(expected);
      expect(JSON.stringify(other.params)).toEqual(JSON.stringify(one.params));
      for (const each of [one, other]) if ("free" in each) each.free();
    }
  });

  test("of an iterable may be anything, and each counts as one", async () => {
    const model = {
      params: 1 as number,
      loss: (batch: number, p: number) => batch * p,
      gradient: (batch: number) => batch,
    };
    const { history } = await fit(model, [2, 4], { epochs: 1, optimizer: sgd({ learningRate: 0.125 }) });
    expect(history).toEqual([{ epoch: 1, loss: (2 * 1 + 4 * 0.75) / 2 }]);
    expect(model.params).toBe(0.25);
  });

  test("that are not wanted any more are given back to the generator", async () => {
    let closed = 0;
    const failing = () => {
      throw new Error("nor this");
    };
    const data = function* () {
      try {
        for (;;) yield 1;
      } finally {
        closed += 1;
        if (closed === 2) failing();
      }
    };
    const model = { params: 1 as number, loss: () => 1 };
    await fit(model, data, { onBatch: ({ step }) => step < 3 });
    expect(closed).toBe(1);
    await expect(fit(model, data, { onBatch: () => Promise.reject(new Error("no")) })).rejects.toThrow("no");
    expect(closed).toBe(2);
  });
});

describe("validation", () => {
  test("of a share is of rows that are not trained on, said by the seed", async () => {
    const data = classData(50);
    const { training, heldOut } = split(50, 15, 3);
    const model = new LogisticRegression();
    const trained = new Set<number[]>();
    const { history } = await fit(model, data, {
      validation: 0.3,
      seed: 3,
      epochs: 2,
      batchSize: 10,
      gradient: "backprop",
      optimizer: sgd({ learningRate: 0.1 }),
      onBatch: () => {},
    });
    const spy = new LogisticRegression();
    const { gradient } = spy;
    spy.gradient = (batch, w) => {
      for (const row of batch.inputs) trained.add(row);
      return gradient.call(spy, batch, w);
    };
    await fit(spy, data, { validation: 0.3, seed: 3, epochs: 1, batchSize: "full" });
    expect(trained).toEqual(new Set(rowsOf(data, training).inputs));
    expect(history[1]?.validationLoss).toBe(model.loss(rowsOf(data, heldOut), model.params));
    expect(history[1]?.validationAccuracy).toBe(model.accuracy(rowsOf(data, heldOut), model.params));
  });

  test.each([
    [classData(30), 0.3],
    [classData(30), classData(9, 5)],
  ])("of a network is its loss and accuracy over the set", async (data, validation) => {
    const network = classifier({ l2: 0.01, dropout: 0.5 });
    const { history } = await fit(network, data, { validation, epochs: 2, batchSize: 4 });
    const set = typeof validation === "number" ? rowsOf(data, split(30, 9, 0).heldOut) : validation;
    expect(history[1]?.validationLoss).toBe(network.loss(set));
    expect(history[1]?.validationAccuracy).toBe(network.accuracy(set));
    network.free();
  });
});
