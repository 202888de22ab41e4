import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adam, array, chain, ema, fit, lbfgs, memoryUsage, mlp, sgd } from "../../src/index.js";
import { classData, classifier, LogisticRegression, numbersOf } from "./models.js";

let used = 0;
beforeEach(() => {
  used = memoryUsage().used;
});
afterEach(() => {
  expect(memoryUsage().used).toBe(used);
});

const data = classData(10);
const nothing = { params: [0], loss: () => 0 };
const run = fit as unknown as (model: unknown, data: unknown, options?: unknown) => ReturnType<typeof fit>;

/** What is refused, before a loss is called. */
const refuses = (cases: [unknown, unknown, unknown, ErrorConstructor, string][]) => async () => {
  for (const [model, given, options, Kind, message] of cases) {
    const error = await run(model, given, options).then(
      () => "nothing",
      (reason) => reason,
    );
    expect(error).toEqual(new Kind(message));
  }
};
const never = (params: unknown = [0]) => ({
  params,
  loss: () => {
    throw new Error("called");
  },
});

describe("it is refused before training starts:", () => {
  test(
    "what is no model",
    refuses([
      [undefined, data, {}, TypeError, "fit takes a network, or an object with params and loss; got undefined."],
      [() => 1, data, {}, TypeError, "fit takes a network, or an object with params and loss; got a function."],
      [{ loss: () => 1 }, data, {}, TypeError, "The model has no params to train."],
      [{ ...nothing, gradient: 5 }, data, {}, TypeError, "gradient of the model must be a function; it is 5."],
      [
        Object.freeze({ ...nothing }),
        data,
        {},
        TypeError,
        "params of the model must be writable, for that is where fit puts what it finds.",
      ],
      [
        never("w"),
        data,
        {},
        TypeError,
        'params must be numbers, a float array, or a record or array of these; got "w".',
      ],
      [never([]), data, {}, RangeError, "An optimizer needs at least one parameter; got none."],
    ]),
  );

  test(
    "inputs and targets that do not go together",
    refuses([
      [
        never(),
        { inputs: [1, 2, 3], targets: [1, 2] },
        {},
        RangeError,
        "inputs have 3 rows and targets 2; each row needs both.",
      ],
      [
        never(),
        { inputs: Float32Array.of(1, 2, 3), targets: [1, 2] },
        {},
        RangeError,
        "inputs have 3 numbers, which is no multiple of the 2 rows of the targets.",
      ],
      [never(), { inputs: [], targets: [] }, {}, RangeError, "data has no rows."],
      [
        never(),
        { inputs: new Float32Array(0), targets: [1, 2] },
        {},
        RangeError,
        "inputs have no numbers, but there are 2 rows; each row needs both.",
      ],
      [
        never(),
        { inputs: 5, targets: [1] },
        {},
        TypeError,
        "inputs must be an array of rows, a typed array, an NDArray or { data, shape }; got 5.",
      ],
      [
        never(),
        { inputs: [1], targets: null },
        {},
        TypeError,
        "targets must be an array of rows, a typed array, an NDArray or { data, shape }; got null.",
      ],
      [
        never(),
        7,
        {},
        TypeError,
        "data must be { inputs, targets }, an iterable of batches or a function (epoch) => iterable; got 7.",
      ],
      [
        never(),
        Float64Array.of(1),
        {},
        TypeError,
        "data must be { inputs, targets }, an iterable of batches or a function (epoch) => iterable; got Float64Array of length 1.",
      ],
      [never(), [], {}, RangeError, "data has no batches."],
      [never(), data, { validation: { inputs: [], targets: [] } }, RangeError, "validation has no rows."],
      [
        never(),
        data,
        { validation: { inputs: [1], targets: [1, 2] } },
        RangeError,
        "validation.inputs have 1 rows and validation.targets 2; each row needs both.",
      ],
    ]),
  );

  test(
    "what is not finite, with its place",
    refuses([
      [
        never(),
        {
          inputs: [
            [1, 2],
            [3, [4, Number.NaN]],
          ],
          targets: [1, 2],
        },
        {},
        RangeError,
        "inputs[1][1][1] is NaN; data must be finite numbers.",
      ],
      [
        never(),
        { inputs: [1, 2], targets: [[1], Float32Array.of(1, Number.POSITIVE_INFINITY)] },
        {},
        RangeError,
        "targets[1][1] is Infinity; data must be finite numbers.",
      ],
      [
        never(),
        { inputs: Float32Array.of(1, 2, 3, Number.NaN), targets: [1, 2] },
        {},
        RangeError,
        "inputs[3], in row 1, is NaN; data must be finite numbers.",
      ],
      [
        never(),
        { inputs: { data: [1, 2, 3, Number.NaN, 5, 6], shape: [3, 2], stride: [1, 3] }, targets: [1, 2, 3] },
        {},
        RangeError,
        "inputs[0][1] is NaN; data must be finite numbers.",
      ],
      [
        never(),
        data,
        { validation: { inputs: [1], targets: [Number.NaN] } },
        RangeError,
        "validation.targets[0] is NaN; data must be finite numbers.",
      ],
    ]),
  );

  test(
    "options",
    refuses([
      [never(), data, 5, TypeError, "The options of fit must be an object; got 5."],
      [
        never(),
        data,
        { batchsize: 5 },
        TypeError,
        'fit has no option "batchsize"; it takes optimizer, batchSize, epochs, shuffle, seed, validation, earlyStopping, gradient, onBatch, onEpoch, signal, resume.',
      ],
      [never(), data, { batchSize: 0 }, RangeError, 'batchSize must be an integer of 1 or more or "full"; got 0.'],
      [never(), data, { batchSize: "all" }, TypeError, 'batchSize must be a number or "full"; got "all".'],
      [
        never(),
        data,
        { batchSize: 11 },
        RangeError,
        'batchSize is 11, but there are 10 rows to train on; "full" takes all of them.',
      ],
      [
        never(),
        data,
        { batchSize: 10, validation: 0.1 },
        RangeError,
        'batchSize is 10, but there are 9 rows to train on; "full" takes all of them.',
      ],
      [never(), data, { epochs: 1.5 }, RangeError, "epochs must be an integer of 1 or more; got 1.5."],
      [never(), data, { shuffle: 1 }, TypeError, "shuffle must be true or false; got 1."],
      [never(), data, { seed: -1 }, RangeError, "seed must be an integer from 0 to 2^53 - 1; got -1."],
      [
        never(),
        data,
        { validation: 1 },
        RangeError,
        "validation must be a share above 0 and below 1, or a set; got 1.",
      ],
      [
        never(),
        data,
        { validation: 0.01 },
        RangeError,
        "validation is 0.01, which holds out 0 of 10 rows; there must be some of both kinds.",
      ],
      [
        never(),
        data,
        { validation: 0.99 },
        RangeError,
        "validation is 0.99, which holds out 10 of 10 rows; there must be some of both kinds.",
      ],
      [
        never(),
        data,
        { validation: [1] },
        TypeError,
        "validation must be a share, or { inputs, targets }; got an array of length 1.",
      ],
      [
        never(),
        data,
        { gradient: "adaptive" },
        TypeError,
        'gradient must be "backprop", "central" or "forward"; got "adaptive".',
      ],
      [
        never(),
        data,
        { gradient: "backprop" },
        TypeError,
        'gradient is "backprop", but the model has no function gradient; "central" needs none.',
      ],
      [never(), data, { onBatch: 5 }, TypeError, "onBatch must be a function; got 5."],
      [never(), data, { onEpoch: "log" }, TypeError, 'onEpoch must be a function; got "log".'],
      [never(), data, { signal: {} }, TypeError, "signal must be an AbortSignal; got an object of class Object."],
      [
        never(),
        data,
        { earlyStopping: { minDelta: 1 } },
        TypeError,
        "earlyStopping.patience must be a number; got undefined.",
      ],
      [
        never(),
        data,
        { earlyStopping: { patience: 0 } },
        RangeError,
        "earlyStopping.patience must be an integer of 1 or more; got 0.",
      ],
      [
        never(),
        data,
        { earlyStopping: { patience: 1, minDelta: -1 } },
        RangeError,
        "earlyStopping.minDelta must be a finite number of 0 or more; got -1.",
      ],
      [
        never(),
        data,
        { earlyStopping: { patience: 1, monitor: "f1" } },
        TypeError,
        'earlyStopping.monitor must be one of loss, accuracy, validationLoss, validationAccuracy; got "f1".',
      ],
      [
        never(),
        data,
        { earlyStopping: { patience: 1, monitor: "validationLoss" } },
        TypeError,
        'earlyStopping.monitor is "validationLoss", but there is no validation set.',
      ],
      [
        never(),
        data,
        { earlyStopping: { patience: 1, monitor: "accuracy" } },
        TypeError,
        'earlyStopping.monitor is "accuracy", but there is no accuracy: the model has none.',
      ],
      [
        never(),
        [1],
        { batchSize: 5 },
        TypeError,
        "batchSize is for { inputs, targets }; batches that come by themselves are taken as they come.",
      ],
      [
        never(),
        [1],
        { shuffle: true },
        TypeError,
        "shuffle is for { inputs, targets }; batches that come by themselves are taken as they come.",
      ],
      [
        never(),
        [1],
        { validation: 0.5 },
        TypeError,
        "validation is a share, but data has no rows: give it as a batch of its own.",
      ],
      [
        never(),
        [1].values(),
        {},
        TypeError,
        "data can be gone through once, and epochs is 10: a function (epoch) => iterable makes it anew each time.",
      ],
    ]),
  );

  test("optimizers", async () => {
    const other = adam().init([1]);
    const freed = adam().init([0]);
    freed.free();
    const averaged = chain(adam(), ema(0.9)).init([0]);
    averaged.swap();
    await refuses([
      [
        never(),
        data,
        { optimizer: 5 },
        TypeError,
        "optimizer must be a rule such as adam(), or what its init gave; got 5.",
      ],
      [
        never(),
        data,
        { optimizer: lbfgs() },
        TypeError,
        "optimizer must be a rule such as adam(), or what its init gave; got an object of class Object. lbfgs is for minimize.",
      ],
      [
        never(),
        data,
        { optimizer: sgd({ maximize: true }) },
        TypeError,
        "fit goes downhill; optimizer is sgd with maximize.",
      ],
      [
        never(),
        data,
        { optimizer: other },
        RangeError,
        "model.params[0] is 0, and that of the optimizer 1: an optimizer that is given must be at the parameters of the model, as adam().init(model.params) is.",
      ],
      [
        never({ w: [1] }),
        data,
        { optimizer: other },
        TypeError,
        "model.params must be an array of 1 numbers; got an object of class Object.",
      ],
      [never(), data, { optimizer: freed }, TypeError, "This optimizer was freed and must not be used any more."],
      [
        never(),
        data,
        { optimizer: averaged },
        TypeError,
        "The averages of the optimizer's parameters are in their place: swap() back before fit.",
      ],
    ])();
    averaged.free();
    other.free();
  });

  test("data that a network does not take", async () => {
    const network = classifier();
    const before = numbersOf(network.params);
    const broken = { ...data, inputs: data.inputs.with(7, [0, Number.NaN]) };
    const { targets } = data;
    const failing = async (given: unknown, options: object, message: string) =>
      expect(run(network, given, options)).rejects.toThrow(message);
    await failing(broken, {}, "inputs[7][1] is NaN");
    await failing(
      { ...data, targets: targets.with(3, 2) },
      {},
      "targets[3] is 2; the labels of 2 outputs are integers from 0 to 1.",
    );
    await failing({ ...data, targets: targets.slice(1) }, {}, "targets must have a label");
    await failing({ ...data, inputs: data.inputs.map(([x]) => [x]) }, {}, "inputs must be rows of 2 numbers");
    await failing(data, { validation: broken }, "validation.inputs[7][1] is NaN");
    await failing(data, { validation: { inputs: [], targets: [] } }, "validation has no rows.");
    for (const inputs of [null, undefined])
      await failing({ inputs, targets: Uint8Array.from(targets) }, {}, "inputs must be an array of rows");
    await failing(() => [data], { validation: 0.2 }, "validation is a share, but data has no rows");
    await failing(
      [targets],
      {},
      "data at epoch 1, batch 1: a batch must be { inputs, targets }; got an array of length",
    );
    await failing(data, { batchSize: 11 }, "batchSize is 11, but there are 10 rows to train on");
    await failing([data, broken], {}, "data at epoch 1, batch 2: inputs[7][1] is NaN");
    expect(numbersOf(network.params)).not.toEqual(before); // of the batch before
    const other = adam().init(network.params);
    network.attach(other);
    await failing(data, {}, "An optimizer is attached already: detach it first.");
    network.detach();
    other.free();
    network.free();
  });
});

