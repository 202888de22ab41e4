import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { adam, type BatchReport, type EpochReport, fit, memoryUsage, sgd } from "../../src/index.js";
import { classData, classifier, LinearRegression, LogisticRegression, numbersOf, planeData } from "./models.js";

let used = 0;
beforeEach(() => {
  used = memoryUsage().used;
});
afterEach(() => {
  expect(memoryUsage().used).toBe(used);
});

/** A model whose loss over the validation set is told to it, epoch by epoch, and whose parameter counts steps. */
const told = (losses: readonly number[]) => {
  let epoch = 0;
  return {
    params: { n: 0 },
    loss: (batch: string) => (batch === "valid" ? (losses[epoch++] as number) : 1),
    gradient: () => ({ n: -1 }),
  };
};
const counting = { optimizer: sgd({ learningRate: 1 }), epochs: 20 };
const set = new String("valid") as string; // an object, as batches are
const toldBy = (losses: readonly number[]) => {
  const model = told(losses);
  const { loss } = model;
  model.loss = (batch) => loss(String(batch));
  return model;
};

describe("early stopping", () => {
  test("ends after so many epochs without improvement, with the parameters of the best one", async () => {
    const model = toldBy([5, 4, 3, 3.5, 2.95, 3, 3]);
    const result = await fit(model, ["a", "b"], {
      ...counting,
      validation: set,
      earlyStopping: { patience: 3, minDelta: 0.1 },
    });
    expect(result).toMatchObject({ reason: "earlyStopping", epochs: 6, steps: 12, best: { epoch: 3, value: 3 } });
    expect(model.params.n).toBe(6);
    const patient = toldBy([5, 4, 3, 3.5, 2.95, 3, 3]);
    expect(
      await fit(patient, ["a", "b"], { ...counting, epochs: 7, validation: set, earlyStopping: { patience: 2 } }),
    ).toMatchObject({
      reason: "earlyStopping",
      epochs: 7,
      best: { epoch: 5, value: 2.95 },
    });
    expect(patient.params.n).toBe(10);
  });

  test("restores the best parameters also where epochs end, and without it they are the last", async () => {
    const options = { ...counting, epochs: 3, validation: set };
    const [restored, last] = [toldBy([5, 3, 4]), toldBy([5, 3, 4])];
    expect((await fit(restored, ["a"], { ...options, earlyStopping: { patience: 5 } })).reason).toBe("epochs");
    expect((await fit(last, ["a"], options)).best).toEqual({ epoch: 2, value: 3 });
    expect([restored.params.n, last.params.n]).toEqual([2, 3]);
  });

  test.each(["loss", "accuracy", "validationLoss", "validationAccuracy"] as const)("monitors %s", async (monitor) => {
    const network = classifier();
    const best: { value: number; numbers: number[] }[] = [];
    const { history, best: found } = await fit(network, classData(60), {
      optimizer: adam({ learningRate: 1 }),
      epochs: 12,
      validation: 0.5,
      earlyStopping: { patience: 12, monitor },
      onEpoch: (report) => {
        const value = report[monitor] as number;
        const sign = monitor.endsWith("oss") ? 1 : -1;
        if (best.length === 0 || sign * value < sign * (best[0]?.value as number))
          best[0] = { value, numbers: numbersOf(network.params) };
      },
    });
    expect(numbersOf(network.params)).toEqual(best[0]?.numbers);
    expect(found?.value).toBe(best[0]?.value);
    expect(history[(found?.epoch as number) - 1]?.[monitor]).toBe(found?.value);
    expect(found?.epoch).toBeLessThan(12); // else nothing was restored
    network.free();
  });
});

describe("a callback ends training", () => {
  test.each([
    ["onBatch", 5, 1],
    ["onEpoch", 4, 2],
  ])("%s by false, or a promise of it", async (name, steps, epochs) => {
    for (const answer of [false, Promise.resolve(false)]) {
      let calls = 0;
      const last = name === "onBatch" ? steps : epochs;
      const callback = () => (++calls === last ? answer : undefined);
      const model = toldBy([]);
      expect(
        await fit(model, ["a", "b"].concat(name === "onBatch" ? ["c"] : []), { ...counting, [name]: callback }),
      ).toMatchObject({ reason: "stopped", steps, epochs });
      expect(model.params.n).toBe(steps);
    }
  });

  test("and an epoch whose last batch it ends is complete", async () => {
    const { epochs, reason } = await fit(toldBy([]), ["a", "b"], { ...counting, onBatch: ({ step }) => step < 2 });
    expect([epochs, reason]).toEqual([1, "stopped"]);
  });
});

