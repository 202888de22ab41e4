import { getEventListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { array, memoryUsage, type NDArray, numericalGradient, zeros } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused
type Points = NDArray<readonly [number, number]>;

const smooth = (x: ArrayLike<number>) =>
  Array.from(x).reduce((total, v, i) => total + ((i + 1) * v * v - v) / (2 + v * v), 0);
const rowwise = (points: Points) => points.toArray().map(smooth);

/** Losses whose promises the test settles itself, in any order. */
function controlled<T, V>(value: (given: T) => V) {
  const calls: { given: T; settle: () => void; fail: (reason: unknown) => void }[] = [];
  let [inFlight, most] = [0, 0];
  const loss = (given: T) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    return new Promise<V>((resolve, reject) => {
      let settled = false;
      const settle = () => {
        if (settled) return;
        settled = true;
        inFlight -= 1;
        resolve(value(given));
      };
      calls.push({ given, settle, fail: reject });
    });
  };
  /** Settles what is open, the latest first, until no more comes. */
  const drain = async () => {
    for (let done = 0; done < calls.length; ) {
      const open = calls.slice(done).reverse();
      done = calls.length;
      for (const call of open) call.settle();
      await wait(0);
    }
  };
  return { loss, calls, drain, most: () => most };
}

const X = [0.5, -2, 3, 1e-3, 7];

