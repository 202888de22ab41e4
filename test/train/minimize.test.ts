import { describe, expect, test } from "vitest";
import {
  adam,
  array,
  chain,
  clipByGlobalNorm,
  ema,
  gradient,
  memoryUsage,
  minimize,
  type NDArray,
  numericalGradient,
  prodigy,
  scheduleFreeSgd,
  sgd,
  zeros,
} from "../../src/index.js";

const square = (p: number) => p ** 2;
const slope = (p: number) => 2 * p;

describe("p² from 2 by 0.1", () => {
  const seen: [number, number, number, number, number][] = [];
  const found = minimize(square, 2, {
    optimizer: sgd({ learningRate: 0.1 }),
    gradient: slope,
    onIteration: ({ iteration, x, value, gradient, gradientNorm }) => {
      seen.push([iteration, x, value, gradient, gradientNorm]);
    },
  });

  test("goes where the loop in plain JavaScript goes, bit for bit", () => {
    const expected: typeof seen = [];
    for (let p = 2, iteration = 0; ; p -= 0.1 * (2 * p), ++iteration) {
      expected.push([iteration, p, p * p, 2 * p, Math.abs(2 * p)]);
      if (Math.abs(2 * p) <= 1e-6) break;
    }
    expect(seen).toEqual(expected);
    expect(seen.slice(0, 3).map(([, x]) => x.toFixed(12))).toEqual([
      "2.000000000000",
      "1.600000000000",
      "1.280000000000",
    ]);
  });

  test("ends at 0, converged, with the fields of the last iteration", () => {
    const [iterations, x, value, slopeThere] = seen.at(-1) as (typeof seen)[number];
    expect(found).toEqual({
      x,
      value,
      gradient: slopeThere,
      iterations,
      evaluations: iterations + 1,
      converged: true,
      reason: "gradientTolerance",
    });
    expect(found.x).toBeGreaterThan(0);
    expect(found.x).toBeLessThanOrEqual(5e-7);
  });

  test("gets there by numerical gradients, too", () => {
    for (const method of ["forward", "backward", "central", "adaptive"] as const) {
      const { x, converged } = minimize(square, 2, { gradient: method, gradientTolerance: 1e-5 });
      expect(Math.abs(x), method).toBeLessThan(1e-5);
      expect(converged).toBe(true);
    }
    expect(Math.abs(minimize(square, 2 as number).x)).toBeLessThan(1e-6);
  });

  test("makes the steps that the optimizer makes by itself", () => {
    const rule = sgd({ learningRate: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.01 });
    const optimizer = rule.init([2, -3]);
    for (let t = 0; t < 25; ++t) optimizer.step(numericalGradient(bowl, optimizer.params));
    const { x } = minimize(bowl, [2, -3], { optimizer: rule, maxIterations: 25, gradientTolerance: 0 });
    expect(Float64Array.from(x)).toEqual(optimizer.params);
    optimizer.free();
  });
});

/** (x - 1)² + 2 (y + 2)², for steps exact in binary. */
function bowl(x: ArrayLike<number>): number {
  return ((x[0] as number) - 1) ** 2 + 2 * ((x[1] as number) + 2) ** 2;
}
const bowlSlope = (x: ArrayLike<number>) => [2 * ((x[0] as number) - 1), 4 * ((x[1] as number) + 2)];

