import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import {
  adam,
  array,
  configure,
  fit,
  loadNetwork,
  type MlpOptions,
  memoryUsage,
  mlp,
  NDArray,
  sgd,
  zeros,
} from "../../src/index.js";
import { decode, encode, type Tensor } from "../../src/save/safetensors.js";
import { heap, views } from "../../src/wasm/heap.js";
import { collect } from "../collect.js";
import { arraysOf, assign, bits, DTYPES, flat, INPUTS, LABELS, noise } from "./helpers.js";

const dataOf = (each: { readonly data: unknown } | undefined) => each?.data as Float32Array;

describe("initial weights", () => {
  test.each([
    ["he", "tanh", Math.sqrt(6 / 300)],
    ["glorot", "relu", Math.sqrt(6 / 500)],
    ["lecun", "relu", Math.sqrt(3 / 300)],
    [undefined, "silu", Math.sqrt(6 / 300)],
    [undefined, "tanh", Math.sqrt(6 / 500)],
  ] as const)("%s before %s are spread evenly to ±%d; biases are zero", (initialization, activation, spread) => {
    const options = { layers: [300, 200, 4], activation, loss: "mse", seed: 6 } as const;
    using network = mlp(initialization === undefined ? options : { ...options, initialization });
    const [first, last] = network.params.layers;
    const shares = new Array<number>(10).fill(0);
    let sum = 0;
    for (const w of dataOf(first?.weights)) {
      sum += w / spread;
      shares[Math.floor(5 * (w / spread + 1))]! += 1;
    }
    expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(60_000 / 3));
    for (const share of shares) expect(Math.abs(share - 6000)).toBeLessThan(5 * Math.sqrt(6000));
    expect(shares.length).toBe(10);
    expect(Array.from(dataOf(first?.biases))).toEqual(new Array(200).fill(0));
    if (initialization === undefined) {
      const largest = Math.max(...dataOf(last?.weights).map(Math.abs));
      expect(largest).toBeLessThanOrEqual(Math.sqrt(6 / 204));
      expect(largest).toBeGreaterThan(0.98 * Math.sqrt(6 / 204));
    }
  });

  test("are the same for ever, by seed; those of float32 are rounded from those of float64", () => {
    const weights = (more: Partial<MlpOptions>) => {
      using network = mlp({ layers: [2, 2, 1], loss: "mse", dtype: "float64", ...more });
      return flat(network.params);
    };
    const first = weights({ seed: 1 });
    expect(first).toMatchInlineSnapshot(`
      [
        1.5545198966183873,
        -0.86698725420808,
        0.2167407893366551,
        -0.34717445695238586,
        0,
        0,
        1.0580091208497793,
        0.6710121842311423,
        0,
      ]
    `);
    expect(weights({ seed: 1 })).toEqual(first);
    expect(weights({ seed: 1, dtype: "float32" })).toEqual(first.map(Math.fround));
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 53 - 1];
    expect(new Set(seeds.map((seed) => weights({ seed })[0])).size).toBe(5);
    expect(weights({})).toEqual(weights({ seed: 0 }));
  });
});