describe("concurrency", () => {
  test.each([1, 2, 3, 100, Number.POSITIVE_INFINITY])("%d: the bits of the plain loop, in any order", async (limit) => {
    for (const method of ["forward", "backward", "central"] as const) {
      for (const options of [{ method }, { method, f0: smooth(X) }, { method, bounds: [X, 10] as const }]) {
        const { loss, calls, drain, most } = controlled(smooth);
        const gradient = numericalGradient(loss, X, { ...options, concurrency: limit, full: true });
        await drain();
        const expected = numericalGradient(smooth, X, { ...options, full: true });
        expect(await gradient).toEqual(expected);
        expect(calls.length).toBe(expected.evaluations);
        expect(most()).toBe(Math.min(limit, calls.length));
      }
    }
  });

  test("any structure, each call with parameters of its own", async () => {
    const x = { w: Float64Array.of(1, 2), s: Float32Array.of(3), n: 4, t: array([[5, 6]]) };
    type Seen = { w: Float64Array; s: Float32Array; n: number; t: NDArray };
    const f = ({ w, s, n, t }: Seen) => smooth([...w, ...s, n, t.get(0, 0), t.get(0, 1)]);
    const { loss, calls, drain } = controlled((given: Seen) => f(given));
    const promise = numericalGradient(loss, x, { concurrency: 3 });
    x.w[0] = 1000; // too late to matter
    await drain();
    const gradient = await promise;
    x.w[0] = 1;
    const expected = numericalGradient(f, x);
    expect(gradient).toMatchObject({ w: expected.w, s: expected.s, n: expected.n });
    expect(gradient.t.toArray()).toEqual(expected.t.toArray());
    expect(calls.length).toBe(12);
    expect(new Set(calls.map(({ given }) => given.w.buffer)).size).toBe(12);
    const moved = calls.map(({ given: { w, s, n, t } }) =>
      [...w, ...s, n, t.get(0, 0), t.get(0, 1)].map((v, i) => v !== i + 1).indexOf(true),
    );
    expect(moved).toEqual([0, 0, 1, 1, 3, 3, 4, 4, 5, 5, 2, 2]); // float64 first
    for (const each of [x.t, gradient.t, expected.t]) each.free();
  });

  test("losses that answer at once, or write to what they are given, or are handed on", async () => {
    const expected = numericalGradient(smooth, X);
    expect(await numericalGradient(smooth, X, { concurrency: 2 })).toEqual(expected);
    const writing = async (x: Float64Array) => {
      const value = smooth(x);
      x.fill(0);
      await wait(0);
      structuredClone(x, { transfer: [x.buffer] });
      return value;
    };
    expect(await numericalGradient(writing, X, { concurrency: 2 })).toEqual(expected);
    expect(await numericalGradient(async (x) => x * x, 3 as number, { concurrency: 1, absStep: 0.5 })).toBe(6);
    expect(
      await numericalGradient(async (x) => x[0] as number, Int8Array.of(3), { concurrency: 1, absStep: 1 }),
    ).toEqual(Float64Array.of(1));
  });

  test("gradients under way at once, and a memory that grows meanwhile", async () => {
    const before = memoryUsage().used;
    const arrays: NDArray[] = [];
    const slow = async (x: ArrayLike<number>) => {
      await wait(Math.random() * 3);
      if (arrays.length < 5) arrays.push(zeros([2 ** 21]));
      return smooth(x);
    };
    const starts = [X, X.map((v) => v + 1), X.map((v) => 2 * v)];
    const gradients = await Promise.all(starts.map((x) => numericalGradient(slow, x, { concurrency: 4 })));
    expect(gradients).toEqual(starts.map((x) => numericalGradient(smooth, x)));
    for (const each of arrays) each.free();
    expect(memoryUsage().used).toBe(before);
  });

  test("batches share the work among as many calls", async () => {
    const expected = numericalGradient(smooth, X);
    const before = memoryUsage().used;
    for (const [limit, sizes] of [
      [1, [10]],
      [3, [4, 4, 2]],
      [4, [3, 3, 3, 1]],
      [Number.POSITIVE_INFINITY, new Array(10).fill(1)],
    ] as const) {
      const { loss, calls, drain } = controlled(rowwise);
      const promise = numericalGradient(loss, X, { batch: true, concurrency: limit });
      expect(calls.map(({ given }) => given.shape[0])).toEqual(sizes);
      await drain();
      expect(await promise).toEqual(expected);
      expect(memoryUsage().used).toBe(before);
    }
  });

  test("a loss that fails: the place, the cause, and nothing more begins", async () => {
    const before = memoryUsage().used;
    const cause = new SyntaxError("no such thing");
    const { loss, calls, drain } = controlled(smooth);
    const promise = numericalGradient(loss, [1, 2, 3], { concurrency: 2, absStep: 0.5 });
    const caught = promise.catch((error: unknown) => error);
    calls[0]?.settle();
    await wait(0);
    calls[2]?.fail(cause);
    const error = (await caught) as Error;
    expect([error.message, error.cause]).toEqual([
      "The loss threw while x[1] was 1.5 instead of 2: no such thing",
      cause,
    ]);
    expect(memoryUsage().used).toBe(before);
    calls[1]?.fail(new Error("late"));
    await drain();
    expect(calls.length).toBe(3);
  });

  test.each<[string, () => unknown, new () => Error, string]>([
    [
      "throws at once",
      () => {
        throw new SyntaxError("no such thing");
      },
      Error,
      "The loss threw while x[0] was 0.5 instead of 1: no such thing",
    ],
    [
      "answers NaN",
      async () => Number.NaN,
      RangeError,
      "The loss returned NaN while x[0] was 0.5 instead of 1; a finite number is needed.",
    ],
    [
      "answers text",
      async () => "3",
      TypeError,
      'The loss must return a number; it returned "3" while x[0] was 0.5 instead of 1.',
    ],
  ])("a loss that %s", async (_, act, type, message) => {
    let calls = 0;
    const before = memoryUsage().used;
    const loss = () => {
      calls += 1;
      return act();
    };
    const promise = numericalGradient(loss as Any, [1, 2], { concurrency: 1, absStep: 0.5 });
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toBeInstanceOf(type);
    expect(calls).toBe(1);
    expect(memoryUsage().used).toBe(before);
  });

  test("a loss that throws at once stops the other calls before they begin", async () => {
    let calls = 0;
    const loss = () => {
      calls += 1;
      throw new Error("no");
    };
    await expect(numericalGradient(loss, X, { concurrency: 8 })).rejects.toThrow("The loss threw while x[0] was");
    expect(calls).toBe(1);
  });

  test("batches that fail", async () => {
    const before = memoryUsage().used;
    const rejecting = async () => {
      throw new SyntaxError("no such thing");
    };
    await expect(numericalGradient(rejecting, [1, 2], { batch: true, concurrency: 2 })).rejects.toThrow(
      "The loss threw in a batch of 2 points: no such thing",
    );
    const short = async () => [1];
    await expect(numericalGradient(short, [1, 2], { batch: true, concurrency: 2 })).rejects.toThrow(
      "The loss must return 2 values, one for each row; it returned 1.",
    );
    const nan = async (points: Points) => rowwise(points).map(() => Number.NaN);
    await expect(numericalGradient(nan, [1, 2], { batch: true, concurrency: 1, absStep: 0.5 })).rejects.toThrow(
      "The loss returned NaN for row 0 while x[0] was 0.5 instead of 1",
    );
    await wait(0);
    expect(memoryUsage().used).toBe(before);
  });

  test.each<[unknown[], new () => Error, string]>([
    [[() => 1, [1], { concurrency: 0 }], RangeError, "concurrency must be an integer of 1 or more; got 0."],
    [[() => 1, [1], { concurrency: 1.5 }], RangeError, "got 1.5."],
    [[() => 1, [1], { concurrency: Number.NaN }], RangeError, "got NaN."],
    [[() => 1, [1], { concurrency: "2" }], TypeError, 'concurrency must be an integer of 1 or more; got "2".'],
    [[() => 1, [1], { concurrency: null }], TypeError, "got null."],
    [
      [() => 1, [1], { concurrency: 1, signal: {} }],
      TypeError,
      "signal must be an AbortSignal; got an object of class Object.",
    ],
    [[() => 1, [1], { concurrency: 1, method: "both" }], RangeError, 'got "both".'],
    [[() => 1, [1], { concurrency: 1, step: 1 }], TypeError, 'numericalGradient has no option "step"'],
    [[() => 1, [], { concurrency: 1 }], RangeError, "x must have at least one parameter; it has none."],
    [[() => 1, [Number.NaN], { concurrency: 1 }], RangeError, "x[0] must be finite; it is NaN."],
    [[() => 1, "x", { concurrency: 1 }], TypeError, 'got "x"'],
    [[3, [1], { concurrency: 1 }], TypeError, "the first is 3."],
    [[() => [1], { a: 1 }, { concurrency: 1, batch: true }], TypeError, "batch needs x to be a single array"],
  ])("rejects, and does not throw: %o", async (args, type, message) => {
    const before = memoryUsage().used;
    const promise = (numericalGradient as (...args: unknown[]) => Promise<unknown>)(...args);
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toBeInstanceOf(type);
    expect(memoryUsage().used).toBe(before);
  });

  test("a promise that nothing awaits is an error now, and its failure is heard of by nobody", async () => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown) => unheard.push(reason);
    process.on("unhandledRejection", listen);
    const failing = async () => {
      throw new Error("late");
    };
    expect(() => numericalGradient(failing as Any, [1])).toThrow(
      /it returned a promise while x\[0\] was .*Promises are awaited by numericalGradient with the option concurrency\.$/,
    );
    await wait(5);
    process.off("unhandledRejection", listen);
    expect(unheard).toEqual([]);
  });
});

