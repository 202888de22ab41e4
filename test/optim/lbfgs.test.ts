import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  adam,
  array,
  type Lbfgs,
  type LbfgsOptions,
  lbfgs,
  memoryUsage,
  minimize,
  type NDArray,
  zeros,
} from "../../src/index.js";
import { decode, encode } from "../../src/save/safetensors.js";
import { FUNCTIONS, type Problem } from "./functions.js";

/** A line of lbfgs.jsonl, which lbfgs.py describes. */
interface Trajectory {
  readonly function: keyof typeof FUNCTIONS;
  readonly start: readonly number[];
  readonly options: LbfgsOptions;
  readonly steps: readonly { x: number[]; value: number; iterations: number; evaluations: number }[];
}

const TRAJECTORIES: readonly Trajectory[] = readFileSync(new URL("../fixtures/lbfgs.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

const closureOf = ({ value, gradient }: Problem) => {
  return (x: ArrayLike<number>) => ({ value: value(x), gradient: gradient(x) });
};

describe("torch.optim.LBFGS", () => {
  test("has as many trajectories here as its script made", () => {
    expect(TRAJECTORIES.length).toBe(717);
    expect(new Set(TRAJECTORIES.map((each) => each.function)).size).toBe(Object.keys(FUNCTIONS).length);
  });

  test.each(Object.entries(FUNCTIONS))("iterates within 1e-9 and counts: %s", (name, problem) => {
    for (const { start, options, steps } of TRAJECTORIES.filter((each) => each.function === name)) {
      const optimizer = lbfgs(options).init(start);
      for (const [k, { x, value, iterations, evaluations }] of steps.entries()) {
        const where = `${name} from ${start} by ${JSON.stringify(options)}, step ${k}`;
        const found = optimizer.step(closureOf(problem));
        const counts = { iterations: optimizer.iterations, evaluations: optimizer.evaluations };
        expect(counts, where).toEqual({ iterations, evaluations });
        const size = Math.max(...x.map(Math.abs), 1e-3);
        for (const [i, p] of x.entries())
          expect(Math.abs((optimizer.params[i] as number) - p), where).toBeLessThanOrEqual(1e-9 * size);
        expect(Math.abs(found - value), where).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(value), 1));
      }
      optimizer.free();
    }
  });
});

const { rosenbrock, beale } = FUNCTIONS;
const search = { lineSearch: "strongWolfe" } as const;

