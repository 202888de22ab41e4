import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adam, cosineDecay, fit, memoryUsage, reduceOnPlateau, sgd } from "../../src/index.js";
import { decode, encode } from "../../src/save/safetensors.js";
import { classData, classifier, LogisticRegression, numbersOf } from "./models.js";

let used = 0;
beforeEach(() => {
  used = memoryUsage().used;
});
afterEach(() => {
  expect(memoryUsage().used).toBe(used);
});

const data = classData(60);
const batches = [0, 10, 20].map((from) => ({
  inputs: data.inputs.slice(from, from + 10),
  targets: data.targets.slice(from, from + 10),
}));
const options = {
  optimizer: adam({ learningRate: cosineDecay(0.3, { steps: 40 }) }),
  batchSize: 9,
  epochs: 8,
  seed: 3,
  validation: 0.25,
  earlyStopping: { patience: 3 },
};

const MODELS = {
  "a formula": { make: () => new LogisticRegression(), data, options },
  "a network with dropout": { make: () => classifier({ dropout: 0.3, dtype: "float32", l2: 0.01 }), data, options },
  "a network by differences": { make: () => classifier(), data, options: { ...options, gradient: "central" } },
  "a stream": {
    make: () => new LogisticRegression(),
    data: async function* () {
      yield* batches;
    },
    options: { optimizer: options.optimizer, epochs: 4 },
  },
} as const;

type AnyFit = (model: unknown, data: unknown, options: unknown) => ReturnType<typeof fit>;
const run = fit as unknown as AnyFit;
const paramsOf = (model: { params: unknown }) =>
  ArrayBuffer.isView(model.params) ? [...(model.params as Float64Array)] : numbersOf(model.params as never);
const free = (model: object) => {
  if ("free" in model) (model.free as () => void)();
};

test("a rate that falls on plateaus of the validation loss goes on as well", async () => {
  const make = () => {
    const plateau = reduceOnPlateau(0.5, { patience: 0, factor: 0.5, threshold: 0.2 });
    const how = {
      ...options,
      optimizer: sgd({ learningRate: plateau }),
      onEpoch: ({ validationLoss, save }: { validationLoss?: number; save(): Uint8Array }) => {
        plateau.update(validationLoss as number);
        files.push(save());
      },
    };
    return { plateau, how, model: new LogisticRegression() };
  };
  const files: Uint8Array[] = [];
  const whole = make();
  const result = await fit(whole.model, data, whole.how);
  expect(whole.plateau()).toBeLessThan(0.5);
  for (const resume of files.slice(0, -1)) {
    const { plateau, how, model } = make();
    expect(await fit(model, data, { ...how, resume })).toEqual(result);
    expect([plateau.state, model.params]).toEqual([whole.plateau.state, whole.model.params]);
  }
});

test.each(Object.entries(MODELS))("%s goes on bit for bit from every batch and every epoch", async (_, setup) => {
  const files: Uint8Array[] = [];
  const whole = setup.make();
  const onBatch = ({ save }: { save(): Uint8Array }) => void files.push(save());
  const result = await run(whole, setup.data, { ...setup.options, onBatch, onEpoch: onBatch });
  expect(files.length).toBeGreaterThan(12);
  for (const [i, resume] of files.entries()) {
    const model = setup.make();
    expect(await run(model, setup.data, { ...setup.options, resume })).toEqual(result);
    expect(paramsOf(model), `file ${i}`).toEqual(paramsOf(whole));
    free(model);
  }
  free(whole);
});

test("the rest has the batches that the whole has, and saves the same", async () => {
  const states: string[][] = [];
  let file: Uint8Array | undefined;
  for (const resume of [false, true]) {
    const seen: string[] = [];
    await fit(new LogisticRegression(), data, {
      ...options,
      ...(resume && { resume: file as Uint8Array }),
      onBatch: ({ save, ...report }) => {
        if (report.step === 11) file = save();
        if (report.step > 11) seen.push(JSON.stringify(report), String(save()));
      },
    });
    states.push(seen);
  }
  expect(states[0]?.length).toBeGreaterThan(10);
  expect(states[1]).toEqual(states[0]);
});

