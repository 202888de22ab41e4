import { describe, expect, test } from "vitest";
import {
  adafactor,
  adam,
  adamw,
  array,
  chain,
  clipByValue,
  lbfgs,
  memoryUsage,
  type Rule,
  reduceOnPlateau,
  rmsprop,
  sgd,
  zeros,
} from "../../src/index.js";
import { decode, encode } from "../../src/save/safetensors.js";

const start = () => ({
  w: [1, -2, 3],
  layers: [{ bias: Float32Array.of(1, 2) }, { bias: Float32Array.of(3) }],
  s: 2,
});
type Params = ReturnType<typeof start>;

/** A gradient of its own at each step; one array has none now and then. */
const gradients = (t: number) => ({
  w: [1, 2, 3].map((x) => Math.sin(x + t)),
  layers: [{ bias: t % 3 === 1 ? null : [Math.cos(t), t / 7] }, { bias: [1 / (t + 1)] }],
  s: Math.sin(t),
});

const RULES: Record<string, () => Rule> = {
  sgd: () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  adam: () => adam({ learningRate: 0.05, amsgrad: true }),
  "adamw with groups and a schedule": () =>
    adamw({
      learningRate: (step) => 0.1 / (1 + step),
      weightDecay: 0.1,
      groups: [
        { params: /bias$/, weightDecay: 0 },
        { params: "s", frozen: true },
      ],
    }),
};

describe.each(Object.entries(RULES))("%s", (_, rule) => {
  test("goes on after load as if it had never stopped, bit for bit", () => {
    const never = rule().init(start());
    for (let t = 0; t < 7; ++t) never.step(gradients(t));
    const file = never.save();
    const resumed = rule().init({
      w: [0, 0, 0],
      layers: [{ bias: new Float32Array(2) }, { bias: new Float32Array(1) }],
      s: 0,
    });
    resumed.step(gradients(3)); // what was there before does not matter
    resumed.load(file);
    expect(resumed.params).toEqual(never.params);
    expect(resumed.save()).toEqual(file);
    for (let t = 7; t < 20; ++t) {
      never.step(gradients(t));
      resumed.step(gradients(t));
    }
    expect(resumed.params).toEqual(never.params);
    expect(resumed.stepCount).toBe(20);
    expect(resumed.save()).toEqual(never.save());
    never.free();
    resumed.free();
  });

  test("refuses a file that was cut anywhere, and changes nothing", () => {
    const optimizer = rule().init(start());
    optimizer.step(gradients(0));
    const file = optimizer.save();
    optimizer.step(gradients(1));
    const before = optimizer.save();
    const { used } = memoryUsage();
    for (let n = 0; n < file.length; ++n) expect(() => optimizer.load(file.subarray(0, n))).toThrow(RangeError);
    expect(optimizer.save()).toEqual(before);
    expect(memoryUsage().used).toBe(used);
    optimizer.free();
  });
});

describe("schedules with a state", () => {
  /** Two of them, one in a group and in the chain's other stage. */
  const make = () => {
    const [rate, limit] = [
      reduceOnPlateau(0.5, { patience: 1, factor: 0.5, cooldown: 2 }),
      reduceOnPlateau(4, { patience: 0 }),
    ];
    const rule = chain(clipByValue(limit), sgd({ learningRate: 0.1, groups: [{ params: "b", learningRate: rate }] }));
    const optimizer = rule.init({ a: [1, 2], b: [3, 4] });
    const train = (from: number, to: number) => {
      for (let t = from; t < to; ++t) {
        optimizer.step({ a: [9 * Math.sin(t), t], b: [t, Math.cos(t)] });
        rate.update(Math.abs(Math.sin(t)));
        limit.update(Math.abs(Math.cos(t)));
      }
      return optimizer;
    };
    return { rate, limit, optimizer, train };
  };

  test("go on after load as if they had never stopped", () => {
    const never = make();
    never.train(0, 23);
    for (let stop = 0; stop < 23; ++stop) {
      const [first, second] = [make(), make()];
      const file = first.train(0, stop).save();
      second.train(3, 11); // what was there before does not matter
      second.optimizer.load(file);
      expect([second.rate.state, second.limit.state]).toEqual([first.rate.state, first.limit.state]);
      second.train(stop, 23);
      expect(second.optimizer.params).toEqual(never.optimizer.params);
      expect(second.optimizer.save()).toEqual(never.optimizer.save());
      for (const { optimizer } of [first, second]) optimizer.free();
    }
    expect(never.rate()).toBeLessThan(0.5);
    never.optimizer.free();
  });

  test("a state that is none is refused, and nothing is changed", () => {
    const { optimizer, rate, limit, train } = make();
    const { metadata, tensors } = decode(train(0, 9).save());
    const progress = JSON.parse(metadata.progress as string);
    train(9, 12);
    const before = [optimizer.save(), rate.state, limit.state];
    const cases: [unknown[], string][] = [
      [[limit.state], "The file has the state of 1 schedules; this optimizer has 2."],
      [
        [
          { ...limit.state, value: 7 },
          { ...rate.state, bad: 0.5 },
        ],
        "Schedule of the file: state.bad must be an integer",
      ],
    ];
    for (const [states, message] of cases) {
      const file = encode({ metadata: { ...metadata, progress: JSON.stringify({ ...progress, states }) }, tensors });
      expect(() => optimizer.load(file)).toThrow(message);
      expect([optimizer.save(), rate.state, limit.state]).toEqual(before);
    }
    optimizer.free();
  });
});