describe("in minimize", () => {
  test.each([search, {}, { ...search, historySize: 2, learningRate: 0.5 }])(
    "each iteration is one of a step's, with its evaluations: %o",
    (options) => {
      const start = [-1.2, 1, -0.5, 0.75];
      const optimizer = lbfgs({ ...options, maxIterations: 200, maxEvaluations: 1000 }).init(start);
      optimizer.step(closureOf(rosenbrock));
      const { gradient } = rosenbrock;
      const found = minimize(rosenbrock.value, start, { optimizer: lbfgs(options), gradient, gradientTolerance: 0 });
      expect(found.x).toEqual(Array.from(optimizer.params));
      expect([found.iterations, found.evaluations]).toEqual([optimizer.iterations, optimizer.evaluations]);
      expect(["changeTolerance", "gradientTolerance"]).toContain(found.reason);
      expect(found.converged).toBe(true);
      optimizer.free();
    },
  );

  test("goes by numerical gradients", () => {
    let calls = 0;
    const loss = (x: ArrayLike<number>) => {
      calls += 1;
      return beale.value(x);
    };
    const { x, evaluations, converged } = minimize(loss, [1, 1], { optimizer: lbfgs(search) });
    expect(converged).toBe(true);
    expect(evaluations).toBe(calls);
    expect(Math.hypot((x[0] as number) - 3, (x[1] as number) - 0.5)).toBeLessThan(1e-4);
  });

  test("keeps to a budget within a line search, too", () => {
    for (let maxEvaluations = 1; maxEvaluations < 20; ++maxEvaluations) {
      const options = { optimizer: lbfgs(search), gradient: rosenbrock.gradient, maxEvaluations, history: true };
      const { evaluations, reason, value, x, history } = minimize(rosenbrock.value, [-1.2, 1], options);
      expect([evaluations, reason]).toEqual([maxEvaluations, "maxEvaluations"]);
      expect(value).toBe(Math.min(...(history?.value ?? [])));
      expect(value).toBe(rosenbrock.value(x));
    }
  });

  test("ends as diverged without a line search, where one would have gone less far", () => {
    const loss = ([p]: Float64Array) => -Math.log(p as number) - Math.log(1 - (p as number));
    const gradient = ([p]: Float64Array) => [1 / (1 - (p as number)) - 1 / (p as number)];
    const options = { gradient, gradientTolerance: 1e-6 };
    const plain = minimize(loss, [0.001], { ...options, optimizer: lbfgs({ learningRate: 10 }) });
    expect(plain).toMatchObject({ reason: "diverged", converged: false, x: [0.001] });
    const found = minimize(loss, [0.001], { ...options, optimizer: lbfgs({ ...search, learningRate: 10 }) });
    expect(found.converged).toBe(true);
    expect(found.x[0]).toBeCloseTo(0.5, 6);
  });

  test("gives its memory back, whatever happens", () => {
    const before = memoryUsage().used;
    const { gradient } = rosenbrock;
    minimize(rosenbrock.value, [-1.2, 1], { optimizer: lbfgs({ ...search, historySize: 2 }), gradient });
    for (const bad of [2, 5, 9]) {
      let calls = 0;
      const loss = (x: ArrayLike<number>) => {
        if (++calls === bad) throw new SyntaxError("no");
        return rosenbrock.value(x);
      };
      expect(() => minimize(loss, [-1.2, 1], { optimizer: lbfgs(search), gradient })).toThrow(/^The loss threw .*no$/);
    }
    expect(memoryUsage().used).toBe(before);
  });
});

describe("vectors", () => {
  test("of two types go with those of one", () => {
    const closure = (p: { a: Float32Array; b: number; c: Float64Array }) => {
      const x = [...p.a, p.b, ...p.c];
      const g = rosenbrock.gradient(x);
      return { value: rosenbrock.value(x), gradient: { a: g.slice(0, 2), b: g[2], c: g.slice(3) } };
    };
    // Eighths: float32 holds the start exactly.
    const mixed = lbfgs(search).init({ a: Float32Array.of(1.25, 1), b: 0.5, c: Float64Array.of(0.25, 2) });
    const plain = lbfgs(search).init([1.25, 1, 0.5, 0.25, 2]);
    for (let k = 0; k < 4; ++k) {
      mixed.step(closure as never);
      plain.step(closureOf(rosenbrock));
    }
    const { a, b, c } = mixed.params;
    for (const [i, p] of [...a, b, ...c].entries()) expect(p).toBeCloseTo(plain.params[i] as number, 4);
    expect([...plain.params].map((p) => Math.round(1e5 * p))).toEqual([1e5, 1e5, 1e5, 1e5, 1e5]);
    mixed.free();
    plain.free();
  });

  test.each([1, 2, 3, 4, 5, 7, 8, 31])("of %i elements are summed whole", (n) => {
    // One step along the gradient to the minimum of a bowl: t = 1 / Σ|g|, then y·s / y·y = 1.
    const start = Array.from({ length: n }, (_, i) => i + 1);
    for (const single of [false, true]) {
      const optimizer = lbfgs().init((single ? new Float32Array(start) : new Float64Array(start)) as Float64Array);
      optimizer.step((x) => ({ value: x.reduce((sum, p) => sum + (p * p) / 2, 0), gradient: x }));
      const most = Math.max(...Array.from(optimizer.params, Math.abs));
      expect(most).toBeLessThan(single ? 1e-4 : 1e-11);
      optimizer.free();
    }
  });

  test("keep their structure and kinds", () => {
    const before = memoryUsage().used;
    const x0 = { w: array([[1, 2]], { dtype: "float32" }), b: 3 };
    const optimizer = lbfgs().init(x0 as { w: NDArray; b: number });
    optimizer.step(({ w, b }) => ({
      value: (w.get(0, 0) ** 2 + w.get(0, 1) ** 2 + b ** 2) / 2,
      gradient: { w: w.toArray(), b },
    }));
    const [p, q] = (optimizer.params.w.toArray() as number[][]).flat();
    expect(Math.hypot(p as number, q as number, optimizer.params.b)).toBeLessThan(1e-6);
    expect(x0.w.toArray()).toEqual([[1, 2]]);
    optimizer.free();
    optimizer.free();
    x0.w.free();
    expect(memoryUsage().used).toBe(before);
    expect(() => optimizer.params).toThrow("This optimizer was freed");
  });

  test("are found again when linear memory grows under a closure", () => {
    const plain = lbfgs(search).init([-1.2, 1]);
    plain.step(closureOf(rosenbrock));
    const optimizer = lbfgs(search).init([-1.2, 1]);
    const { reserved } = memoryUsage();
    const arrays: NDArray[] = [];
    optimizer.step((x) => {
      while (memoryUsage().reserved === reserved && arrays.length < 70) arrays.push(zeros([2 ** 21]));
      return closureOf(rosenbrock)(x);
    });
    expect(memoryUsage().reserved).toBeGreaterThan(reserved);
    expect(optimizer.params).toEqual(plain.params);
    for (const each of [...arrays, plain, optimizer]) each.free();
  });
});