test("an optimizer that is given takes its place", async () => {
  let file = new Uint8Array();
  const [whole, model] = [new LogisticRegression(), new LogisticRegression()];
  const onBatch = ({ step, save }: { step: number; save(): Uint8Array<ArrayBuffer> }) => {
    if (step === 4) file = save();
  };
  await fit(whole, data, { ...options, onBatch });
  const optimizer = options.optimizer.init(model.params);
  const { steps } = await fit(model, data, { ...options, optimizer, resume: file });
  expect(model.params).toEqual(whole.params);
  expect(optimizer.stepCount).toBe(steps);
  optimizer.free();
});

test("it can go on for more epochs than it was begun with", async () => {
  let file = new Uint8Array();
  const short = { ...options, optimizer: sgd({ learningRate: 0.5 }), earlyStopping: { patience: 100 } };
  const onEpoch = ({ save }: { save(): Uint8Array<ArrayBuffer> }) => {
    file = save();
  };
  const [whole, model] = [new LogisticRegression(), new LogisticRegression()];
  const result = await fit(whole, data, { ...short, epochs: 5 });
  await fit(new LogisticRegression(), data, { ...short, epochs: 2, onEpoch });
  expect(await fit(model, data, { ...short, epochs: 5, resume: file })).toEqual(result);
  expect(model.params).toEqual(whole.params);
});

test("another process goes on, too", { timeout: 60_000 }, async () => {
  const program = (index: string) => `
    import { adam, fit, mlp } from ${JSON.stringify(index)};
    const inputs = Float32Array.from({ length: 120 }, (_, i) => Math.sqrt(i) % 1);
    const targets = Uint8Array.from({ length: 60 }, (_, i) => (inputs[2 * i] > inputs[2 * i + 1] ? 1 : 0));
    const network = mlp({ layers: [2, 5, 2], loss: "crossEntropy", seed: 1, dropout: 0.2 });
    const resume = process.argv[1] === "" ? undefined : new Uint8Array(Buffer.from(process.argv[1], "base64"));
    let file = "";
    const onBatch = ({ step, save }) => { if (step === 7) file = Buffer.from(save()).toString("base64"); };
    const { history } = await fit(network, { inputs, targets }, { batchSize: 16, epochs: 4, ...(resume && { resume }), onBatch });
    console.log(JSON.stringify({ history, network: Buffer.from(network.save()).toString("base64"), file }));
  `;
  const index = new URL("../../dist/index.js", import.meta.url).href;
  const runIn = async (file: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program(index), file]);
    return JSON.parse(stdout);
  };
  const whole = await runIn("");
  const rest = await runIn(whole.file);
  expect(rest).toEqual({ ...whole, file: "" });
  expect(whole.file.length).toBeGreaterThan(1000);
});

