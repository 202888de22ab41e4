import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  constant,
  cosineDecay,
  cyclic,
  exponentialDecay,
  inverseSqrt,
  join,
  linearWarmup,
  multiStep,
  oneCycle,
  type Plateau,
  piecewise,
  polynomialDecay,
  reduceOnPlateau,
  type Schedule,
  sgd,
  stepDecay,
} from "../../src/index.js";
import { power, raisedCosine } from "../../src/optim/schedules/elementary.js";

type Any = never; // what no type allows, to see it refused

const MAKERS: Record<string, (...given: Any[]) => Schedule> = {
  stepDecay,
  multiStep,
  exponentialDecay,
  polynomialDecay,
  cosineDecay,
  linearWarmup,
  oneCycle,
  cyclic,
  join: (parts: [string, number, object][], boundaries: number[]) =>
    join(
      parts.map(([name, value, options]) => (MAKERS[name] as (...given: unknown[]) => Schedule)(value, options)),
      boundaries,
    ),
};

const range = (n: number) => Array.from({ length: n }, (_, k) => k);

describe("torch.optim.lr_scheduler", () => {
  const cases = readFileSync(new URL("../fixtures/schedules.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

  test.each(cases.filter(({ metrics }) => metrics === undefined))(
    "$name $arguments",
    ({ name, arguments: a, rates }) => {
      const schedule = (MAKERS[name] as (...given: unknown[]) => Schedule)(...a);
      const scale = Math.max(...rates.map(Math.abs));
      const errors = rates.map((rate: number, k: number) => Math.abs(schedule(k) - rate) / scale);
      expect(Math.max(...errors)).toBeLessThan(1e-12);
    },
  );

  test.each(cases.filter(({ metrics }) => metrics !== undefined))(
    "$name $arguments, bit for bit",
    ({ arguments: a, metrics, rates }) => {
      const plateau = reduceOnPlateau(...(a as [number, object]));
      expect(metrics.map((metric: number) => plateau.update(metric))).toEqual(rates);
      expect(new Set(rates).size).toBeGreaterThan(a[1].epsilon === undefined && a[1].patience === 4 ? 0 : 1);
    },
  );

  test("the cases are there", () => {
    const count = (name: string) => cases.filter((one) => one.name === name).length;
    expect(Object.fromEntries([...Object.keys(MAKERS), "reduceOnPlateau"].map((name) => [name, count(name)]))).toEqual({
      stepDecay: 4,
      multiStep: 3,
      exponentialDecay: 4,
      polynomialDecay: 5,
      cosineDecay: 11,
      linearWarmup: 4,
      oneCycle: 18,
      cyclic: 6,
      join: 1,
      reduceOnPlateau: 10,
    });
  });
});

/** Of mpmath with 200 bits, rounded; two are off by one unit in the last place. */
const BITS = {
  power: [0.36769542477096373, 0.2154434690031884, 0.9998367253526753, 0.011623813746748219],
  raisedCosine: [0.9504844339512095, 0.75, 0.3454915028125263, 2.4673990709169484e-6],
};

describe("elementary functions", () => {
  test("raisedCosine has its exact values, falls, and is as close as the cosine of the engine", () => {
    expect([0, 0.5, 1].map(raisedCosine)).toEqual([1, 0.5, 0]);
    let before = 1;
    for (let k = 1; k <= 4096; ++k) {
      const x = k / 4096;
      const value = raisedCosine(x);
      expect(value).toBeLessThan(before);
      expect(Math.abs(value - (1 + Math.cos(Math.PI * x)) / 2)).toBeLessThanOrEqual(2 ** -52);
      // Where the sum above cancels.
      expect(Math.abs(value / Math.cos((Math.PI * x) / 2) ** 2 - 1)).toBeLessThan(k < 4096 ? 1e-12 : Infinity);
      before = value;
    }
  });

  test("bits of powers and cosines, which no engine may change", () => {
    expect([power(0.999, 1000), power(0.1, 2 / 3), power(0.96, 0.004), power(0.3, 3.7)]).toEqual(BITS.power);
    expect([1 / 7, 1 / 3, 0.6, 0.999].map(raisedCosine)).toEqual(BITS.raisedCosine);
  });

  test("powers are those of the engine, but for the last bits", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 90, noNaN: true }),
        (x, y) => {
          expect(Math.abs(power(x, y) / x ** y - 1)).toBeLessThan(4 * 2 ** -52);
        },
      ),
    );
    expect([power(0, 0.5), power(0, 3), power(0.5, 0), power(1, 1e9), power(0.5, 1075)]).toEqual([0, 0, 1, 1, 0]);
  });
});