describe("predict", () => {
  const options = { layers: [2, 3, 2], activation: "tanh", loss: "crossEntropy", seed: 2, dtype: "float64" } as const;
  const network = mlp(options);
  const inputs = [[1, -2], [0.5, 0.25], [-1, 3]]; // biome-ignore format: a matrix

  test("answers with the kind that it is given", () => {
    const { used } = memoryUsage();
    const rows = network.predict(inputs);
    expect(rows.map((row) => row.length)).toEqual([2, 2, 2]);
    for (const row of rows) expect((row[0] as number) + (row[1] as number)).toBeCloseTo(1, 14);
    const first = rows[0] as number[];
    expect(network.predict([1, -2])).toEqual(first);
    expect(network.predict(Float64Array.from(inputs.flat()))).toEqual(Float64Array.from(rows.flat()));
    expect(network.predict(Float64Array.of(1, -2))).toEqual(Float64Array.from(first));
    expect(network.predict(new Float64Array(0))).toEqual(new Float64Array(0));
    expect(network.predict(Float32Array.from(inputs.flat()))).toEqual(Float32Array.from(rows.flat()));
    expect(network.predict(Int8Array.of(1, -2))).toEqual(Float64Array.from(first));
    const given = array(inputs);
    const resident = network.predict(given);
    expect(resident).toBeInstanceOf(NDArray);
    expect([resident.dtype, resident.shape, resident.toArray()]).toEqual(["float64", [3, 2], rows]);
    expect(given.toArray()).toEqual(inputs);
    const sample = array(Float32Array.of(1, -2));
    const single = network.predict(sample);
    expect([single.dtype, single.shape, single.toArray()]).toEqual(["float32", [2], first.map(Math.fround)]);
    const strided = network.predict({ data: [1, 0.5, -1, -2, 0.25, 3], shape: [3, 2], strides: [1, 3] });
    expect(strided.toArray()).toEqual(rows);
    const none = zeros([0, 2]);
    const empty = network.predict(none);
    expect(empty.shape).toEqual([0, 2]);
    for (const each of [given, resident, sample, single, strided, none, empty]) each.free();
    expect(memoryUsage().used).toBe(used);
  });

  test("gives what the loss makes of the last layer; logits gives that layer", () => {
    const logits = network.logits(inputs);
    const exp = logits.map((row) => row.map(Math.exp));
    const total = exp.map((row) => row.reduce((a, b) => a + b));
    const compare = (actual: number[][], expected: (e: number, i: number) => number) => {
      exp.forEach((row, i) => {
        row.forEach((e, j) => void expect(actual[i]?.[j]).toBeCloseTo(expected(e, i), 14));
      });
    };
    compare(network.predict(inputs), (e, i) => e / (total[i] as number));
    using binary = mlp({ ...options, loss: "binaryCrossEntropy" });
    expect(binary.logits(inputs)).toEqual(logits);
    compare(binary.predict(inputs), (e) => e / (1 + e));
    using regression = mlp({ ...options, loss: "mse" });
    expect(regression.predict(inputs)).toEqual(logits);
  });

  test("of many rows is that of each, bit for bit, in bounded memory", () => {
    using wide = mlp({ layers: [16, 40, 3], loss: "mse", seed: 1 });
    const rows = 200_000;
    const many = Float32Array.from(noise(16 * rows, 5));
    const { used } = memoryUsage();
    let most = 0;
    const free = heap.free.bind(heap);
    heap.free = (block) => {
      most = Math.max(most, memoryUsage().used - used);
      free(block);
    };
    const all = wide.predict(many);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(2 ** 20);
    const mean = all.reduce((sum, y) => sum + y * y, 0) / all.length;
    expect(wide.loss({ inputs: many, targets: new Float32Array(3 * rows) })).toBeCloseTo(mean, 6);
    expect(most).toBeLessThan(8 * 2 ** 20);
    heap.free = free;
    for (const i of [0, 999, 7777, rows - 1])
      expect(wide.predict(many.subarray(16 * i, 16 * i + 16))).toEqual(all.slice(3 * i, 3 * i + 3));
    expect(memoryUsage().used).toBe(used);
  });
});

test("batches of every kind have the same loss and gradient", () => {
  using network = mlp({ layers: [2, 4, 3], loss: "crossEntropy", dtype: "float64" });
  const hot = LABELS.map((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0)));
  const resident = array(INPUTS);
  const expected = network.loss({ inputs: INPUTS, targets: LABELS });
  const gradient = flat(network.gradient({ inputs: INPUTS, targets: LABELS }));
  for (const targets of [Uint8Array.from(LABELS), BigInt64Array.from(LABELS.map(BigInt)), array(LABELS)]) {
    for (const inputs of [resident, Float64Array.from(INPUTS.flat()), { data: INPUTS.flat(), shape: [5, 2] }]) {
      expect(network.loss({ inputs, targets })).toBe(expected);
      expect(flat(network.gradient({ inputs, targets }))).toEqual(gradient);
    }
  }
  for (const targets of [hot, Float32Array.from(hot.flat())]) {
    expect(network.loss({ inputs: INPUTS, targets })).toBeCloseTo(expected, 14);
    expect(network.accuracy({ inputs: INPUTS, targets })).toBe(network.accuracy({ inputs: INPUTS, targets: LABELS }));
  }
  resident.free();
});