describe("it ends", () => {
  test("where no entry of the gradient is larger than gradientTolerance", () => {
    const { gradient, reason, converged, iterations } = minimize(bowl, [3, 3], {
      gradient: bowlSlope,
      gradientTolerance: 0.5,
    });
    expect([reason, converged]).toEqual(["gradientTolerance", true]);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThanOrEqual(0.5);
    const before = minimize(bowl, [3, 3], { gradient: bowlSlope, gradientTolerance: 0, maxIterations: iterations - 1 });
    expect(Math.max(...before.gradient.map(Math.abs))).toBeGreaterThan(0.5);
  });

  test("at once, at a minimum", () => {
    expect(minimize(bowl, [1, -2], { gradient: bowlSlope, gradientTolerance: 0 })).toEqual({
      x: [1, -2],
      value: 0,
      gradient: [0, 0],
      iterations: 0,
      evaluations: 1,
      converged: true,
      reason: "gradientTolerance",
    });
  });

  test("when a step changes the value by no more than valueTolerance", () => {
    const values: number[] = [];
    const { reason, converged } = minimize(bowl, [3, 3], {
      gradient: bowlSlope,
      valueTolerance: 0.1,
      gradientTolerance: 0,
      onIteration: ({ value }) => values.push(value),
    });
    expect([reason, converged]).toEqual(["valueTolerance", true]);
    const changes = values.slice(1).map((value, i) => Math.abs(value - (values[i] as number)));
    expect(changes.pop()).toBeLessThanOrEqual(0.1);
    expect(changes.length).toBeGreaterThan(0);
    expect(Math.min(...changes)).toBeGreaterThan(0.1);
  });

  test("not when a step makes the value larger", () => {
    const { reason, history } = minimize(square, 1, {
      gradient: slope,
      optimizer: sgd({ learningRate: 1.25 }),
      valueTolerance: 0.1,
      maxIterations: 2,
      history: true,
    });
    expect([reason, history?.value]).toEqual(["maxIterations", [1, 1.5 ** 2, 1.5 ** 4]]);
  });

  test("where the value has come down to targetValue", () => {
    const options = { gradient: bowlSlope, optimizer: sgd({ learningRate: 0.125 }) };
    const { history } = minimize(bowl, [3, 3], { ...options, maxIterations: 5, history: true });
    const { value, reason, converged, iterations } = minimize(bowl, [3, 3], {
      ...options,
      targetValue: history?.value[3] as number,
    });
    expect([value, reason, converged, iterations]).toEqual([history?.value[3], "targetValue", true, 3]);
    expect(minimize(bowl, [3, 3], { targetValue: 100 }).iterations).toBe(0);
  });

  test("before it would take more than maxEvaluations", () => {
    const run = (maxEvaluations: number, gradient: "central" | "forward" | typeof bowlSlope) => {
      let calls = 0;
      const loss = (x: ArrayLike<number>) => {
        calls += 1;
        return bowl(x);
      };
      const { reason, evaluations, iterations, converged } = minimize(loss, [3, 3], { gradient, maxEvaluations });
      expect([reason, converged, calls]).toEqual(["maxEvaluations", false, evaluations]);
      return [iterations, evaluations];
    };
    expect(run(7, bowlSlope)).toEqual([6, 7]);
    expect(run(20, "central")).toEqual([3, 20]);
    expect(run(19, "central")).toEqual([2, 15]);
    expect(run(19, "forward")).toEqual([5, 18]);
    // The start is evaluated whatever the budget.
    expect(run(0, "central")).toEqual([0, 5]);
  });

  test("when maxTime has passed", () => {
    expect(minimize(bowl, [3, 3], { maxTime: 0 })).toMatchObject({
      reason: "maxTime",
      iterations: 0,
      converged: false,
    });
    const began = performance.now();
    const { reason, iterations } = minimize(() => 1, [3], {
      gradient: () => [1],
      maxTime: 20,
      maxIterations: Number.POSITIVE_INFINITY,
    });
    expect(performance.now() - began).toBeGreaterThanOrEqual(20);
    expect(reason).toBe("maxTime");
    expect(iterations).toBeGreaterThan(0);
  });

  test("when onIteration returns false, and nothing else that is false", () => {
    const found = minimize(bowl, [3, 3], {
      gradient: bowlSlope,
      optimizer: sgd({ learningRate: 0.125 }),
      onIteration: ({ iteration }) => iteration !== 4,
    });
    expect([found.reason, found.converged, found.iterations]).toEqual(["stopped", false, 4]);
    expect(found.x).toEqual([1 + 2 * 0.75 ** 4, -2 + 5 * 0.5 ** 4]);
    for (const nothing of [undefined, null, 0, ""])
      expect(minimize(bowl, [3, 3], { maxIterations: 3, onIteration: () => nothing }).reason).toBe("maxIterations");
  });

  test("as diverged where the loss or the gradient is not finite, with the lowest place", () => {
    const wild = { gradient: slope, optimizer: sgd({ learningRate: 1e200 }), history: true };
    expect(minimize(square, 2, wild)).toEqual({
      x: 2,
      value: 4,
      gradient: 4,
      iterations: 1,
      evaluations: 2,
      converged: false,
      reason: "diverged",
      history: { value: [4], gradientNorm: [4] },
    });
    const nan = (p: number) => (p < 1.5 ? Number.NaN : p ** 2);
    const options = { optimizer: sgd({ learningRate: 0.0625 }), gradient: slope };
    expect(minimize(nan, 2, options)).toMatchObject({ x: 2 * 0.875 ** 2, iterations: 3, reason: "diverged" });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const gradient = (p: number) => (p < 1.5 ? bad : 2 * p);
      expect(minimize(square, 2, { ...options, gradient })).toMatchObject({ x: 2 * 0.875 ** 2, reason: "diverged" });
    }
    // The place is fine, but not those beside it.
    const edge = (p: number) => (p < 0.999999 ? Number.NaN : p ** 2);
    expect(minimize(edge, 2, { optimizer: sgd({ learningRate: 0.25 }) })).toMatchObject({
      x: 2,
      iterations: 1,
      reason: "diverged",
    });
  });

  test("on level ground with valueTolerance 0 only by the other limits", () => {
    const { reason, iterations } = minimize(() => 1, [1], { gradient: () => [1], maxIterations: 5 });
    expect([reason, iterations]).toEqual(["maxIterations", 5]);
  });

  test("after maxIterations steps", () => {
    for (const maxIterations of [0, 1, 7]) {
      const found = minimize(bowl, [3, 3], {
        optimizer: sgd({ learningRate: 0.125 }),
        gradient: bowlSlope,
        maxIterations,
      });
      expect([found.reason, found.converged, found.iterations]).toEqual(["maxIterations", false, maxIterations]);
      expect(found.x).toEqual([1 + 2 * 0.75 ** maxIterations, -2 + 5 * 0.5 ** maxIterations]);
      expect([found.value, found.gradient]).toEqual([bowl(found.x), bowlSlope(found.x)]);
    }
    expect(minimize(square, 2, { gradient: slope, maxIterations: Number.POSITIVE_INFINITY }).converged).toBe(true);
    let iterations = 0;
    minimize(bowl, [3, 3], {
      gradient: bowlSlope,
      gradientTolerance: 0,
      optimizer: sgd({ learningRate: 0 }),
      onIteration: () => iterations++,
    });
    expect(iterations).toBe(1001);
  });

  test("before the next step once the signal is aborted", () => {
    const controller = new AbortController();
    const found = minimize(bowl, [3, 3], {
      gradient: bowlSlope,
      optimizer: sgd({ learningRate: 0.125 }),
      signal: controller.signal,
      onIteration: ({ iteration }) => {
        if (iteration === 2) controller.abort();
      },
    });
    expect([found.reason, found.converged, found.iterations]).toEqual(["aborted", false, 2]);
    expect(found.x).toEqual([1 + 2 * 0.75 ** 2, -2 + 5 * 0.5 ** 2]);
    const { reason, iterations, x } = minimize(bowl, [3, 3], { signal: AbortSignal.abort() });
    expect([reason, iterations, x]).toEqual(["aborted", 0, [3, 3]]);
  });
});