describe("where a schedule begins and ends", () => {
  test.each<[string, Schedule, Record<number, number>]>([
    ["constant", constant(0.3), { 0: 0.3, 1e6: 0.3 }],
    ["stepDecay", stepDecay(0.1, { every: 3 }), { 0: 0.1, 2: 0.1, 3: 0.010000000000000002 }],
    ["stepDecay to nothing", stepDecay(0.1, { every: 1, factor: 0 }), { 0: 0.1, 1: 0 }],
    ["polynomialDecay", polynomialDecay(0.1, { steps: 10, end: 0.01 }), { 0: 0.1, 10: 0.01, 99: 0.01 }],
    ["polynomialDecay upward", polynomialDecay(0.5, { steps: 2, end: 0.75 }), { 0: 0.5, 1: 0.625, 2: 0.75 }],
    ["cosineDecay", cosineDecay(0.1, { steps: 10, end: 0.03 }), { 0: 0.1, 10: 0.03, 20: 0.1, 1000: 0.1 }],
    [
      "cosineDecay with restarts",
      cosineDecay(1, { steps: 4, restartGrowth: 3 }),
      { 2: 0.5, 4: 1, 10: 0.5, 16: 1, 34: 0.5 },
    ],
    ["linearWarmup", linearWarmup(0.1, { steps: 10, from: 0.03 }), { 0: 0.03, 10: 0.1, 11: 0.1 }],
    [
      "oneCycle",
      oneCycle(0.1, { steps: 10, warmup: 0.5, divide: 10 }),
      { 0: 0.01, 4: 0.1, 9: 1e-6, 10: 1e-6, 1000: 1e-6 },
    ],
    ["oneCycle of one step", oneCycle(0.1, { steps: 1, warmup: 1 }), { 0: 0.1 }],
    ["oneCycle without warmup", oneCycle(0.1, { steps: 5, warmup: 0.2 }), { 0: 0.1 }],
    ["cyclic", cyclic(0.1, { maximum: 0.7, up: 4, down: 2 }), { 0: 0.1, 4: 0.7, 6: 0.1, 10: 0.7 }],
    ["inverseSqrt", inverseSqrt(0.1, { warmup: 100 }), { 0: 0.001, 99: 0.1, 399: 0.05 }],
    ["inverseSqrt at once", inverseSqrt(0.1, { warmup: 1 }), { 0: 0.1, 3: 0.05 }],
    ["piecewise of one point", piecewise([[5, 2]]), { 0: 2, 5: 2, 9: 2 }],
    [
      "piecewise before its first point",
      piecewise(
        [
          [5, 2],
          [6, 4],
        ],
        { interpolate: "linear" },
      ),
      { 0: 2, 6: 4, 9: 4 },
    ],
    [
      "piecewise along cosines",
      piecewise(
        [
          [0, 1],
          [4, 0],
          [6, 3],
        ],
        { interpolate: "cosine" },
      ),
      { 0: 1, 2: 0.5, 4: 0, 5: 1.5, 6: 3 },
    ],
    ["join", join([constant(1), join([constant(2), (k) => k], [2])], [3]), { 0: 1, 2: 1, 3: 2, 5: 0, 9: 4 }],
  ])("%s", (_, schedule, values) => {
    for (const [step, value] of Object.entries(values)) expect(schedule(Number(step)), `step ${step}`).toBe(value);
  });
});