test("a network with one input takes numbers for rows, and answers with numbers", async () => {
  using network = mlp({ layers: [1, 4, 2], loss: "mse", activation: "tanh", seed: 3, dtype: "float64" });
  const numbers = [0.5, -1, 2];
  const inputs = numbers.map((x) => [x]);
  const targets = inputs.map(([x]) => [x as number, 1]);
  expect(network.predict(numbers)).toEqual(network.predict(inputs).flat());
  expect(network.predict([2])).toEqual(network.predict(inputs)[2]);
  const column = array(numbers);
  const answer = network.predict(column);
  expect([answer.shape, answer.toArray()]).toEqual([[6], network.predict(numbers)]);
  for (const each of [column, answer]) each.free();
  expect(network.loss({ inputs: numbers, targets })).toBe(network.loss({ inputs, targets }));
  using other = loadNetwork(network.save());
  const options = { epochs: 2, batchSize: 2, validation: { inputs: numbers, targets } };
  expect(await fit(network, { inputs: numbers, targets }, options)).toEqual(
    await fit(other, { inputs, targets }, { ...options, validation: { inputs, targets } }),
  );
});

test("accuracy is the share of right answers", () => {
  const identity = [1, 0, 0, 1, 0, 0];
  using network = mlp({ layers: [2, 2], loss: "crossEntropy" });
  assign(network.params, identity);
  const four = { inputs: [1, 0, 0, 1, 3, 2, 2, 3], targets: [0, 1, 0, 0] };
  for (const times of [1, 10_000]) {
    const inputs = Float32Array.from({ length: 8 * times }, (_, i) => four.inputs[i % 8] as number);
    const targets = Uint8Array.from({ length: 4 * times }, (_, i) => four.targets[i % 4] as number);
    expect(network.accuracy({ inputs, targets })).toBe(0.75);
  }
  using binary = mlp({ layers: [1, 1], loss: "binaryCrossEntropy" });
  assign(binary.params, [1, 0]);
  expect(binary.accuracy({ inputs: [[1], [-1], [2], [-3]], targets: [1, 0, 0, 1] })).toBe(0.5);
  using several = mlp({ layers: [2, 2], loss: "binaryCrossEntropy" });
  assign(several.params, identity);
  expect(several.accuracy({ inputs: [[1, -1], [2, 2]], targets: [[1, 0], [1, 0]] })).toBe(0.75); // biome-ignore format: a matrix
  using regression = mlp({ layers: [1, 1], loss: "mse" });
  expect(() => regression.accuracy({ inputs: [[1]], targets: [1] })).toThrow(
    "accuracy is for crossEntropy and binaryCrossEntropy; this network's loss is mse.",
  );
});