test("a loss that is not finite at the beginning has not diverged", async () => {
  await expect(fit({ ...nothing, loss: () => Number.NaN }, data)).rejects.toThrow(
    new RangeError("The loss returned NaN at epoch 1, batch 1; a finite number is needed."),
  );
  await expect(
    fit(
      { params: [0], loss: (_: unknown, [p]: Float64Array) => 1 / (1 - 2 * Number(p! > 0)) - Math.log(p! * 0 + p!) },
      [1],
    ),
  ).rejects.toThrow("a finite number is needed.");
  const network = mlp({ layers: [2, 1], loss: "mse", dtype: "float64" });
  network.params.layers[0]?.weights.set(1e200, 0, 0);
  await expect(fit(network, { inputs: [[1e200, 0]], targets: [1] })).rejects.toThrow(RangeError);
  network.free();
});

test("a first gradient that is not finite is an error that says where", async () => {
  const gradient = () => ({ w: [1, Number.NaN], b: 0 });
  const model = { params: { w: [1, 2], b: 3 }, loss: () => 1, gradient };
  await expect(fit(model, [1])).rejects.toThrow(
    new RangeError("The gradient is not finite at epoch 1, batch 1, in the entry of w[1]."),
  );
  expect(model.params).toEqual({ w: [1, 2], b: 3 });
  let calls = 0;
  model.gradient = () => (++calls < 3 ? { w: [0, 0], b: 0 } : gradient());
  expect(await fit(model, [1], { epochs: 9 })).toMatchObject({ reason: "diverged", epochs: 2 });
});