test("a learning rate that was set is saved, and loaded", () => {
  const optimizer = adam().init([1]);
  optimizer.learningRate = 0.5;
  const file = optimizer.save();
  optimizer.learningRate = 0.25;
  optimizer.load(file);
  expect(optimizer.learningRate).toBe(0.5);
  optimizer.step([3]);
  expect(optimizer.params[0]).toBeCloseTo(0.5, 7);
  optimizer.free();
});

test("the file is laid out as documented", () => {
  const m = array(
    [
      [1, 2],
      [3, 4],
    ],
    { dtype: "float32" },
  );
  const optimizer = adam().init({ m, b: [5] });
  const { metadata, tensors } = decode(optimizer.save());
  expect(metadata).toMatchObject({
    format: "steepest.optimizer",
    layout: "1",
    library: expect.stringMatching(/^\d+\./),
  });
  expect(JSON.parse(metadata.progress as string)).toMatchObject({
    stepCount: 0,
    rule: [{ name: "adam", scheduled: [] }],
  });
  expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
    ["params.b", "F64", [1]],
    ["params.m", "F32", [2, 2]],
    ["0.adam.expAvg.b", "F64", [1]],
    ["0.adam.expAvg.m", "F32", [2, 2]],
    ["0.adam.expAvgSq.b", "F64", [1]],
    ["0.adam.expAvgSq.m", "F32", [2, 2]],
    ["0.adam.records", "F64", [2, 11]],
  ]);
  expect(new Float32Array(tensors.get("params.m")?.bytes.slice().buffer as ArrayBuffer)).toEqual(
    Float32Array.of(1, 2, 3, 4),
  );
  optimizer.free();
  m.free();
});

test("what was frozen where it was saved moves as if it had never been, once it no longer is", () => {
  const start = () => ({ v: [1, 2, 3], w: [4, 5, 6], m: zeros([2, 3, 4]) });
  const frozen = adafactor({ groups: [{ params: /./, frozen: true }] }).init(start());
  const resumed = adafactor({ groups: [{ params: "none" }] }).init(start());
  const never = adafactor().init(start());
  resumed.load(frozen.save());
  const rows = [0, 1, 2].map((i) => [1, 2, 3, 4 + i]);
  for (const optimizer of [resumed, never]) optimizer.step({ v: [1, 2, 3], w: [1, 1, 2], m: [rows, rows] });
  expect(resumed.save()).toEqual(never.save());
  for (const optimizer of [frozen, resumed, never]) optimizer.free();
});

// The file had one of them, which load gave to both.
test("parameters of the same path are not saved", () => {
  const optimizer = adam().init({ "a.b": [1], a: { b: [2] } });
  expect(() => optimizer.save()).toThrow(new RangeError("The file would have two params.a.b: rename one."));
  optimizer.free();
});

test("rows and columns of a file are not believed", () => {
  const optimizer = adafactor().init({ m: zeros([2, 3]) });
  const { metadata, tensors } = decode(optimizer.save());
  const records = tensors.get("0.adafactor.records") as NonNullable<ReturnType<typeof tensors.get>>;
  const bytes = records.bytes.slice();
  new Float64Array(bytes.buffer).fill(1000, -2);
  optimizer.load(encode({ metadata, tensors: new Map([...tensors, ["0.adafactor.records", { ...records, bytes }]]) }));
  expect(decode(optimizer.save()).tensors.get("0.adafactor.records")).toEqual(records);
  optimizer.free();
});

test.each<[string, string, number, string, Rule]>([
  ["adam", "amsgrad", 1, "maxExpAvgSq", adam()],
  ["sgd", "momentum", 0.9, "momentumBuffer", sgd()],
  ["rmsprop", "centered", 1, "gradAvg", rmsprop({ momentum: 0.9 })],
])("a file of %s whose %s needs state that there is not is refused", (name, hyperparameter, value, slot, rule) => {
  const optimizer = rule.init([1, 2]);
  const before = optimizer.save();
  const { metadata, tensors } = decode(before);
  const records = tensors.get(`0.${name}.records`) as NonNullable<ReturnType<typeof tensors.get>>;
  const bytes = records.bytes.slice();
  const { hyperparameters } = JSON.parse(metadata.progress as string).rule[0];
  new Float64Array(bytes.buffer)[1 + hyperparameters.indexOf(hyperparameter)] = value;
  const file = encode({ metadata, tensors: new Map([...tensors, [`0.${name}.records`, { ...records, bytes }]]) });
  expect(() => optimizer.load(file)).toThrow(
    new RangeError(`0.${name}.records of the file need ${slot}, which this optimizer has not.`),
  );
  expect(optimizer.save()).toEqual(before);
  optimizer.free();
});