describe("evaluations", () => {
  // One for the value at each of iterations + 1 places, and those of the differences there.
  test.each([
    ["forward", 1 + 3],
    ["backward", 1 + 3],
    ["central", 1 + 2 * 3],
    [undefined, 1 + 2 * 3],
  ] as const)("by %s differences are all counted", (method, each) => {
    let calls = 0;
    const loss = (x: ArrayLike<number>) => {
      calls += 1;
      return (x[0] as number) + (x[1] as number) + (x[2] as number);
    };
    const { evaluations } = minimize(loss, [1, 2, 3], { ...(method && { gradient: method }), maxIterations: 4 });
    expect([evaluations, calls]).toEqual([5 * each, 5 * each]);
  });

  test("by adaptive differences are all counted", () => {
    let calls = 0;
    const loss = (x: ArrayLike<number>) => {
      calls += 1;
      return Math.cosh(x[0] as number) + Math.exp(x[1] as number) - (x[1] as number);
    };
    const { evaluations, iterations } = minimize(loss, [1, 2], { gradient: "adaptive" });
    expect(evaluations).toBe(calls);
    expect(evaluations / (2 * (iterations + 1))).toBeLessThan(20);
  });
});

describe("adaptive gradients", () => {
  test("are those of numericalGradient, in the structure of the parameters", () => {
    const loss = ({ w, s, b }: { w: ArrayLike<number>; s: ArrayLike<number>; b: number }) =>
      Math.exp((w[0] as number) + (w[1] as number) * b) + (s[0] as number) ** 2 * b;
    const x0 = { w: [0.5, -1], s: Float32Array.of(0.75), b: 2 };
    const seen: unknown[] = [];
    const expected: unknown[] = [];
    const found = minimize(loss, x0, {
      gradient: "adaptive",
      optimizer: sgd({ learningRate: 0.01 }),
      maxIterations: 3,
      onIteration: ({ x, gradient: { w, s, b } }) => {
        seen.push({ w: Float64Array.from(w), s: Float32Array.from(s), b });
        expected.push(numericalGradient(loss, x, { method: "adaptive", f0: loss(x) }));
      },
    });
    expect(seen).toEqual(expected);
    expect(seen.length).toBe(4);
    expect([found.x.w, found.x.s, typeof found.x.b]).toEqual([expect.any(Array), expect.any(Float32Array), "number"]);
  });

  test("end nearer to where the gradient is 0", () => {
    const valley = (x: number) => Math.exp(100 * x) - 100 * x; // with a third derivative that central differences see
    const options = { optimizer: sgd({ learningRate: 1e-5 }), gradientTolerance: 1e-8, maxIterations: 500 };
    const ends = (gradient: "central" | "adaptive") =>
      Math.abs(minimize(valley, 0.01 as number, { ...options, gradient }).x);
    expect(ends("adaptive")).toBeLessThan(ends("central") / 100);
  });

  test.each<[string, () => number, new () => Error, RegExp]>([
    [
      "throws",
      () => {
        throw new Error("no such thing");
      },
      Error,
      /^The loss threw at iteration 2 while params\[0\] was \S+ instead of \S+: no such thing$/,
    ],
    [
      "returns text",
      () => "1" as never,
      TypeError,
      /^The loss must return a number; it returned "1" at iteration 2 while /,
    ],
  ])("a loss that %s is named with its iteration, and gives memory back", (_, fail, type, message) => {
    const before = memoryUsage().used;
    let iteration = -1;
    let inside = false;
    const loss = (x: ArrayLike<number>) => {
      if (iteration === 1 && inside) return fail();
      inside = iteration === 1;
      return (x[0] as number) ** 2;
    };
    const onIteration = (state: { iteration: number }) => {
      iteration = state.iteration;
    };
    const call = () => minimize(loss, [1, 2], { gradient: "adaptive", onIteration });
    expect(call).toThrow(type);
    iteration = -1;
    inside = false;
    expect(call).toThrow(message);
    expect(memoryUsage().used).toBe(before);
  });

  test("end where the loss is not finite around a place", () => {
    const before = memoryUsage().used;
    const { reason, converged } = minimize(([x]) => ((x as number) > 0.7 ? (x as number) ** 2 : Number.NaN), [1], {
      gradient: "adaptive",
    });
    expect([reason, converged]).toEqual(["diverged", false]);
    expect(memoryUsage().used).toBe(before);
  });
});