describe("signal", () => {
  const reason = new Error("enough");

  test("aborted beforehand: no evaluation", async () => {
    let calls = 0;
    const loss = () => {
      calls += 1;
      return 1;
    };
    const signal = AbortSignal.abort(reason);
    const before = memoryUsage().used;
    expect(() => numericalGradient(loss, X, { signal })).toThrow(reason);
    expect(() => numericalGradient(loss as Any, X, { signal, batch: true } as Any)).toThrow(reason);
    await expect(numericalGradient(loss, X, { signal, concurrency: 2 })).rejects.toBe(reason);
    expect(calls).toBe(0);
    expect(memoryUsage().used).toBe(before);
  });

  test.each([undefined, true])("aborted by the loss itself, batch: %s", (batch) => {
    const controller = new AbortController();
    let calls = 0;
    const before = memoryUsage().used;
    const loss = (given: Float64Array) => {
      calls += 1;
      if (calls === 3) controller.abort(reason);
      return batch ? [1] : smooth(given);
    };
    const x = batch ? new Float64Array(2 ** 21 + 1) : X; // a row a call
    let caught: unknown;
    try {
      numericalGradient(loss as Any, x as Any, { signal: controller.signal, ...(batch && { batch }) } as Any);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(reason);
    expect(calls).toBe(3);
    expect(memoryUsage().used).toBe(before);
  });

  test("without an abort, bits and errors are as without it", () => {
    const { signal } = new AbortController();
    expect(numericalGradient(smooth, X, { signal })).toEqual(numericalGradient(smooth, X));
    const failing = () => {
      throw new SyntaxError("no such thing");
    };
    expect(() => numericalGradient(failing, [1], { signal, absStep: 0.5 })).toThrow(
      "The loss threw while x[0] was 0.5 instead of 1: no such thing",
    );
    expect(() => numericalGradient(smooth, X, { signal: {} as AbortSignal })).toThrow("signal must be an AbortSignal");
  });

  test.each([false, true])("aborted under way, batch: %s", async (batch) => {
    const controller = new AbortController();
    const { signal } = controller;
    const before = memoryUsage().used;
    const { loss, calls, drain } = controlled((given: Any) => (batch ? rowwise(given) : smooth(given)));
    const x = batch ? new Float64Array(2 ** 20) : X;
    const promise = numericalGradient(
      loss as Any,
      x as Any,
      { signal, batch, concurrency: 2 } as Any,
    ) as Promise<unknown>;
    const caught = promise.catch((error: unknown) => error);
    calls[0]?.settle();
    await wait(0);
    expect(calls.length).toBe(3);
    controller.abort(reason);
    expect(await caught).toBe(reason);
    // What is on its way may still be read: only that is not given back.
    if (batch) for (const { given } of calls.slice(1)) expect((given as Points).data.length).toBe(2 * 2 ** 20);
    else expect(memoryUsage().used).toBe(before);
    await drain();
    expect(calls.length).toBe(3);
    expect(memoryUsage().used).toBe(before);
  });

  test("a signal that lives on keeps no listener", async () => {
    const { signal } = new AbortController();
    await numericalGradient(smooth, X, { signal, concurrency: 2 });
    const failing = async () => Number.NaN;
    await expect(numericalGradient(failing, X, { signal, concurrency: 2 })).rejects.toThrow("NaN");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