describe("a step that fails leaves everything as it was", () => {
  const good = closureOf(rosenbrock);
  /** What the closure does at the call of that number. */
  const bad: [string, (x: Float64Array) => unknown, RegExp][] = [
    [
      "by throwing",
      () => {
        throw new SyntaxError("no such thing");
      },
      /^no such thing$/,
    ],
    ["with null", () => null, /^The closure must return { value, gradient }; it returned null\.$/],
    ["with a number", () => 1, /^The closure must return { value, gradient }; it returned 1\.$/],
    ["with a promise", () => Promise.resolve(), /^The closure must return { value, gradient }; it returned a promise/],
    ["without a gradient", (x) => ({ value: rosenbrock.value(x) }), /^The closure must return/],
    ["with null as gradient", (x) => ({ value: rosenbrock.value(x), gradient: null }), /^gradient must be/],
    ["with another shape", () => ({ value: 1, gradient: [1] }), /^gradient must have shape \[2\]; got \[1\]\.$/],
    ["with text", () => ({ value: "1", gradient: [1, 1] }), /^value must be a number; got "1"\.$/],
  ];
  const notFinite: typeof bad = [
    ["with NaN", () => ({ value: Number.NaN, gradient: [1, 1] }), /^The closure returned NaN; a finite number/],
    ["with Infinity", () => ({ value: Number.POSITIVE_INFINITY, gradient: [1, 1] }), /^The closure returned Infinity;/],
    ["with a gradient of NaN", () => ({ value: 1, gradient: [1, Number.NaN] }), /^The gradient is not finite, in the/],
  ];

  test.each<[string, LbfgsOptions, typeof bad]>([
    ["at its beginning", {}, [...bad, ...notFinite]],
    ["later", { learningRate: 0.01 }, [...bad, ...notFinite]],
    ["in a line search", { ...search, historySize: 2 }, bad],
  ])("%s", (where, options, all) => {
    const straight = lbfgs({ ...options, maxIterations: 5 }).init([-1.2, 1]);
    for (let k = 0; k < 4; ++k) straight.step(good);
    for (const [how, act, message] of all) {
      const before = memoryUsage().used;
      const optimizer = lbfgs({ ...options, maxIterations: 5 }).init([-1.2, 1]);
      for (let k = 0; k < 4; ++k) {
        const used = memoryUsage().used;
        const then = [optimizer.iterations, optimizer.evaluations, ...optimizer.params];
        let calls = 0;
        const closure = (x: Float64Array) => (calls++ === (where === "at its beginning" ? 0 : 3) ? act(x) : good(x));
        expect(() => optimizer.step(closure as typeof good), how).toThrow(message);
        expect(calls, how).toBe(where === "at its beginning" ? 1 : 4);
        expect([optimizer.iterations, optimizer.evaluations, ...optimizer.params]).toEqual(then);
        expect(memoryUsage().used).toBe(used);
        optimizer.step(good);
      }
      // As if nothing had failed: the history is as it was, too.
      expect(optimizer.params).toEqual(straight.params);
      optimizer.free();
      expect(memoryUsage().used).toBe(before);
    }
    straight.free();
  });

  test("by stepping or freeing itself", () => {
    const optimizer = lbfgs().init([-1.2, 1]);
    expect(() => optimizer.step((x) => ({ value: optimizer.step(good), gradient: x }))).toThrow(
      new TypeError("step must not be called by the closure of a step."),
    );
    const freeing = (x: Float64Array) => {
      optimizer.free();
      return good(x);
    };
    expect(() => optimizer.step(freeing)).toThrow(new TypeError("free must not be called by the closure of a step."));
    expect(optimizer.params).toEqual(Float64Array.of(-1.2, 1));
    expect(() => optimizer.step(null as never)).toThrow(
      new TypeError("step takes a closure, (params) => ({ value, gradient }); got null."),
    );
    optimizer.free();
  });
});