describe("the lowest place", () => {
  // Momentum overshoots.
  const options = { gradient: slope, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), history: true };

  test("is what comes back, when the last is higher", () => {
    const { history, ...found } = minimize(square, 1, { ...options, maxIterations: 6 });
    const { value = [] } = history ?? {};
    const lowest = value.indexOf(Math.min(...value));
    expect(value.length).toBe(7);
    expect(lowest).toBeLessThan(6);
    const there = minimize(square, 1, { ...options, maxIterations: lowest });
    expect(found).toEqual({ ...found, x: there.x, value: there.value, gradient: there.gradient });
    expect(found).toMatchObject({ iterations: 6, reason: "maxIterations", gradient: 2 * found.x });
  });

  test("is the last of those that are as low", () => {
    const level = { gradient: () => [1], optimizer: sgd({ learningRate: 0.5 }), maxIterations: 3 };
    expect(minimize(() => 1, [2], level).x).toEqual([0.5]);
  });

  test("is where the gradient met its tolerance, though rounding made another value lower", () => {
    let calls = 0;
    const rough = (p: number) => p ** 2 + (calls++ === 10 ? -1 : 0);
    const found = minimize(rough, 2, { gradient: slope, optimizer: sgd({ learningRate: 0.25 }) });
    expect(found.reason).toBe("gradientTolerance");
    expect(Math.abs(found.gradient)).toBeLessThanOrEqual(1e-6);
    expect([found.value, found.gradient]).toEqual([found.x ** 2, 2 * found.x]);
  });
});