test("functions of a model that give what they must not are named", async () => {
  const failing = async (model: object, message: string, options = {}) =>
    expect(run({ ...nothing, ...model }, [[1], [2]], options)).rejects.toThrow(message);
  await failing({ loss: () => "1" }, 'The loss must return a number; it returned "1" at epoch 1, batch 1.');
  await failing(
    { loss: async () => 1 },
    "The loss returned a promise at epoch 1, batch 1; numerical gradients need numbers: give the model a gradient of its own.",
  );
  await failing({ gradient: () => [1, 2] }, "gradient must have shape [1]; got [2].");
  await failing(
    { gradient: () => ({ w: 1 }) },
    "gradient must be an array of 1 numbers; got an object of class Object.",
  );
  await failing({ accuracy: () => null }, "The accuracy must be a number; it is null at epoch 1, batch 1.");
  const loss = (_: unknown, p: number[]) => {
    p[0] = 5;
    return 1;
  };
  await failing(
    { loss, gradient: () => [1] },
    "The model must not write to its parameters; it made params[0] 5 at epoch 1, batch 1.",
  );
  await failing({ loss }, "The loss must not write to its parameters; it made params[0] 5 at epoch 1, batch 1.");
});

test("data that gives none", async () => {
  await expect(run(nothing, () => 5)).rejects.toThrow("data must give an iterable of batches; it gave 5 for epoch 1.");
  const generator = [1, 2].values();
  await expect(fit(nothing, () => generator, { epochs: 3 })).rejects.toThrow(
    "data gave no batch in epoch 2; a generator can be gone through once, a function (epoch) => iterable makes a new one.",
  );
});