test("a history takes no more than its size", () => {
  const optimizer = lbfgs({ ...search, historySize: 3, maxIterations: 1 }).init([-1.2, 1]);
  const used: number[] = [];
  for (let k = 0; k < 12; ++k) {
    optimizer.step(closureOf(rosenbrock));
    used.push(memoryUsage().used);
  }
  const grown = used.slice(1).filter((bytes, k) => bytes !== used[k]);
  expect(grown.length).toBe(3);
  expect(used.at(-1)).toBe(used[5]);
  optimizer.free();
});

test.each<[object | null, new () => Error, string]>([
  [{ learningRate: -1 }, RangeError, "learningRate must be a finite number of 0 or more; got -1."],
  [{ learningRate: () => 1 }, TypeError, "learningRate must be a number; got a function"],
  [{ maxIterations: 0 }, RangeError, "maxIterations must be an integer of 1 or more; got 0."],
  [{ maxEvaluations: 1.5 }, RangeError, "maxEvaluations must be an integer of 1 or more; got 1.5."],
  [{ historySize: Number.NaN }, RangeError, "historySize must be an integer of 1 or more; got NaN."],
  [{ historySize: "9" }, TypeError, 'historySize must be a number; got "9".'],
  [{ gradientTolerance: Number.NaN }, RangeError, "gradientTolerance must be"],
  [{ changeTolerance: -1e-9 }, RangeError, "changeTolerance must be a finite number of 0 or more; got -1e-9."],
  [{ lineSearch: "strong_wolfe" }, RangeError, 'lineSearch must be "strongWolfe" or undefined; got "strong_wolfe".'],
  [{ lineSearch: true }, TypeError, 'lineSearch must be "strongWolfe" or undefined; got true.'],
  [{ history: 3 }, TypeError, 'lbfgs has no option "history"; it takes learningRate, maxIterations, '],
  [null, TypeError, "The options of lbfgs must be an object; got null."],
])("%o is refused", (options, type, message) => {
  const before = memoryUsage().used;
  expect(() => lbfgs(options as LbfgsOptions)).toThrow(type);
  expect(() => lbfgs(options as LbfgsOptions)).toThrow(message);
  expect(() => lbfgs().init([])).toThrow("An optimizer needs at least one parameter; got none.");
  expect(() => lbfgs().init(Int32Array.of(1) as never)).toThrow("must be float64 or float32");
  expect(memoryUsage().used).toBe(before);
});