describe("an optimizer", () => {
  const options = { layers: [2, 4, 3], loss: "crossEntropy", seed: 3 } as const;
  const batch = { inputs: INPUTS, targets: LABELS };

  test("that is attached has the parameters and takes the gradient, without a copy", () => {
    using network = mlp(options);
    const before = bits(network.params);
    const optimizer = adam({ learningRate: 0.05 }).init(network.params);
    network.attach(optimizer);
    expect(network.params).toBe(optimizer.params);
    expect(network.gradient(batch)).toBe(optimizer.gradients);
    const value = network.loss(batch);
    for (let k = 0; k < 100; ++k) {
      network.gradient(batch);
      optimizer.step();
    }
    expect(network.loss(batch)).toBeLessThan(value / 3);
    const trained = bits(optimizer.params);
    const predicted = network.predict(INPUTS);
    network.detach();
    expect(network.params).not.toBe(optimizer.params);
    optimizer.free();
    expect(bits(network.params)).toEqual(trained);
    expect(trained).not.toEqual(before);
    expect(network.predict(INPUTS)).toEqual(predicted);
    network.detach(); // nothing to do
    assign(network.params, new Array(27).fill(0));
    expect(network.predict([1, 2])).toEqual(new Array(3).fill(Math.fround(1 / 3)));
  });

  test("may have its own order of parameters, and some that are frozen", () => {
    using network = mlp(options);
    using untrained = mlp(options);
    const expected = bits(network.gradient(batch));
    const groups = [
      { params: /weights$/, learningRate: 1 },
      { params: "layers[0].biases", frozen: true },
    ];
    const optimizer = sgd({ learningRate: 0.5, groups }).init(network.params);
    network.attach(optimizer);
    const gradient = network.gradient(batch);
    expect(bits(gradient)).toEqual(expected);
    expect(network.save()).toEqual(untrained.save());
    optimizer.step();
    network.detach();
    const rates = [1, 0, 1, 0.5];
    const start = arraysOf(untrained.params).map(dataOf);
    const along = arraysOf(gradient).map(dataOf);
    arraysOf(network.params).forEach((after, k) => {
      const step = (x: number, i: number) => x - Math.fround((rates[k] as number) * (along[k]?.[i] as number));
      expect(dataOf(after)).toEqual(start[k]?.map(step));
    });
    optimizer.free();
  });

  test("must be over the parameters of the network, only one at a time, and alive", () => {
    using network = mlp(options);
    using other = mlp({ ...options, layers: [2, 5, 3] });
    const { params } = network;
    for (const [optimizer, message] of [
      [adam().init(other.params), "it has layers[0].biases float32 [5] in place of layers[0].biases float32 [4]"],
      [adam().init({ layers: params.layers, more: [1] } as never), "it has more parameters"],
      [adam().init([1]), "it has  float64 [1] in place of layers[0].biases"],
    ] as const) {
      expect(() => network.attach(optimizer as never)).toThrow(message);
      optimizer.free();
    }
    expect(() => network.attach(adam() as never)).toThrow("attach takes what a rule's init gave; got an object");
    const optimizer = adam().init(params);
    network.attach(optimizer);
    expect(() => network.attach(optimizer)).toThrow("attached already");
    optimizer.free();
    expect(() => network.loss(batch)).toThrow("This optimizer was freed");
    expect(() => network.detach()).toThrow("This optimizer was freed");
    expect(network.params).toBe(params);
    using untrained = mlp(options);
    expect(network.save()).toEqual(untrained.save());
  });
});