describe("a signal", () => {
  test("ends it in the middle of an epoch, with the parameters so far", async () => {
    const abort = new AbortController();
    const model = new LinearRegression();
    let there: unknown;
    const result = await fit(model, planeData(100), {
      batchSize: 10,
      signal: abort.signal,
      onBatch: ({ step }) => {
        if (step !== 13) return;
        there = { w: Array.from(model.params.w), b: model.params.b };
        abort.abort();
      },
    });
    expect(result).toMatchObject({ reason: "aborted", steps: 13, epochs: 1 });
    expect(model.params).toEqual(there);
  });

  test("that was given before leaves everything as it is", async () => {
    const network = classifier();
    const before = numbersOf(network.params);
    const result = await fit(network, classData(10), { signal: AbortSignal.abort() });
    expect(result).toEqual({ history: [], epochs: 0, steps: 0, reason: "aborted" });
    expect(numbersOf(network.params)).toEqual(before);
    network.free();
  });

  const never = new Promise<never>(() => {});
  const stalls = () => ({ closed: 0, left: 2 });
  /** Batches of which the third never comes. */
  async function* generated(): AsyncGenerator<string> {
    yield* ["a", "b"];
    await never;
  }
  const byHand = (log: { closed: number; left: number }): AsyncIterable<string> => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => (log.left-- > 0 ? { done: false, value: "a" } : never),
      return: () => {
        log.closed += 1;
        return never;
      },
    }),
  });

  test.each<[string, (log: { closed: number; left: number }) => unknown, number]>([
    ["an iterator whose return does not answer", byHand, 2],
    ["a generator", generated, 2],
    ["a promise in an array", () => ["a", "b", never], 2],
    ["a function that promises", () => () => never, 0],
  ])("ends the wait for a batch that does not come: %s", async (name, make, steps) => {
    const abort = new AbortController();
    const log = stalls();
    const model = toldBy([]);
    setTimeout(() => abort.abort(), 20);
    const result = await fit(model, make(log) as string[], { ...counting, epochs: 1, signal: abort.signal });
    expect(result).toMatchObject({ reason: "aborted", steps, epochs: 0 });
    expect(model.params.n).toBe(steps);
    expect(log.closed).toBe(name.startsWith("an iterator") ? 1 : 0);
    expect(await fit(model, ["a"], { ...counting, epochs: 1 })).toMatchObject({ reason: "epochs" }); // not in training
  });

  test("ends the wait when going on with an epoch that was saved", async () => {
    let saved: Uint8Array | undefined;
    const options = { ...counting, epochs: 2 };
    await fit(toldBy([]), () => ["a", "b", "c"], {
      ...options,
      onBatch: ({ step, save }) => {
        if (step === 5) saved = save();
      },
    });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    const data = () => byHand({ closed: 0, left: 1 });
    expect(
      await fit(toldBy([]), data, { ...options, signal: abort.signal, resume: saved as Uint8Array }),
    ).toMatchObject({
      reason: "aborted",
      steps: 5,
      epochs: 1,
    });
  });

  test("is listened to once, not once for each batch, and not any more afterwards", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    const set = new Set<unknown>();
    add.mockImplementation((_, listener) => {
      set.add(listener);
      listeners = Math.max(listeners, set.size);
    });
    remove.mockImplementation((_, listener) => {
      set.delete(listener);
    });
    await fit(toldBy([]), () => Array.from({ length: 100 }, () => "a"), { ...counting, epochs: 10, signal });
    expect([listeners, set.size]).toEqual([1, 0]);
  });
});

test("the event loop has its turns, though nothing is awaited", async () => {
  for (const model of [new LogisticRegression(), classifier()]) {
    const abort = new AbortController();
    // It would take hours.
    let ticks = 0;
    const interval = setInterval(() => {
      if (++ticks === 3) abort.abort();
    }, 5);
    const { reason } = await fit(model as LogisticRegression, classData(50), { epochs: 1e9, signal: abort.signal });
    clearInterval(interval);
    expect(reason).toBe("aborted");
    if ("free" in model) model.free();
  }
});