describe("for all options", () => {
  const value = fc.double({ min: 1e-6, max: 10, noNaN: true });
  const steps = fc.integer({ min: 1, max: 60 });
  const falls = (schedule: Schedule, from: number, to: number, n: number) => {
    for (let k = 1; k <= n; ++k) expect(schedule(k)).toBeLessThanOrEqual(schedule(k - 1) * (1 + 2 ** -51));
    expect(Math.abs(schedule(0) - from)).toBeLessThanOrEqual(from * 2 ** -52);
    expect(schedule(n)).toBe(to);
  };

  test("decays fall from their first value to their last", () => {
    fc.assert(
      fc.property(value, value, steps, fc.double({ min: 0.1, max: 5, noNaN: true }), (a, b, n, power) => {
        const [end = 0, initial = 0] = [a, b].sort((x, y) => x - y);
        falls(polynomialDecay(initial, { steps: n, power, end }), initial, end, n);
        falls(cosineDecay(initial, { steps: n, end }), initial, end, n);
        falls(
          piecewise(
            [
              [0, initial],
              [n, end],
            ],
            { interpolate: "cosine" },
          ),
          initial,
          end,
          n,
        );
      }),
    );
  });

  test("cycles stay within their bounds", () => {
    fc.assert(
      fc.property(
        value,
        value,
        steps,
        steps,
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (a, b, up, down, warmup) => {
          const [base = 0, maximum = 0] = [a, b].sort((x, y) => x - y);
          const schedules = [
            cyclic(base, { maximum, up, down }),
            cyclic(base, { maximum, up, down, mode: "triangular2" }),
            cyclic(base, { maximum, up, down, mode: "expRange", factor: 0.97 }),
            cosineDecay(maximum, { steps: up, end: base }),
            cosineDecay(maximum, { steps: up, end: base, restartGrowth: 2 }),
            oneCycle(maximum, { steps: up + down, warmup, divide: maximum / base, finalDivide: 1 }),
            oneCycle(maximum, { steps: up + down, warmup, divide: maximum / base, finalDivide: 1, threePhase: true }),
          ];
          for (const schedule of schedules) {
            const values = range(150).map(schedule);
            expect(Math.min(...values)).toBeGreaterThanOrEqual(base * (1 - 2 ** -50));
            expect(Math.max(...values)).toBeLessThanOrEqual(maximum * (1 + 2 ** -50));
          }
        },
      ),
    );
  });

  test("join gives each schedule its own steps", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 5 }), (some) => {
        const boundaries = some.sort((x, y) => x - y);
        const schedule = join(
          [0, ...boundaries].map((_, i) => (k: number) => 1000 * i + k),
          boundaries,
        );
        const expected = range(60).map((k) => {
          const i = boundaries.filter((boundary) => boundary <= k).length;
          return 1000 * i + k - (i === 0 ? 0 : (boundaries[i - 1] as number));
        });
        expect(range(60).map(schedule)).toEqual(expected);
      }),
    );
  });

  test("multiStep at every so many steps is stepDecay; restarts of the same length repeat the first period", () => {
    fc.assert(
      fc.property(
        value,
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 1.5, noNaN: true }),
        (a, n, factor) => {
          const stairs = multiStep(a, { milestones: range(9).map((k) => (k + 1) * n), factor });
          expect(range(9 * n).map(stairs)).toEqual(range(9 * n).map(stepDecay(a, { every: n, factor })));
          const cosine = cosineDecay(a, { steps: n, restartGrowth: 1 });
          const once = cosineDecay(a, { steps: n });
          expect(range(5 * n).map(cosine)).toEqual(range(5 * n).map((k) => once(k % n)));
        },
      ),
    );
  });
});