describe("save", () => {
  const options = {
    layers: [3, 5, 4, 2],
    activation: ["gelu", "relu"],
    loss: "huber",
    delta: 0.25,
    dropout: [0.5, 0],
    l2: 1e-3,
    seed: 2 ** 40,
    initialization: "lecun",
  } satisfies MlpOptions;

  test.each(DTYPES)("and loadNetwork give the same network back, bit for bit: %s", (dtype) => {
    using network = mlp({ ...options, dtype });
    const file = network.save();
    using copy = loadNetwork(file);
    expect(copy.architecture).toEqual({ ...options, dtype });
    expect(bits(copy.params)).toEqual(bits(network.params));
    expect(copy.save()).toEqual(file);
    using other = mlp({ ...options, dtype, seed: 1 });
    other.load(file.slice());
    expect(bits(other.params)).toEqual(bits(network.params));
    using again = mlp(copy.architecture);
    expect(again.save()).toEqual(file);
  });

  test("refuses files that are cut, foreign, newer or of another network, and changes nothing", () => {
    const small = { ...options, layers: [2, 2, 2, 1] } as const;
    using network = mlp(small);
    const before = network.save();
    const changed = (change: (metadata: Record<string, string>, tensors: Map<string, Tensor>) => void) => {
      const { metadata, tensors } = decode(before);
      const [own, list] = [{ ...metadata }, new Map(tensors)];
      change(own, list);
      return encode({ metadata: own, tensors: list });
    };
    const architecture = (from: string, to: string) =>
      changed((metadata) => {
        metadata.architecture = (metadata.architecture as string).replace(from, to);
      });
    const optimizer = sgd().init([1]);
    const files: [unknown, RegExp][] = [
      ...Array.from(before, (_, n): [unknown, RegExp] => [before.subarray(0, n), /not a complete safetensors file/]),
      [[1, 2], /takes the Uint8Array that save gave; got an array of length 2/],
      [optimizer.save(), /is not a network: its format is "steepest.optimizer", not "steepest.network"/],
      [changed((metadata) => Object.assign(metadata, { layout: "2" })), /has layout 2, written by .* reads layout 1/],
      [architecture("{", ""), /does not say its architecture/],
      [architecture("relu", "gulp"), /architecture.*activation\[1\] must be one of/],
      [
        architecture("[2,2", "[3,2"),
        /layers\[0\].weights of the file is F32 of shape \[2,2\]; .* says F32 of shape \[3,2\]/,
      ],
      [changed((_, tensors) => tensors.delete("layers[2].biases")), /lacks layers\[2\].biases, F32 of shape \[1\]/],
      [changed((_, tensors) => tensors.set("more", tensors.get("layers[2].biases") as Tensor)), /has more, which/],
    ];
    optimizer.free();
    const { used } = memoryUsage();
    for (const [file, message] of files) {
      expect(() => network.load(file as never)).toThrow(message);
      expect(() => loadNetwork(file as never)).toThrow(message);
    }
    for (const [more, message] of [
      [{ layers: [2, 2, 3, 1] }, "with layers [2,2,3,1]; this one has [2,2,2,1]"],
      [{ activation: "tanh" }, 'with activation ["tanh","tanh"]; this one has ["gelu","relu"]'],
      [{ loss: "mse" }, 'with loss "mse"; this one has "huber"'],
      [{ dtype: "float64" }, 'with dtype "float64"; this one has "float32"'],
    ] as const) {
      using other = mlp({ ...small, ...more });
      expect(() => network.load(other.save())).toThrow(message);
    }
    expect(network.save()).toEqual(before);
    expect(memoryUsage().used).toBe(used);
  });

  test("for PyTorch gives what nn.Sequential loaded, and computes the same", () => {
    const fixture = (name: string) => readFileSync(new URL(`../fixtures/torch_sequential.${name}`, import.meta.url));
    const { options, inputs, logits, predictions } = JSON.parse(fixture("json").toString());
    using network = mlp(options);
    expect(fixture("safetensors").equals(network.toTorch())).toBe(true);
    for (const [own, expected] of [
      [network.logits(inputs as number[][]), logits],
      [network.predict(inputs as number[][]), predictions],
    ]) {
      expect(own.length).toBe(5);
      own.flat().forEach((y: number, i: number) => void expect(Math.abs(y - expected.flat()[i])).toBeLessThan(1e-6));
    }
  });
});