describe("where it diverges", () => {
  test.each(["backprop", "central"] as const)(
    "it says so, with the parameters of the best epoch (%s)",
    async (gradient) => {
      const model = new LinearRegression();
      const seen: EpochReport[] = [];
      const states: unknown[] = [];
      const { reason, best, epochs } = await fit(model, planeData(40), {
        optimizer: sgd({ learningRate: (step) => (step < 30 ? 0.1 : 1e200) }),
        batchSize: 4,
        epochs: 100,
        gradient,
        onEpoch: (report) => {
          seen.push(report);
          states.push(structuredClone({ w: [...model.params.w], b: model.params.b }));
        },
      });
      expect([reason, epochs, best?.epoch]).toEqual(["diverged", 3, 3]);
      expect(model.params).toEqual(states[2]);
    },
  );

  test("in the first epoch, the parameters are those of the beginning", async () => {
    const network = classifier({ loss: "mse", activation: "relu" });
    const before = numbersOf(network.params);
    const targets = classData(20).targets.map((t) => [t, 1 - t]);
    const result = await fit(
      network,
      { inputs: classData(20).inputs, targets },
      {
        optimizer: sgd({ learningRate: 1e160 }),
        batchSize: 4,
      },
    );
    expect(result).toMatchObject({ reason: "diverged", history: [], epochs: 0 });
    expect(result.best).toBeUndefined();
    expect(numbersOf(network.params)).toEqual(before);
    network.free();
  });

  test("in the last step, which no loss follows", async () => {
    const model = {
      params: [1],
      loss: () => 1,
      gradient: ({ step }: { step: number }) => [step === 3 ? Number.NaN : 1],
    };
    const options = { optimizer: sgd({ learningRate: 0.25 }), epochs: 1 };
    expect(
      await fit(
        model,
        [1, 2, 3].map((step) => ({ step })),
        options,
      ),
    ).toMatchObject({ reason: "diverged", steps: 3, epochs: 0 });
    expect(model.params).toEqual([1]);
  });

  test("over the validation set alone", async () => {
    const model = toldBy([2, Number.POSITIVE_INFINITY]);
    expect(await fit(model, ["a"], { ...counting, validation: set })).toMatchObject({ reason: "diverged", epochs: 1 });
    expect(model.params.n).toBe(1);
  });
});

describe("what throws is named, and the parameters are what they had come to", () => {
  const failing = (
    what: string,
    at: number,
    how: (error: Error) => unknown = (error) => {
      throw error;
    },
  ) => {
    const calls = { loss: 0, gradient: 0, accuracy: 0, onBatch: 0, onEpoch: 0, data: 0 } as Record<string, number>;
    const cause = new Error("out of luck");
    const step = (name: string, value: unknown) => {
      calls[name]! += 1;
      return name === what && calls[name] === at ? how(cause) : value;
    };
    const model = {
      params: { n: Float32Array.of(0), deep: [[0, 0]] as number[][] },
      loss: () => step("loss", 1) as number,
      gradient: () => step("gradient", { n: [-1], deep: [[0, -1]] }),
      accuracy: () => step("accuracy", 0.5) as number,
    };
    const data = function* () {
      for (let i = 0; i < 3; ++i) yield step("data", i);
    };
    const options = {
      ...counting,
      onBatch: () => step("onBatch", undefined),
      onEpoch: () => step("onEpoch", undefined),
    };
    return { model, run: () => fit(model, data, options), cause };
  };
  test.each([
    ["loss", 5, "The loss threw at epoch 2, batch 2: out of luck", 4],
    ["gradient", 5, "The gradient threw at epoch 2, batch 2: out of luck", 4],
    ["accuracy", 5, "The accuracy threw at epoch 2, batch 2: out of luck", 4],
    ["data", 5, "The data threw at epoch 2, batch 2: out of luck", 4],
    ["onBatch", 5, "The callback onBatch threw at epoch 2, batch 2: out of luck", 5],
    ["onEpoch", 2, "The callback onEpoch threw at the end of epoch 2: out of luck", 6],
  ])("%s", async (what, at, message, steps) => {
    for (const how of [undefined, (error: Error) => Promise.reject(error)]) {
      const { model, run, cause } = failing(what, at, how);
      await expect(run()).rejects.toThrow(expect.objectContaining({ message, cause }));
      expect(model.params).toEqual({ n: Float32Array.of(steps), deep: [[0, steps]] });
      expect(model.params.n.buffer.byteLength).toBe(4);
    }
  });

  test("a schedule", async () => {
    const model = new LinearRegression();
    const optimizer = sgd({ learningRate: (step) => (step < 2 ? 0.1 : -1) });
    await expect(fit(model, planeData(9), { optimizer, batchSize: 3 })).rejects.toThrow(
      "learningRate must be a finite number of 0 or more; got -1 from its schedule at step 2.",
    );
    expect(model.params.b).not.toBe(0);
    expect(Number.isFinite(model.params.b)).toBe(true);
  });

  test("and the model can be trained afterwards", async () => {
    const network = classifier();
    const onBatch = () => {
      throw new Error("no");
    };
    await expect(fit(network, classData(10), { onBatch })).rejects.toThrow("no");
    expect((await fit(network, classData(10), { epochs: 1 })).reason).toBe("epochs");
    network.free();
  });
});