test.each(["null", "{}", '[{"name":"adam"}]', '[{"name":"adam","scheduled":"all"}]', "[null]", "[]", "7"])(
  "a file whose rule is %s does not say its progress",
  (rule) => {
    for (const optimizer of [adam().init([1]), lbfgs().init([1])]) {
      const contents = decode(optimizer.save());
      const metadata = { ...contents.metadata, progress: `{"stepCount":1,"rule":${rule}}` };
      expect(() => optimizer.load(encode({ ...contents, metadata }))).toThrow(
        new RangeError(`The file does not say its progress: ${JSON.stringify(metadata.progress)}.`),
      );
      optimizer.free();
    }
  },
);

test.each(["null", "7", "{}"])("a file whose states of schedules are %s does not say its progress", (states) => {
  const optimizer = adam().init([1]);
  const contents = decode(optimizer.save());
  const { rule } = JSON.parse(contents.metadata.progress as string) as { rule: unknown };
  const spoilt = `{"stepCount":0,"rule":${JSON.stringify(rule)},"states":${states}}`;
  expect(() => optimizer.load(encode({ ...contents, metadata: { ...contents.metadata, progress: spoilt } }))).toThrow(
    new RangeError(`The file does not say its progress: ${JSON.stringify(spoilt)}.`),
  );
  optimizer.free();
});

describe("a file that does not match is refused with a sentence, and nothing is changed:", () => {
  const spoil = (change: (contents: ReturnType<typeof decode>) => Partial<Parameters<typeof encode>[0]>) => {
    const optimizer = adam().init([1, 2]);
    const contents = decode(optimizer.save());
    optimizer.free();
    return encode({ ...contents, ...change(contents) });
  };
  const records = (at: number, value: number) =>
    spoil(({ tensors }) => {
      const old = tensors.get("0.adam.records") as never as { dtype: "F64"; shape: number[]; bytes: Uint8Array };
      const bytes = old.bytes.slice();
      new Float64Array(bytes.buffer)[at] = value;
      return { tensors: new Map([...tensors, ["0.adam.records", { ...old, bytes }]]) };
    });
  const other = (rule: Rule, params: Params["w"]) => {
    const optimizer = rule.init(params);
    const file = optimizer.save();
    optimizer.free();
    return file;
  };
  const cases: [string, () => unknown, string][] = [
    ["no bytes", () => "file", 'load takes the Uint8Array that save gave; got "file".'],
    [
      "another format",
      () => spoil(() => ({ metadata: { format: "pt" } })),
      'its format is "pt", not "steepest.optimizer".',
    ],
    [
      "a newer layout",
      () => spoil(({ metadata }) => ({ metadata: { ...metadata, layout: "2", library: "9.0.0" } })),
      "The file has layout 2, written by steepest 9.0.0; this one, ",
    ],
    [
      "no progress",
      () => spoil(({ metadata }) => ({ metadata: { ...metadata, progress: "{}" } })),
      "does not say its progress",
    ],
    ["another rule", () => other(sgd(), [1, 2]), "The file is of sgd with nothing by schedule; this optimizer is adam"],
    [
      "a schedule",
      () => other(adam({ learningRate: () => 1 }), [1, 2]),
      "The file is of adam with learningRate by schedule; this optimizer is adam with nothing by schedule.",
    ],
    [
      "another size",
      () => other(adam(), [1, 2, 3]),
      "params is F64 of shape [3] in the file, F64 of shape [2] in this optimizer.",
    ],
    [
      "a tensor less",
      () => spoil(({ tensors }) => ({ tensors: new Map([...tensors].filter(([name]) => name !== "0.adam.expAvg")) })),
      "0.adam.expAvg is absent in the file, F64 of shape [2] in this optimizer.",
    ],
    [
      "a tensor more",
      () => other(adam({ amsgrad: true }), [1, 2]),
      "0.adam.maxExpAvgSq is F64 of shape [2] in the file, absent in this optimizer.",
    ],
    ["a step and a half", () => records(0, 1.5), "0.adam.records of the file count 1.5 steps."],
    ["a step back", () => records(0, -1), "0.adam.records of the file count -1 steps."],
    ["a flag that is none", () => records(6, Number.NaN), "amsgrad of the file must be true or false; got NaN."],
    [
      "a hyperparameter out of range",
      () => records(2, 1),
      "beta1 of the file must be a number from 0 to below 1; got 1.",
    ],
  ];
  test.each(cases)("%s", (_, file, message) => {
    const optimizer = adam().init([1, 2]);
    optimizer.step([3, 4]);
    const before = optimizer.save();
    expect(() => optimizer.load(file() as Uint8Array)).toThrow(message);
    expect(optimizer.save()).toEqual(before);
    optimizer.free();
  });
});