describe("bad input is refused in a sentence, and takes no memory", () => {
  const good = { layers: [2, 3, 2], loss: "crossEntropy" } as const;
  const losses = "loss must be one of mse, mae, huber, crossEntropy, binaryCrossEntropy";
  const activations = "must be one of identity, relu, leakyRelu, gelu, silu, tanh, sigmoid, softplus";
  const known = "layers, loss, activation, dtype, seed, initialization, dropout, l2, delta";
  test.each<[object, string]>([
    [{ loss: "mse" }, "layers must be an array such as [64, 32, 10]; got undefined."],
    [{ ...good, layers: [3] }, "layers must be at least two numbers, of inputs and of outputs; got [3]."],
    [{ ...good, layers: [2, 0, 2] }, "layers[1] must be an integer of 1 or more; got 0."],
    [{ ...good, layers: Array(2) }, "layers[0] must be a number; got undefined."],
    [{ ...good, layers: [2, 2.5] }, "layers[1] must be an integer of 1 or more; got 2.5."],
    [{ ...good, layers: ["2", 2] }, 'layers[0] must be a number; got "2".'],
    [{ ...good, layers: [2, 1] }, "crossEntropy needs an output for each class, at least 2; layers ends with 1."],
    [{ layers: [2, 2] }, `${losses}; got undefined.`],
    [{ ...good, loss: "hinge" }, `${losses}; got "hinge".`],
    [{ layers: [2, 3], loss: "mse", activation: "toString" }, `activation ${activations}; got "toString".`],
    [{ ...good, activation: "toString" }, `activation ${activations}; got "toString".`],
    [{ ...good, activation: ["elu"] }, `activation[0] ${activations}; got "elu".`],
    [
      { ...good, activation: ["relu", "relu"] },
      "activation must be one for each of the 1 hidden layers, or one for all; got 2.",
    ],
    [{ ...good, dropout: 1 }, "dropout must be a number from 0 to below 1; got 1."],
    [{ ...good, dropout: [-0.5] }, "dropout[0] must be a number from 0 to below 1; got -0.5."],
    [{ ...good, l2: -1 }, "l2 must be a finite number of 0 or more; got -1."],
    [{ ...good, delta: 0 }, "delta must be a finite number above 0; got 0."],
    [{ ...good, dtype: "float16" }, 'dtype must be one of float32, float64; got "float16".'],
    [{ ...good, initialization: "xavier" }, 'initialization must be one of he, glorot, lecun; got "xavier".'],
    [{ ...good, seed: -1 }, "seed must be an integer from 0 to 2^53 - 1; got -1."],
    [{ ...good, activations: "relu" }, `mlp has no option "activations"; it takes ${known}.`],
    [{ ...good, layers: [2 ** 20, 2 ** 20] }, "Out of linear memory"],
  ])("mlp(%j)", (given, message) => {
    const { used } = memoryUsage();
    expect(() => mlp(given as never)).toThrow(message);
    expect(memoryUsage().used).toBe(used);
  });

  const inputs = [[1, 2], [3, 4], [5, 6]]; // biome-ignore format: a matrix
  const withEntry = (x: number) => ({ inputs: [[1, 2], [3, x], [5, 6]], targets: [0, 1, 0] }); // biome-ignore format: a matrix
  const perInput = "targets must have a label or a row of 2 numbers for each of the 3 inputs";
  const labels = "the labels of 2 outputs are integers from 0 to 1.";
  test.each<[string, unknown]>([
    ["A batch must be { inputs, targets }; got undefined.", undefined],
    ["inputs must be an array of numbers; got undefined.", { targets: [0] }],
    ["targets must be an array of numbers; got undefined.", { inputs }],
    ["inputs must be rows of 2 numbers; got shape [1,3].", { inputs: [[1, 2, 3]], targets: [0] }],
    ["inputs must be rows of 2 numbers; got shape [3].", { inputs: [1, 2, 3], targets: [0] }],
    [
      "inputs must be rows of 2 numbers; got Float32Array of length 3.",
      { inputs: Float32Array.of(1, 2, 3), targets: [0] },
    ],
    ["inputs must be rows of 2 numbers; got shape [].", { inputs: { data: [1], shape: [] }, targets: [0] }],
    ["inputs: Ragged array", { inputs: [[1, 2], [3]], targets: [0, 1] }],
    ['inputs: Element [0][0] is "1" where a number was expected.', { inputs: [["1", 2]], targets: [0] }],
    ["inputs must have at least one row; it has none.", { inputs: new Float32Array(0), targets: [] }],
    [`${perInput}; got shape [2].`, { inputs, targets: [0, 1] }],
    [`${perInput}; got shape [3,1].`, { inputs, targets: [[0], [1], [0]] }],
    [`${perInput}; got Float32Array of length 4.`, { inputs, targets: new Float32Array(4) }],
    [`targets[1] is 2; ${labels}`, { inputs, targets: [0, 2, 1] }],
    [`targets[2] is -1; ${labels}`, { inputs, targets: [0, 1, -1] }],
    [`targets[0] is 0.5; ${labels}`, { inputs, targets: [0.5, 1, 1] }],
    [`targets[1] is NaN; ${labels}`, { inputs, targets: [0, Number.NaN, 1] }],
    [
      "targets[1][0] is 1.2; crossEntropy takes probabilities from 0 to 1.", // which float32 would round
      {
        inputs,
        targets: [
          [0, 1],
          [1.2, 0],
          [0, 1],
        ],
      },
    ],
    ["inputs[1][1] is NaN, which is no finite number.", withEntry(Number.NaN)],
    ["inputs[1][1] is -Infinity, which is no finite number.", withEntry(Number.NEGATIVE_INFINITY)],
    ["inputs[1][1] is 1e+39, which does not fit float32.", withEntry(1e39)],
    [
      "inputs[3] (row 1, column 1) is NaN, which is no finite number.",
      { inputs: Float32Array.of(1, 2, 3, Number.NaN), targets: [0, 1] },
    ],
    [
      "inputs[1][0][1] is NaN, which is no finite number.",
      { inputs: { data: [1, 2, 3, Number.NaN, 5, 6], shape: [3, 1, 2] }, targets: [0, 1, 0] },
    ],
  ])("%s", (message, batch) => {
    using network = mlp(good);
    network.gradient({ inputs, targets: [0, 1, 0] }); // its vector stays
    const before = bits(network.params);
    const { used } = memoryUsage();
    for (const use of ["loss", "gradient", "valueAndGradient", "accuracy", "dataset"] as const)
      expect(() => network[use](batch as never)).toThrow(message);
    expect(memoryUsage().used).toBe(used);
    expect(bits(network.params)).toEqual(before);
  });

  test("predict, where the last of many rows is bad, and what are no rows", () => {
    using network = mlp(good);
    const many = zeros([300_000, 2], "float32");
    many.set(Number.NaN, 299_999, 1);
    const targets = new Uint8Array(300_000);
    const { used } = memoryUsage();
    expect(() => network.predict(many)).toThrow("inputs[299999][1] is NaN, which is no finite number.");
    expect(() => network.loss({ inputs: many, targets })).toThrow("inputs[299999][1] is NaN");
    targets[299_998] = 2;
    many.set(0, 299_999, 1);
    expect(() => network.loss({ inputs: many, targets })).toThrow("targets[299998] is 2; the labels");
    expect(() => network.predict([1, 2, 3])).toThrow("inputs must be rows of 2 numbers; got shape [3].");
    expect(() => network.predict("12" as never)).toThrow('inputs must be an array of numbers; got "12".');
    const complex = { data: new Float64Array(4), shape: [1, 2], dtype: "complex128" };
    expect(() => network.predict(complex)).toThrow("inputs must be an array of numbers; got an object");
    const batch = { inputs: [[1, Number.NaN]], targets: [0] };
    expect(() => network.dataset(batch, "validation.")).toThrow("validation.inputs[0][1] is NaN");
    expect(memoryUsage().used).toBe(used);
    many.free();
  });

  test("parameters that were replaced, and a network that was freed", () => {
    const network = mlp(good);
    const other = zeros([2, 3]);
    Object.assign(network.params.layers[0] as object, { weights: other });
    expect(() => network.predict([1, 2])).toThrow("params.layers[0].weights was replaced by");
    expect(network.predict([1, 2]).length).toBe(2);
    other.free();
    network.free();
    network.free();
    const batch = { inputs: [[1, 2]], targets: [0] };
    for (const use of [
      () => network.params,
      () => network.predict([1, 2]),
      () => network.loss(batch),
      () => network.gradient(batch),
      () => network.save(),
      () => network.attach({ vectors: {} } as never),
    ])
      expect(use).toThrow("This network was freed and must not be used any more.");
  });
});