test("promises of losses, gradients and accuracies are awaited", async () => {
  const data = classData(30);
  const sync = new LogisticRegression();
  const later = new LogisticRegression();
  type Given = Parameters<LogisticRegression["loss"]>;
  const after = async <T>(take: () => T): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve));
    return take();
  };
  const model = {
    params: later.params,
    loss: (...given: Given) => after(() => later.loss(...given)),
    // As it comes from a GPU, say.
    gradient: (...given: Given) => after(() => Float32Array.from(later.gradient(...given))),
    accuracy: (...given: Given) => after(() => later.accuracy(...given)),
  };
  const { gradient } = sync;
  sync.gradient = (...given) => gradient.apply(sync, given).map(Math.fround);
  const options = { batchSize: 10, epochs: 2, validation: 0.2 };
  expect(await fit(model, data, options)).toEqual(await fit(sync, data, options));
  expect(model.params).toEqual(sync.params);
});

test("a gradient that is null leaves the parameters and their counts of steps as they are", async () => {
  const model = {
    params: { a: [1], b: [1] },
    loss: () => 1,
    gradient: (batch: number) => ({ a: [1], b: batch === 0 ? null : [1] }),
  };
  await fit(model, [0, 1, 0], { epochs: 1, optimizer: adam({ learningRate: 0.5, epsilon: 0 }) });
  expect(model.params.a[0]).toBeCloseTo(-0.5, 12);
  expect(model.params.b[0]).toBeCloseTo(0.5, 12);
});

test("callbacks read and write the parameters", async () => {
  const model = { params: { w: [5, 5] }, loss: () => 1, gradient: () => ({ w: [1, 1] }) };
  const before = model.params;
  const seen: number[] = [];
  await fit(model, [1, 2], {
    epochs: 1,
    optimizer: sgd({ learningRate: 1 }),
    onBatch: () => {
      seen.push(...model.params.w);
      model.params.w[0] = 9;
    },
  });
  expect(seen).toEqual([4, 4, 8, 3]);
  expect(model.params).toEqual({ w: [9, 3] });
  expect(before).toEqual({ w: [5, 5] });
  await expect(
    fit(model, [1, 2], {
      onBatch: () => {
        model.params = { w: [0, 0] };
      },
    }),
  ).rejects.toThrow("model.params was replaced by an object of class Object during training; write into it instead.");
});

test("an optimizer that is given goes on, and stays", async () => {
  const data = planeData(12);
  const rule = adam({ learningRate: 0.1 });
  const [twice, hand] = [new LinearRegression(), new LinearRegression()];
  const optimizer = rule.init(twice.params);
  const options = { optimizer, batchSize: "full", epochs: 3 } as const;
  await fit(twice, data, options);
  const { steps } = await fit(twice, data, options);
  const own = rule.init(hand.params);
  for (let k = 0; k < 6; ++k) own.step(hand.gradient(data, own.params));
  expect([steps, optimizer.stepCount]).toEqual([3, 6]);
  expect(optimizer.params).toEqual(own.params);
  expect(Float64Array.from(twice.params.w)).toEqual(own.params.w);
  for (const each of [optimizer, own]) each.free();

  const network = classifier();
  const bound = rule.init(network.params);
  network.attach(bound); // stays attached
  await fit(network, classData(20), { optimizer: bound, epochs: 1 });
  expect(network.params).toBe(bound.params);
  network.detach();
  await fit(network, classData(20), { optimizer: bound, epochs: 1 });
  expect(network.params).not.toBe(bound.params);
  expect(numbersOf(network.params)).toEqual(numbersOf(bound.params));
  bound.free();
  network.free();
});

test("save is for callbacks", async () => {
  const reports: BatchReport[] = [];
  await fit(new LinearRegression(), planeData(4), { epochs: 1, onBatch: (report) => void reports.push(report) });
  expect(() => reports[0]?.save()).toThrow("save is for callbacks: this training has ended.");
});

test("memory stays flat over many trainings, of which some fail", async () => {
  const network = classifier({ dtype: "float32" });
  const model = new LogisticRegression();
  const data = classData(40);
  const run = async () => {
    for (const each of [network, model] as LogisticRegression[]) {
      await fit(each, data, { epochs: 2, validation: 0.2, earlyStopping: { patience: 1 }, gradient: "central" });
      const onBatch = () => Promise.reject(new Error("no"));
      await expect(fit(each, data, { onBatch })).rejects.toThrow("no");
      await expect(fit(each, data, { resume: new Uint8Array(3) })).rejects.toThrow("safetensors");
    }
  };
  await run();
  const before = memoryUsage();
  for (let k = 0; k < 50; ++k) await run();
  expect(memoryUsage()).toEqual(before);
  network.free();
});