describe("save and load", () => {
  const closure = (p: { a: Float32Array; b: number; c: Float64Array }) => {
    const x = [...p.a, p.b, ...p.c];
    const g = rosenbrock.gradient(x);
    return { value: rosenbrock.value(x), gradient: { a: g.slice(0, 2), b: g[2], c: g.slice(3) } };
  };
  type Params = { a: Float32Array; b: number; c: Float64Array };
  const start = (): Params => ({ a: Float32Array.of(-1.2, 1), b: 0.5, c: Float64Array.of(0.25, 2) });
  const init = (options: LbfgsOptions) => lbfgs(options).init(start()) as unknown as Lbfgs<Params>;
  const options = { ...search, historySize: 3, maxIterations: 2, changeTolerance: 1e-14 };
  const step = (optimizer: Lbfgs<Params>) => optimizer.step(closure as never);

  test.each([0, 1, 2, 5])("go on after %i steps as if they had never stopped, bit for bit", (count) => {
    const before = memoryUsage().used;
    const never = init(options);
    for (let k = 0; k < count; ++k) step(never);
    const file = never.save();
    const resumed = init({ learningRate: 0.1 });
    step(resumed); // what was there before does not matter, options included
    resumed.load(file);
    expect(resumed.save()).toEqual(file);
    for (let k = 0; k < 4; ++k) {
      expect(step(resumed)).toBe(step(never));
      expect(resumed.params).toEqual(never.params);
    }
    expect([resumed.iterations, resumed.evaluations]).toEqual([never.iterations, never.evaluations]);
    expect(resumed.save()).toEqual(never.save());
    never.free();
    resumed.free();
    expect(memoryUsage().used).toBe(before);
  });

  test("refuse what does not match, and change nothing", () => {
    const optimizer = init(options);
    for (let k = 0; k < 3; ++k) step(optimizer);
    const file = optimizer.save();
    const before = memoryUsage().used;
    const { metadata, tensors } = decode(file);
    const records = tensors.get("0.lbfgs.records") as NonNullable<ReturnType<typeof tensors.get>>;
    const withNumber = (k: number, value: number) => {
      const numbers = new Float64Array(records.bytes.slice().buffer);
      numbers[k] = value;
      const bytes = new Uint8Array(numbers.buffer);
      return encode({ metadata, tensors: new Map([...tensors, ["0.lbfgs.records", { ...records, bytes }]]) });
    };
    const without = (name: string) => {
      const rest = new Map(tensors);
      rest.delete(name);
      return encode({ metadata, tensors: rest });
    };
    const other = adam().init(start());
    const longer = lbfgs().init({ ...start(), b: [1, 2] });
    const bad: [unknown, string][] = [
      [null, "load takes the Uint8Array that save gave; got null."],
      [other.save(), "The file is of adam with nothing by schedule; this optimizer is lbfgs with nothing by schedule."],
      [longer.save(), "b is F64 of shape [2] in the file, F64 of shape [] in this optimizer."],
      [without("0.lbfgs.records"), "0.lbfgs.changes.0.b is F64 of shape [] in the file, absent in this optimizer."],
      [without("0.lbfgs.changes.1.b"), "0.lbfgs.changes.1.b is absent in the file, F64 of shape [] in this optimizer."],
      [withNumber(0, 1.5), "0.lbfgs.records of the file count 1.5."],
      [withNumber(2, Number.NaN), "0.lbfgs.records of the file hold a number that is not finite."],
      [withNumber(4, -1), "learningRate must be a finite number of 0 or more; got -1."],
      [withNumber(9, 1), "The file has 2 changes for a history of 1."],
    ];
    for (let length = 0; length < file.length; length += 41) bad.push([file.slice(0, length), "not a complete"]);
    for (const [given, message] of bad) expect(() => optimizer.load(given as Uint8Array), message).toThrow(message);
    expect(() => other.load(file)).toThrow("The file is of lbfgs with nothing by schedule; this optimizer is adam");
    expect(optimizer.save()).toEqual(file);
    other.free();
    longer.free();
    expect(memoryUsage().used).toBeLessThanOrEqual(before);
    const closed = (x: Params) => {
      optimizer.load(file);
      return closure(x);
    };
    expect(() => optimizer.step(closed as never)).toThrow("load must not be called by the closure of a step.");
    optimizer.free();
  });
});