describe("a file that does not match is refused with a sentence, and nothing is changed:", () => {
  const saved = async (change: object = {}, model: object = new LogisticRegression(), given: unknown = data) => {
    let file = new Uint8Array();
    await run(model, given, {
      ...options,
      epochs: 2,
      ...change,
      onBatch: ({ step, save }: { step: number; save(): Uint8Array<ArrayBuffer> }) => {
        if (step === 7) file = save();
      },
    });
    free(model);
    return file;
  };
  const spoilt = async (change: (contents: ReturnType<typeof decode>) => object) => {
    const contents = decode(await saved());
    return encode({ ...contents, ...change(contents) });
  };
  const cases: [string, () => unknown, string][] = [
    ["no bytes", () => "file", 'resume takes the Uint8Array that save gave; got "file".'],
    ["a truncated one", async () => (await saved()).subarray(0, -1), "The file is not a complete safetensors file: "],
    [
      "the state of an optimizer",
      () => {
        const optimizer = adam().init([1, 2]);
        const file = optimizer.save();
        optimizer.free();
        return file;
      },
      'The file is not the state of a training: its format is "steepest.optimizer", not "steepest.fit".',
    ],
    [
      "a newer one",
      () => spoilt(({ metadata }) => ({ metadata: { ...metadata, layout: "2", library: "9.0.0" } })),
      "The file has layout 2, written by steepest 9.0.0; this one, ",
    ],
    [
      "no progress",
      () => spoilt(({ metadata }) => ({ metadata: { ...metadata, progress: "7" } })),
      'how far training was: "7".',
    ],
    [
      "more epochs than there is history of",
      () =>
        spoilt(({ metadata }) => ({
          metadata: { ...metadata, progress: metadata.progress?.replace('"epoch":2', '"epoch":3') },
        })),
      "The file does not hold together",
    ],
    [
      "no sums",
      () => spoilt(({ tensors }) => ({ tensors: new Map([...tensors].filter(([name]) => name !== "sums")) })),
      "The file does not hold together",
    ],
    ["another seed", () => saved({ seed: 4 }), "The file is of a training with seed 4; this one has 3."],
    [
      "another batch size",
      () => saved({ batchSize: "full", epochs: 7, earlyStopping: { patience: 7 } }),
      "The file is of a training with batchSize 45; this one has 9.",
    ],
    [
      "another order",
      () => saved({ shuffle: false }),
      "The file is of a training with shuffle false; this one has true.",
    ],
    [
      "other data",
      () => saved({}, new LogisticRegression(), classData(64)),
      "The file is of a training with rows 64; this one has 60.",
    ],
    [
      "another monitor",
      () => saved({ earlyStopping: { patience: 1, monitor: "loss" } }),
      'The file is of a training with monitor "loss"; this one has "validationLoss".',
    ],
    [
      "no validation",
      () => saved({ validation: undefined }),
      "The file is of a training with share held out 0; this one has 0.25.",
    ],
    ["a network", () => saved({}, classifier()), "The file has weights of 256 bytes; those of the model are 16."],
    [
      "another structure of as many numbers",
      () => {
        const { loss, gradient, accuracy } = new LogisticRegression();
        const logits = LogisticRegression.prototype.logits;
        const model = {
          params: { w: new Float64Array(2) },
          logits,
          loss(batch: typeof data, { w }: { w: Float64Array }) {
            return loss.call(this as never, batch, w);
          },
          gradient(batch: typeof data, { w }: { w: Float64Array }) {
            return { w: gradient.call(this as never, batch, w) };
          },
          accuracy(batch: typeof data, { w }: { w: Float64Array }) {
            return accuracy.call(this as never, batch, w);
          },
        };
        return saved({}, model);
      },
      "params.w is F64 of shape [2] in the file, absent in this optimizer.",
    ],
    [
      "another rule",
      () => saved({ optimizer: sgd() }),
      "The file is of sgd with nothing by schedule; this optimizer is adam with learningRate by schedule.",
    ],
  ];
  test.each(cases)("%s", async (_, file, message) => {
    const resume = (await file()) as Uint8Array;
    const model = new LogisticRegression();
    const before = model.params;
    const optimizer = options.optimizer.init(before);
    const state = optimizer.save();
    await expect(fit(model, data, { ...options, optimizer, resume })).rejects.toThrow(message);
    expect(model.params).toBe(before);
    expect([...before]).toEqual([0, 0]);
    expect(optimizer.save()).toEqual(state);
    optimizer.free();
  });

  test("a stream that has become shorter", async () => {
    const given = { optimizer: options.optimizer, epochs: 2 };
    let file = new Uint8Array();
    await fit(new LogisticRegression(), batches, {
      ...given,
      onBatch: ({ step, save }) => {
        if (step === 5) file = save();
      },
    });
    await expect(fit(new LogisticRegression(), () => batches.slice(1, 2), { ...given, resume: file })).rejects.toThrow(
      "data ended before batch 2 of epoch 2; when it was saved, 2 were done.",
    );
  });
});