describe("memory", () => {
  const regression = { inputs: INPUTS, targets: noise(15, 1) };
  const batch = { inputs: INPUTS, targets: LABELS };

  test("stays as it was over many networks, predictions, gradients and optimizers", () => {
    const { used } = memoryUsage();
    const inputs = array(INPUTS);
    for (let k = 0; k < 50; ++k) {
      using network = mlp({ layers: [2, 4, 3], loss: "crossEntropy", l2: 0.1, dropout: 0.5, seed: k });
      const predictions = network.predict(inputs);
      const optimizer = adam().init(network.params);
      network.attach(optimizer);
      network.gradient(batch);
      optimizer.step();
      if (k % 2 === 0) network.detach();
      network.gradient({ inputs, targets: LABELS });
      network.accuracy(batch);
      loadNetwork(network.save()).free();
      optimizer.free();
      predictions.free();
    }
    inputs.free();
    expect(memoryUsage().used).toBe(used);
  });

  test("of a network that is forgotten comes back, but not while its parameters are held", async () => {
    await collect(() => false); // what other tests forgot
    const { used } = memoryUsage();
    const make = async (): Promise<{ weights: { get(...index: number[]): number } } | undefined> => {
      await null; // nothing on the stack holds the network
      const network = mlp({ layers: [30, 30, 1], loss: "mse", seed: 5 });
      network.gradient({ inputs: new Float32Array(30), targets: [1] });
      return network.params.layers[0];
    };
    let held = await make();
    const first = held?.weights.get(0, 0);
    await collect(() => memoryUsage().used < used + 2 ** 12);
    expect(memoryUsage().used).toBeGreaterThan(used); // the parameters, without the gradient
    expect(memoryUsage().used).toBeLessThanOrEqual(used + 2 ** 12);
    using other = mlp({ layers: [30, 30, 1], loss: "mse", seed: 6 });
    expect(held?.weights.get(0, 0)).toBe(first);
    other.free();
    held = undefined;
    await collect(() => memoryUsage().used === used);
    expect(memoryUsage().used).toBe(used);
  });

  test("may grow between calls", () => {
    using network = mlp({ layers: [2, 4, 3], activation: "gelu", loss: "crossEntropy" });
    const optimizer = adam().init(network.params);
    network.attach(optimizer);
    const { params } = network;
    const data = network.dataset(batch);
    const trainer = network.trainer(5);
    const results = () => [
      bits(params),
      trainer.gradient(data, 0, 5, 0),
      bits(network.gradient(batch)),
      network.predict(INPUTS),
    ];
    const before = results();
    const { buffer } = views;
    configure({ initialMemory: memoryUsage().reserved + 2 ** 20 });
    expect(views.buffer).not.toBe(buffer);
    expect(network.params).toBe(params);
    expect(results()).toEqual(before);
    trainer.free();
    data.free();
    network.detach();
    optimizer.free();
  });

  test("is not taken where there are no kernels yet", async () => {
    vi.resetModules();
    vi.doMock("kernels/nn.wasm", () => ({ default: "nn" })); // the name alone
    const slim = await import("../../src/slim.js"); // before init
    const { used } = slim.memoryUsage();
    expect(() => slim.mlp({ layers: [2, 1], loss: "mse" })).toThrow("steepest/slim carries no kernels");
    expect(slim.memoryUsage().used).toBe(used);
  });

  test("that is full is said, and nothing is lost", () => {
    using network = mlp({ layers: [2, 4, 3], loss: "crossEntropy" });
    expect(() => network.loss(regression)).toThrow(RangeError);
    const expected = bits(network.gradient(batch));
    const { used } = memoryUsage();
    const allocate = heap.tryAllocate.bind(heap);
    for (const use of ["loss", "gradient"] as const) {
      for (const fails of [0, 1]) {
        let left = fails;
        heap.tryAllocate = (bytes) => (left-- > 0 ? allocate(bytes) : undefined);
        expect(() => network[use](batch)).toThrow("Out of linear memory");
        heap.tryAllocate = allocate;
        expect(memoryUsage().used).toBe(used);
      }
    }
    expect(bits(network.gradient(batch))).toEqual(expected);
  });
});