test("history has values and norms by iteration, as onIteration sees them", () => {
  const seen: [number[], number[]] = [[], []];
  const { history } = minimize(bowl, [3, 3], {
    maxIterations: 4,
    history: true,
    onIteration: ({ value, gradientNorm }) => {
      seen[0].push(value);
      seen[1].push(gradientNorm);
    },
  });
  expect(history).toEqual({ value: seen[0], gradientNorm: seen[1] });
  expect(seen[0].length).toBe(5);
  expect("history" in minimize(bowl, [3, 3])).toBe(false);
});

describe("rules of any kind", () => {
  test.each([
    ["prodigy", prodigy()],
    ["a chain", chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }))],
    ["averages", chain(sgd({ learningRate: 0.1 }), ema(0.9))],
    ["schedule-free", scheduleFreeSgd({ learningRate: 0.3 })],
    ["a schedule", sgd({ learningRate: (step) => 0.2 / (1 + step / 100) })],
  ])("find the bowl's bottom: %s", (_, optimizer) => {
    const { x, value } = minimize(bowl, [3, 3], { optimizer, maxIterations: 2000 });
    expect(value).toBeLessThan(1e-4);
    expect(value).toBe(bowl(x));
  });

  test("frozen parameters do not keep it from being flat, and may have no gradient", () => {
    const optimizer = sgd({ learningRate: 0.25, groups: [{ params: "b", frozen: true }] });
    const loss = ({ w, b }: { w: ArrayLike<number>; b: number }) => (w[0] as number) ** 2 + b;
    for (const gradient of [({ w }: { w: ArrayLike<number> }) => ({ w: [2 * (w[0] as number)], b: null }), "central"]) {
      const found = minimize(loss, { w: [2], b: 5 }, { optimizer, gradient: gradient as "central" });
      expect(found).toMatchObject({ reason: "gradientTolerance", x: { b: 5 } });
      expect(found.iterations).toBeGreaterThan(5);
    }
    expect(() => minimize(loss, { w: [2], b: 5 }, { optimizer, gradient: () => ({ w: null, b: null }) })).toThrow(
      new TypeError("gradient is null for a parameter that is not frozen."),
    );
  });

  test("that climb are refused", () => {
    expect(() => minimize(square, 2, { optimizer: chain(clipByGlobalNorm(1), adam({ maximize: true })) })).toThrow(
      new TypeError("minimize goes downhill; optimizer is adam with maximize."),
    );
  });
});

describe("parameters in their structure", () => {
  const start = () => ({
    w: Float64Array.of(3),
    layers: [{ n: array([[4, 5]], { dtype: "float32" }) }],
    b: 2,
    list: [1],
  });
  type Start = { w: Float64Array; layers: { n: NDArray }[]; b: number; list: number[] };
  const loss = ({
    w,
    layers,
    b,
    list,
  }: {
    w: Float64Array;
    layers: { n: NDArray }[];
    b: number;
    list: ArrayLike<number>;
  }) => (w[0] as number) ** 2 + (layers[0] as { n: NDArray }).n.get(0, 1) ** 2 + b ** 2 + (list[0] as number) ** 2;

  test("come back as copies of the caller's own, and x0 is not written", () => {
    const before = memoryUsage().used;
    const x0 = start();
    const { x, gradient } = minimize(loss, x0 as Start, {
      maxIterations: 1,
      optimizer: sgd({ learningRate: 0.5 }),
      gradient: ({ w, b }) => ({
        w,
        b,
        list: [2],
        layers: [{ n: [[0, 10]] }],
      }),
    });
    expect([x.w, x.b, x.list]).toEqual([Float64Array.of(1.5), 1, [0]]);
    expect([x.layers[0]?.n.dtype, x.layers[0]?.n.toArray()]).toEqual(["float32", [[4, 0]]]);
    expect([gradient.w, gradient.b, gradient.list]).toEqual([Float64Array.of(1.5), 1, [2]]);
    expect(gradient.layers[0]?.n.toArray()).toEqual([[0, 10]]);
    expect([x0.w, x0.b, x0.list]).toEqual([Float64Array.of(3), 2, [1]]);
    expect(x0.layers[0]?.n.toArray()).toEqual([[4, 5]]);
    for (const { layers } of [x0, x, gradient]) layers[0]?.n.free();
    expect(memoryUsage().used).toBe(before);
  });

  test("go downhill by differences", () => {
    const x0 = start();
    const { x, value, gradient } = minimize(loss, x0 as Start, {
      optimizer: sgd({ learningRate: 0.25 }),
      maxIterations: 60,
    });
    expect(value).toBeLessThan(1e-5);
    expect(x.layers[0]?.n.get(0, 0)).toBe(4);
    for (const { layers } of [x0, x, gradient]) layers[0]?.n.free();
  });

  test("onIteration sees them and the gradient in the same structure", () => {
    const x0 = start();
    const seen: unknown[] = [];
    const { x, gradient } = minimize(loss, x0 as Start, {
      maxIterations: 1,
      optimizer: sgd({ learningRate: 0.5 }),
      gradient: () => ({ w: [6], b: 4, list: [2], layers: [{ n: [[0, 10]] }] }),
      onIteration: (state) => {
        seen.push([state.iteration, state.value, state.x.w[0], state.x.b, state.x.layers[0]?.n.toArray()]);
        seen.push([state.gradient.w[0], state.gradient.b, state.gradient.layers[0]?.n.toArray(), state.gradientNorm]);
        state.x.w[0] = 99; // a view for the call, not the parameters themselves
      },
    });
    expect(seen).toEqual([
      [0, 39, 3, 2, [[4, 5]]],
      [6, 4, [[0, 10]], 10],
      [1, 0, 0, 0, [[4, 0]]],
      [6, 4, [[0, 10]], 10],
    ]);
    for (const { layers } of [x0, x, gradient]) layers[0]?.n.free();
  });
});