describe("reduceOnPlateau", () => {
  test("is a schedule of its value, whatever the step", () => {
    const plateau = reduceOnPlateau(1, { patience: 0, factor: 0.5 });
    const optimizer = sgd({ learningRate: plateau }).init([0]);
    optimizer.step([1]);
    plateau.update(3);
    optimizer.step([1]);
    plateau.update(3);
    expect([plateau(), plateau(7), optimizer.learningRate]).toEqual([0.5, 0.5, 0.5]);
    optimizer.step([1]);
    expect(optimizer.params[0]).toBe(-2.5);
    optimizer.free();
  });

  test("goes on from a state that went through JSON, before the first update, too", () => {
    const options = { patience: 1, cooldown: 2, factor: 0.3 };
    const metrics = range(40).map((k) => Math.sin(k * k) / (k + 1));
    for (let stop = 0; stop < 40; ++stop) {
      const whole = reduceOnPlateau(0.1, options);
      const first = reduceOnPlateau(0.1, options);
      const second = reduceOnPlateau(7, options);
      for (const metric of metrics.slice(0, stop)) expect(first.update(metric)).toBe(whole.update(metric));
      second.state = JSON.parse(JSON.stringify(first.state));
      for (const metric of metrics.slice(stop)) expect(second.update(metric)).toBe(whole.update(metric));
      expect(second.state).toEqual(whole.state);
    }
  });

  test("its state is a copy", () => {
    const plateau = reduceOnPlateau(1);
    plateau.state.value = 5;
    const given = { ...plateau.state, value: 3 };
    plateau.state = given;
    given.value = 4;
    expect(plateau()).toBe(3);
  });

  test("what is not finite is no improvement", () => {
    const plateau = reduceOnPlateau(1, { patience: 2, factor: 0.5 });
    expect([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map(plateau.update)).toEqual([1, 1, 0.5]);
    expect(plateau.state.best).toBe(null);
  });

  test.each<[Partial<Plateau["state"]> | undefined, RegExp]>([
    [undefined, /^TypeError: The options of state must be an object; got undefined\.$/],
    [{ value: "1" as Any }, /^TypeError: state.value must be a finite number; got "1"\.$/],
    [{ best: Number.NaN }, /^RangeError: state.best must be a finite number; got NaN\.$/],
    [{ bad: 0.5 }, /^RangeError: state.bad must be an integer of 0 or more; got 0.5\.$/],
    [{ cooldown: -1 }, /^RangeError: state.cooldown must be an integer of 0 or more; got -1\.$/],
    [{ epoch: 1 } as Any, /^TypeError: state has no option "epoch"; it takes value, best, bad, cooldown\.$/],
  ])("refuses the state %j and keeps its own", (change, message) => {
    const plateau = reduceOnPlateau(1);
    const before = plateau.state;
    expect(() => {
      plateau.state = change === undefined ? (undefined as Any) : { ...before, ...change };
    }).toThrow(expect.toSatisfy((error: Error) => message.test(String(error))));
    expect(plateau.state).toEqual(before);
  });
});

describe("errors", () => {
  test.each<[string, () => unknown]>([
    ["RangeError: value must be a finite number; got NaN.", () => constant(Number.NaN)],
    ["TypeError: The options of stepDecay must be an object; got undefined.", () => stepDecay(1, undefined as Any)],
    ['TypeError: stepDecay has no option "gamma"; it takes every, factor.', () => stepDecay(1, { gamma: 1 } as Any)],
    ["TypeError: every must be an integer above 0; got undefined.", () => stepDecay(1, {} as Any)],
    ["RangeError: every must be an integer above 0; got 0.", () => stepDecay(1, { every: 0 })],
    ["RangeError: factor must be a finite number of 0 or more; got -1.", () => stepDecay(1, { every: 1, factor: -1 })],
    ['TypeError: initial must be a finite number; got "1".', () => stepDecay("1" as Any, { every: 1 })],
    ["TypeError: milestones must be an array of steps; got 3.", () => multiStep(1, { milestones: 3 as Any })],
    ["RangeError: milestones[0] must be an integer of 1 or more; got 0.", () => multiStep(1, { milestones: [0] })],
    [
      "RangeError: milestones[1] must be an integer above 5, the one before; got 5.",
      () => multiStep(1, { milestones: [5, 5] }),
    ],
    ["RangeError: factor must be a finite number above 0; got 0.", () => exponentialDecay(1, { factor: 0 })],
    ["RangeError: power must be a finite number above 0; got 0.", () => polynomialDecay(1, { steps: 1, power: 0 })],
    ["RangeError: end must be a finite number; got Infinity.", () => cosineDecay(1, { steps: 1, end: Infinity })],
    [
      "RangeError: restartGrowth must be an integer above 0; got 1.5.",
      () => cosineDecay(1, { steps: 1, restartGrowth: 1.5 }),
    ],
    ["TypeError: steps must be an integer above 0; got undefined.", () => linearWarmup(1, {} as Any)],
    ["RangeError: warmup must be a number from 0 to 1; got 2.", () => oneCycle(1, { steps: 9, warmup: 2 })],
    [
      "RangeError: warmup must be a number from 0 to 0.5 with threePhase; got 0.6.",
      () => oneCycle(1, { steps: 9, warmup: 0.6, threePhase: true }),
    ],
    [
      'RangeError: anneal must be "cosine" or "linear"; got "cos".',
      () => oneCycle(1, { steps: 9, anneal: "cos" as Any }),
    ],
    ["TypeError: threePhase must be true or false.", () => oneCycle(1, { steps: 9, threePhase: 1 as Any })],
    [
      'TypeError: mode must be "triangular" or "triangular2" or "expRange"; got 2.',
      () => cyclic(0, { maximum: 1, mode: 2 as Any }),
    ],
    [
      'TypeError: factor is for mode "expRange", which needs it; got 0.9 for triangular.',
      () => cyclic(0, { maximum: 1, factor: 0.9 }),
    ],
    [
      'TypeError: factor is for mode "expRange", which needs it; got undefined for expRange.',
      () => cyclic(0, { maximum: 1, mode: "expRange" }),
    ],
    ["RangeError: warmup must be an integer above 0; got 0.", () => inverseSqrt(1, { warmup: 0 })],
    [
      "TypeError: piecewise takes pairs of a step and a value, [[0, 0.1], [100, 0.01]]; got an array of length 0.",
      () => piecewise([]),
    ],
    [
      "RangeError: Steps[1] must be an integer above 3, the one before; got 2.",
      () =>
        piecewise([
          [3, 1],
          [2, 1],
        ]),
    ],
    ["RangeError: points[0][1] must be a finite number; got NaN.", () => piecewise([[0, Number.NaN]])],
    [
      'RangeError: interpolate must be "linear" or "cosine"; got "spline".',
      () => piecewise([[0, 1]], { interpolate: "spline" as Any }),
    ],
    ["TypeError: join takes an array of schedules; got an array of length 0.", () => join([], [])],
    ["TypeError: schedules[0] must be a schedule (step) => number; got 1.", () => join([1 as Any], [])],
    ["RangeError: 1 schedules need 0 boundaries; got 1.", () => join([constant(1)], [1])],
    ["RangeError: factor must be a number from 0 to below 1; got 1.", () => reduceOnPlateau(1, { factor: 1 })],
    ['RangeError: mode must be "min" or "max"; got "least".', () => reduceOnPlateau(1, { mode: "least" as Any })],
    ["RangeError: patience must be an integer of 0 or more; got -1.", () => reduceOnPlateau(1, { patience: -1 })],
    ['TypeError: The metric must be a number; got "1".', () => reduceOnPlateau(1).update("1" as Any)],
  ])("%s", (message, call) => {
    expect(call).toThrow(expect.toSatisfy((error: Error) => String(error) === message));
  });
});