test("a model or an optimizer is in one training at a time", async () => {
  const model = new LogisticRegression();
  const first = fit(model, data, { epochs: 2, onBatch: () => new Promise((resolve) => setTimeout(resolve)) });
  await expect(fit(model, data)).rejects.toThrow(
    new TypeError("This model is in training: await the other fit first."),
  );
  expect((await first).reason).toBe("epochs");
  const network = classifier();
  const optimizer = adam().init(network.params);
  await expect(
    fit(network, data, {
      optimizer,
      onBatch: () => fit({ params: network.params, loss: () => 1 }, data, { optimizer }),
    }),
  ).rejects.toThrow("This optimizer is in training: await the other fit first.");
  expect((await fit(network, data, { epochs: 1 })).reason).toBe("epochs");
  optimizer.free();
  network.free();
});

test("a network in training can be neither detached nor freed, which would lose what it learnt", async () => {
  for (const call of ["detach", "free"] as const) {
    const [network, plain] = [classifier(), classifier()];
    const refusal = new TypeError(`This network is in training: ${call} it when fit has ended.`);
    let refused = 0;
    const onBatch = () => {
      expect(() => network[call]()).toThrow(refusal);
      refused += 1;
    };
    await fit(network, data, { epochs: 2, onBatch });
    await fit(plain, data, { epochs: 2 });
    expect(refused).toBe(2);
    expect(numbersOf(network.params)).toEqual(numbersOf(plain.params));
    await expect(fit(network, data, { onBatch: () => Promise.reject(new Error("no")) })).rejects.toThrow("no");
    network[call]();
    network.free();
    plain.free();
  }
});

test("an optimizer that is freed in a callback ends it", async () => {
  for (const model of [new LogisticRegression(), classifier()] as LogisticRegression[]) {
    const before = model.params;
    const optimizer = adam().init(model.params);
    await expect(fit(model, data, { optimizer, batchSize: 2, onBatch: () => optimizer.free() })).rejects.toThrow(
      "This optimizer was freed and must not be used any more.",
    );
    expect(model.params).toBe(before);
    if ("free" in model) (model.free as () => void)();
  }
});

test("an array that is freed in training is not read", async () => {
  const inputs = array(data.inputs);
  await expect(
    fit(
      nothing as { params: number[]; loss(batch: object): number },
      { inputs, targets: data.targets },
      { batchSize: 2, onBatch: () => inputs.free() },
    ),
  ).rejects.toThrow("was freed");
});