describe("errors", () => {
  /** A slope that never ends; the call of that number acts. */
  const at = (call: number, act: () => unknown) => {
    let calls = 0;
    return (x: ArrayLike<number>) => (calls++ === call ? act() : (x[0] as number) + (x[1] as number)) as number;
  };
  const fail = () => {
    throw new SyntaxError("no such thing");
  };
  const steps = { optimizer: sgd({ learningRate: 0.5 }), gradient: () => [1, 1] };
  const still = { optimizer: sgd({ learningRate: 0 }) };

  test.each<[string, () => unknown, object, new () => Error, RegExp]>([
    [
      "a loss that throws",
      () => minimize(at(2, fail), [1, 2], steps),
      { cause: true },
      Error,
      /^The loss threw at iteration 2: no such thing$/,
    ],
    [
      "a loss that returns NaN",
      () =>
        minimize(
          at(0, () => Number.NaN),
          [1, 2],
          steps,
        ),
      {},
      RangeError,
      /^The loss returned NaN at iteration 0; a finite number is needed\.$/,
    ],
    [
      "a loss that returns Infinity",
      () =>
        minimize(
          at(0, () => Number.POSITIVE_INFINITY),
          [1, 2],
          steps,
        ),
      {},
      RangeError,
      /^The loss returned Infinity at iteration 0/,
    ],
    [
      "a loss that returns text",
      () =>
        minimize(
          at(1, () => "1"),
          [1, 2],
          steps,
        ),
      {},
      TypeError,
      /^The loss must return a number; it returned "1" at iteration 1\.$/,
    ],
    [
      "a loss that returns a promise",
      () =>
        minimize(
          at(1, () => Promise.resolve(1)),
          [1, 2],
          steps,
        ),
      {},
      TypeError,
      /a promise at iteration 1/,
    ],
    // Five calls an iteration: the value, then two for each of the parameters.
    [
      "a loss that throws beside a place",
      () => minimize(at(5 + 3, fail), [1, 2], still),
      { cause: true },
      Error,
      /^The loss threw at iteration 1 while .*\[1\] was 1\.99998\d* instead of 2: no such thing$/,
    ],
    [
      "a loss that returns NaN beside a place",
      () =>
        minimize(
          at(1, () => Number.NaN),
          [1, 2],
          still,
        ),
      {},
      RangeError,
      /^The loss returned NaN at iteration 0 while .*\[0\] was 0\.99999\d* instead of 1;/,
    ],
    [
      "a gradient that throws",
      () => {
        let calls = 0;
        return minimize(() => 1, [1, 2], { gradient: () => (calls++ === 2 ? fail() : [1, 1]) });
      },
      { cause: true },
      Error,
      /^The gradient threw at iteration 2: no such thing$/,
    ],
    [
      "a gradient that holds NaN",
      () => minimize(() => 1, { a: [1], b: [1, 2] }, { gradient: () => ({ a: [1], b: [1, Number.NaN] }) }),
      {},
      RangeError,
      /^The gradient is not finite at iteration 0, in the entry of b\[1\]\.$/,
    ],
    [
      "a gradient that holds Infinity",
      () => minimize(() => 1, Float32Array.of(1, 2, 3), { gradient: () => [1, 1e39, 1] }),
      {},
      RangeError,
      /in the entry of .*\[1\]\.$/,
    ],
    [
      "a gradient of another shape",
      () => minimize(() => 1, [1, 2], { gradient: () => [1] }),
      {},
      RangeError,
      /^gradient must have shape \[2\]; got \[1\]\.$/,
    ],
    [
      "a gradient that is a number",
      () => minimize(() => 1, [1, 2], { gradient: () => 1 }),
      {},
      TypeError,
      /^gradient must be an array of 2 numbers; got 1\.$/,
    ],
    [
      "a gradient of another shape, later",
      () => minimize(square as never, [2], { gradient: ([p]) => ((p as number) < 2 ? [1, 2] : [1]) }),
      {},
      RangeError,
      /^gradient must have shape \[1\]; got \[2\]\.$/,
    ],
    [
      "onIteration that throws",
      () => minimize(() => 1, [1], { onIteration: fail }),
      {},
      SyntaxError,
      /^no such thing$/,
    ],
  ])("%s says so and leaves memory as it was", (_, call, { cause }: { cause?: boolean }, type, message) => {
    const before = memoryUsage().used;
    let caught: unknown;
    try {
      call();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(type);
    expect((caught as Error).message).toMatch(message);
    if (cause) expect((caught as Error).cause).toBeInstanceOf(SyntaxError);
    expect(memoryUsage().used).toBe(before);
  });

  test("a loss that puts something in the place of its parameters is told so", () => {
    const loss = (p: { w: unknown }) => bowl((p.w = Float64Array.of(1, 2)) as never);
    expect(() => minimize(loss as never, { w: [2, 1] })).toThrow(
      "The loss must not write to its parameters; it made w Float64Array of length 2 at iteration 0.",
    );
  });

  test("a parameter that is NaN and does not count was not written to", () => {
    const { x } = minimize(([p]) => (p as number) ** 2, [1, Number.NaN], {
      gradient: ([p]) => [2 * (p as number), 0],
      optimizer: sgd({ learningRate: 0.5 }),
    });
    expect(x).toEqual([0, Number.NaN]);
  });

  test("a loss that writes to its parameters is told so", () => {
    const before = memoryUsage().used;
    const sorting = (x: Float64Array) => bowl(x.sort());
    const message = "The loss must not write to its parameters; it made params[0] 1 at iteration 0.";
    expect(() => minimize(sorting, [2, 1])).toThrow(new TypeError(message));
    expect(() => minimize(sorting, [2, 1], { gradient: bowlSlope })).toThrow(new TypeError(message));
    expect(memoryUsage().used).toBe(before);
  });

  test("a gradient may be made in place, and onIteration still sees the parameters", () => {
    const seen: unknown[] = [];
    minimize((x) => (x[0] as number) ** 2, [1], {
      gradient: (x) => x.map((p, i) => (x[i] = 2 * p)),
      optimizer: sgd({ learningRate: 0.25 }),
      maxIterations: 1,
      onIteration: ({ x, gradient }) => seen.push([x[0], gradient[0]]),
    });
    expect(seen).toEqual([
      [1, 2],
      [0.5, 1],
    ]);
  });

  test.each<[unknown[], new () => Error, string]>([
    [[2, 3], TypeError, "minimize takes a loss and a start; the first is 2."],
    [[() => 1, "2"], TypeError, 'must be numbers, a float array, or a record or array of these; got "2".'],
    [[() => 1, []], RangeError, "at least one parameter"],
    [[() => 1, Int32Array.of(1)], TypeError, "must be float64 or float32"],
    [
      [() => 1, [1], { iterations: 3 }],
      TypeError,
      'minimize has no option "iterations"; it takes optimizer, gradient, ',
    ],
    [
      [() => 1, [1], { gradient: "adjoint" }],
      TypeError,
      'gradient must be a function, "central", "forward", "backward" or "adaptive"; got "adjoint".',
    ],
    [[() => 1, [1], { gradient: [1] }], TypeError, "gradient must be a function"],
    [
      [() => 1, [1], { optimizer: {} }],
      TypeError,
      "optimizer must be a rule such as sgd({ learningRate: 0.1 }); got an object",
    ],
    [[() => 1, [1], { optimizer: { init: () => ({}) } }], TypeError, "its init gave an object of class Object."],
    [[() => 1, [1], { optimizer: sgd }], TypeError, "got a function."],
    [[() => 1, [1], { optimizer: null }], TypeError, "got null."],
    [[() => 1, [1], { maxIterations: -1 }], RangeError, "maxIterations must be an integer of 0 or more; got -1."],
    [[() => 1, [1], { maxIterations: 1.5 }], RangeError, "got 1.5."],
    [[() => 1, [1], { maxIterations: Number.NaN }], RangeError, "got NaN."],
    [
      [() => 1, [1], { gradientTolerance: -1 }],
      RangeError,
      "gradientTolerance must be a finite number of 0 or more; got -1.",
    ],
    [[() => 1, [1], { gradientTolerance: "1" }], TypeError, 'gradientTolerance must be a number; got "1".'],
    [
      [() => 1, [1], { valueTolerance: Number.NaN }],
      RangeError,
      "valueTolerance must be a finite number of 0 or more; got NaN.",
    ],
    [[() => 1, [1], { maxEvaluations: -1 }], RangeError, "maxEvaluations must be an integer of 0 or more; got -1."],
    [[() => 1, [1], { maxEvaluations: "9" }], TypeError, 'maxEvaluations must be a number; got "9".'],
    [[() => 1, [1], { maxTime: -1 }], RangeError, "maxTime must be a finite number of 0 or more; got -1."],
    [[() => 1, [1], { maxTime: "1s" }], TypeError, 'maxTime must be a number; got "1s".'],
    [[() => 1, [1], { targetValue: Number.NaN }], RangeError, "targetValue must not be NaN."],
    [[() => 1, [1], { targetValue: null }], TypeError, "targetValue must be a number; got null."],
    [[() => 1, [1], { history: 1 }], TypeError, "history must be true or false; got 1."],
    [[() => 1, [1], { onIteration: 1 }], TypeError, "onIteration must be a function; got 1."],
    [[() => 1, [1], { signal: true }], TypeError, "signal must be an AbortSignal; got true."],
  ])("%o is refused", (args, type, message) => {
    const before = memoryUsage().used;
    const call = () => (minimize as (...args: unknown[]) => unknown)(...args);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
    expect(memoryUsage().used).toBe(before);
  });
});

describe("a loss may", () => {
  test("call gradient, numericalGradient and minimize itself", () => {
    // The height of the inner minimum, (p - q)² + q² / 2 over q, is p² / 3.
    const loss = (p: number): number => {
      const { value } = minimize((q: number) => (p - q) ** 2 + q ** 2 / 2, 0 as number, {
        gradient: (q) => 2 * (q - p) + q,
        optimizer: sgd({ learningRate: 0.25 }),
        gradientTolerance: 1e-12,
      });
      const [first] = gradient([value, 2 * value]); // value again
      const doubled = numericalGradient((x: number) => 2 * x, p, { absStep: 0.25 }); // 2
      return (first as number) * (doubled / 2);
    };
    const before = memoryUsage().used;
    const { x, converged } = minimize(loss, 1 as number, {
      optimizer: sgd({ learningRate: 0.5 }),
      gradientTolerance: 1e-5,
    });
    expect(converged).toBe(true);
    expect(Math.abs(x)).toBeLessThan(1e-4);
    expect(memoryUsage().used).toBe(before);
  });

  test("allocate, so that linear memory grows under it", () => {
    const plain = minimize(bowl, Float64Array.of(3, 3), { maxIterations: 5 });
    const before = memoryUsage();
    const arrays: NDArray[] = [];
    const found = minimize(
      (x) => {
        if (memoryUsage().reserved === before.reserved && arrays.length < 70) arrays.push(zeros([2 ** 21]));
        return bowl(x);
      },
      Float64Array.of(3, 3),
      { maxIterations: 5 },
    );
    expect(memoryUsage().reserved).toBeGreaterThan(before.reserved);
    expect(found).toEqual(plain);
    for (const each of arrays) each.free();
    expect(memoryUsage().used).toBe(before.used);
  });
});

test("calls keep memory flat", { timeout: 60_000 }, () => {
  const call = () => minimize(bowl, [3, 3], { maxIterations: 3 });
  call();
  const before = memoryUsage();
  for (let i = 0; i < 10_000; ++i) call();
  expect(memoryUsage()).toEqual(before);
});
