import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  addDecayedWeights,
  array,
  asgd,
  centralize,
  chain,
  clipByGlobalNorm,
  clipByValue,
  ema,
  lookahead,
  memoryUsage,
  minimize,
  type NDArray,
  type Rule,
  sgd,
} from "../../src/index.js";
import { makeOf, RULES } from "./table.js";

type Any = never; // what no type allows, to see it refused

const range = (n: number) => Array.from({ length: n }, (_, k) => k);
const some = (n: number, seed: number) => range(n).map((i) => Math.sin(7.3 * i + 1.7 * seed) * 10 ** (i % 3));

/** Leaves of both types, of sizes that fill SIMD lanes and that do not. */
const START = () => ({
  a: Float64Array.from(some(5, 1)),
  rest: [Float32Array.from(some(7, 2)), Float64Array.from(some(4, 3))],
  b: Float32Array.of(3),
});
const gradients = (t: number) => ({ a: some(5, t), rest: [some(7, t + 0.1), some(4, t + 0.2)], b: [Math.cos(t)] });
const flat = ({ a, rest, b }: ReturnType<typeof START>) => [...a, ...rest.flatMap((each) => [...each]), ...b];

describe("torch.nn.utils", () => {
  const lines = readFileSync(new URL("../fixtures/clipping.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");

  test.each(lines.map((line) => JSON.parse(line)))("$name $limit $dtype", ({ name, limit, dtype, start, steps }) => {
    const clip = name === "clipByValue" ? clipByValue : clipByGlobalNorm;
    const params = start.map((values: Any) => array(values, { dtype }));
    const optimizer = chain(clip(limit), sgd({ learningRate: 0.1, momentum: 0.9 })).init(params as NDArray[]);
    for (const { grads, after } of steps) {
      optimizer.step(grads);
      const errors = optimizer.params.flatMap((p, k) =>
        Array.from(p.data as Float64Array, (x, i) => Math.abs(x - after[k][i])),
      );
      expect(Math.max(...errors) / 4).toBeLessThan(dtype === "float64" ? 1e-12 : 1e-5);
    }
    optimizer.free();
    for (const each of params) each.free();
  });

  test("the cases are there", () => {
    expect(lines.length).toBe(12);
  });
});

describe("clipByGlobalNorm", () => {
  test("takes the norm over both types, and of what moves only", () => {
    const frozen = { groups: [{ params: "b", frozen: true }] };
    const optimizer = chain(clipByGlobalNorm(1), sgd({ learningRate: 1, ...frozen })).init({
      a: Float64Array.of(0),
      b: Float64Array.of(0),
      c: Float32Array.of(0),
      d: Float32Array.of(0),
    });
    optimizer.step({ a: [3], b: [100], c: [4], d: null });
    const { a, b, c, d } = optimizer.params;
    expect(a[0]).toBeCloseTo(-0.6, 6);
    expect(c[0]).toBeCloseTo(-0.8, 6);
    expect([b[0], d[0]]).toEqual([0, 0]);
    optimizer.free();
  });

  test("float32 gradients whose squares no float32 holds are scaled as well", () => {
    const optimizer = chain(clipByGlobalNorm(1), sgd({ learningRate: 1 })).init(Float32Array.of(0, 0));
    optimizer.step([3e30, 4e30]);
    expect(Array.from(optimizer.params, (x) => Number(x.toFixed(6)))).toEqual([-0.6, -0.8]);
    optimizer.free();
  });

  test("bits do not depend on which arrays are treated alike", () => {
    const values = range(6).map((k) => some(3 + k, k));
    const groups = [{ params: "[2]", momentum: 0.25 }];
    const [one, other] = [[], groups].map((groups) => {
      const rule = sgd({ learningRate: 0.5, momentum: 0.5, groups });
      const optimizer = chain(clipByGlobalNorm(0.1), rule).init(values);
      optimizer.step(values.map((_, k) => (k === 3 ? null : some(3 + k, -k))));
      optimizer.step(values.map((_, k) => (k === 2 ? null : some(3 + k, 2 * k))));
      const params = optimizer.params.map((p) => Array.from(p));
      optimizer.free();
      return params;
    });
    expect(one).toEqual(other);
  });

  test("NaN and infinity do as in torch, and nothing at all is no norm", () => {
    const rule = chain(clipByGlobalNorm(1), sgd({ learningRate: 1 }));
    for (const [grads, after] of [
      [
        [Number.NaN, 1],
        [Number.NaN, Number.NaN],
      ],
      [
        [Number.POSITIVE_INFINITY, 1],
        [Number.NaN, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ] as const) {
      const optimizer = rule.init([0, 0]);
      optimizer.step(grads);
      expect(Array.from(optimizer.params, (x) => x + 0)).toEqual(after);
      optimizer.free();
    }
    const optimizer = rule.init({ a: [1] });
    optimizer.step({ a: null });
    expect([optimizer.params.a[0], optimizer.stepCount]).toEqual([1, 1]);
    optimizer.free();
  });

  test("goes by a schedule", () => {
    const optimizer = chain(
      clipByGlobalNorm((step) => 2 ** -step),
      sgd({ learningRate: 1 }),
    ).init([0]);
    const norms = range(3).map(() => {
      const before = optimizer.params[0] as number;
      optimizer.step([5]);
      return Number((before - (optimizer.params[0] as number)).toFixed(5));
    });
    expect(norms).toEqual([1, 0.5, 0.25]);
    optimizer.free();
  });
});

test("clipByValue keeps NaN and brings infinities in", () => {
  for (const Type of [Float64Array, Float32Array]) {
    const optimizer = chain(clipByValue(2), sgd({ learningRate: 1 })).init(new Type(7) as Float64Array);
    optimizer.step([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -3, 2, Number.NaN]);
    expect(Array.from(optimizer.params)).toEqual([Number.NaN, -2, 2, -1, 2, -2, Number.NaN]);
    optimizer.free();
  }
});

describe("a composition gives the bits of the fused rule", () => {
  const decay = { weightDecay: 0.03 };
  const groups = [
    { params: "a", weightDecay: 0 },
    { params: /^rest/, weightDecay: 0.5 },
  ];
  test.each<[string, Rule, Rule]>([
    ["sgd", chain(addDecayedWeights(0.03), sgd()), sgd(decay)],
    ["sgd with momentum", chain(addDecayedWeights(0.03), sgd({ momentum: 0.9 })), sgd({ momentum: 0.9, ...decay })],
    ["adam", chain(addDecayedWeights(0.03), adam()), adam(decay)],
    ["groups", chain(addDecayedWeights(0.03, { groups }), sgd()), sgd({ ...decay, groups })],
    [
      "a schedule",
      chain(
        addDecayedWeights((k) => 1 / (k + 1)),
        sgd(),
      ),
      sgd({ weightDecay: (k) => 1 / (k + 1) }),
    ],
    ["a chain of one", chain(adamw(decay)), adamw(decay)],
    ["chains in chains", chain(chain(clipByValue(1e9), chain(addDecayedWeights(0.03))), adam()), adam(decay)],
  ])("%s", (_, composed, fused) => {
    const one = composed.init(START());
    const other = fused.init(START());
    for (let t = 0; t < 6; ++t) {
      const grads = t === 3 ? { ...gradients(t), a: null } : gradients(t);
      one.step(grads);
      other.step(grads);
      expect(one.params).toEqual(other.params);
    }
    expect(one.params).not.toEqual(START());
    one.free();
    other.free();
  });

  test("order counts: what is decayed after clipping is not clipped", () => {
    const step = (...rules: Rule[]) => {
      const optimizer = chain(...rules, sgd({ learningRate: 1 })).init([10]);
      optimizer.step([5]);
      const [moved] = optimizer.params;
      optimizer.free();
      return moved;
    };
    expect(step(clipByValue(1), addDecayedWeights(0.25))).toBe(6.5);
    expect(step(addDecayedWeights(0.25), clipByValue(1))).toBe(9);
  });
});

describe("centralize", () => {
  const mean = (row: readonly number[]) => {
    const sums = [0, 0, 0, 0];
    const whole = 4 * Math.floor(row.length / 4);
    row.forEach((x, i) => {
      (sums[i < whole ? i % 4 : 0] as number) += x;
    });
    const [a = 0, b = 0, c = 0, d = 0] = sums;
    return (a + b + (c + d)) / row.length;
  };

  test.each(["float64", "float32"] as const)("subtracts the mean of each row, %s", (dtype) => {
    const round = dtype === "float32" ? Math.fround : (x: number) => x;
    for (const shape of [
      [1, 2],
      [3, 4],
      [2, 5],
      [4, 3, 3],
      [2, 1, 9],
      [5, 2, 2, 2],
    ]) {
      const [rows = 0] = shape;
      const size = shape.reduce((x, y) => x * y);
      const g = some(size, rows).map(round);
      const zero = array(new Array(size).fill(0), { shape, dtype });
      const optimizer = chain(centralize(), sgd({ learningRate: 1, maximize: true })).init(zero);
      optimizer.step(g);
      const expected = range(rows).flatMap((i) => {
        const row = g.slice((i * size) / rows, ((i + 1) * size) / rows);
        return row.map((x) => round(x - round(mean(row))));
      });
      expect(Array.from(optimizer.params.data as Float64Array)).toEqual(expected);
      optimizer.free();
      zero.free();
    }
  });

  test("leaves vectors, numbers and rows of one alone", () => {
    const column = array([[0], [0]]);
    const optimizer = chain(centralize(), sgd({ learningRate: 1 })).init({ v: [0, 0], n: 0, column });
    optimizer.step({ v: [1, 3], n: 5, column: [[1], [3]] });
    expect([...optimizer.params.v, optimizer.params.n, ...optimizer.params.column.toArray().flat(2)]).toEqual([
      -1, -3, -5, -1, -3,
    ]);
    optimizer.free();
    column.free();
  });
});

describe("ema", () => {
  test("is the plain loop, in both types, where a gradient is missing, too", () => {
    const optimizer = chain(adam({ learningRate: 0.1 }), ema(0.75)).init(START());
    const { rest } = optimizer.params;
    const leaves = () => [optimizer.params.a, ...rest, optimizer.params.b].map((p) => p.slice());
    const averages: (Float64Array | Float32Array | undefined)[] = [undefined, undefined, undefined, undefined];
    for (let t = 0; t < 9; ++t) {
      const absent = t % 4 === 1;
      optimizer.step(absent ? { ...gradients(t), a: null } : gradients(t));
      for (const [k, p] of leaves().entries()) {
        if (absent && k === 0) continue;
        const round = p instanceof Float32Array ? Math.fround : (x: number) => x;
        averages[k] = averages[k]?.map((x, i) => round(0.75 * x) + round(0.25 * (p[i] as number))) ?? p;
      }
      const trained = leaves();
      optimizer.swap();
      expect(optimizer.swapped).toBe(true);
      expect(leaves()).toEqual(averages);
      optimizer.swap();
      expect(optimizer.swapped).toBe(false);
      expect(leaves()).toEqual(trained);
    }
    optimizer.free();
  });

  test("exchanges large arrays", () => {
    const optimizer = chain(sgd({ learningRate: 1 }), ema(0.5)).init(new Float32Array(600_001));
    const first = Float32Array.from({ length: 600_001 }, (_, i) => i + 1);
    const is = (factor: number) => optimizer.params.every((x, i) => x === factor * (first[i] as number));
    optimizer.step(first);
    optimizer.step(first);
    optimizer.swap();
    expect([is(-1.5), is(-2)]).toEqual([true, false]);
    optimizer.swap();
    expect(is(-2)).toBe(true);
    optimizer.free();
  });

  test("what has made no step stays: before the first one, frozen, or without a gradient", () => {
    const rule = chain(sgd({ learningRate: 1, groups: [{ params: "b", frozen: true }] }), ema(0.5));
    const optimizer = rule.init({ a: [1], b: [2], c: [3] });
    optimizer.swap();
    expect(optimizer.params).toEqual({ a: Float64Array.of(1), b: Float64Array.of(2), c: Float64Array.of(3) });
    optimizer.swap();
    optimizer.step({ a: [1], b: [1], c: null });
    optimizer.step({ a: [2], b: [1], c: null });
    optimizer.swap();
    expect(optimizer.params).toEqual({ a: Float64Array.of(-1), b: Float64Array.of(2), c: Float64Array.of(3) });
    optimizer.free();
  });

  test("refuses what goes wrong while swapped, and changes nothing", () => {
    const optimizer = chain(sgd({ learningRate: 1 }), ema(0.5)).init([1]);
    optimizer.step([1]);
    optimizer.step([2]);
    const file = optimizer.save();
    optimizer.swap();
    const message = "The averages of the parameters are in their place: swap() back before";
    expect(() => optimizer.step([1])).toThrow(new TypeError(`${message} step.`));
    expect(() => optimizer.save()).toThrow(new TypeError(`${message} save.`));
    expect([optimizer.params[0], optimizer.stepCount]).toEqual([-1, 2]);
    optimizer.load(file); // of parameters that were in their place
    expect([optimizer.params[0], optimizer.swapped]).toEqual([-2, false]);
    optimizer.step([1]);
    optimizer.swap();
    expect(optimizer.params[0]).toBe(-2);
    optimizer.free();
    expect(() => optimizer.swap()).toThrow(/freed/);
  });

  test("swap without averages says what has them", () => {
    const optimizer = chain(clipByValue(1), sgd()).init([1]);
    expect(() => optimizer.swap()).toThrow(
      new TypeError("swap needs a rule that keeps averages, as chain(adam(), ema(0.999)) does."),
    );
    optimizer.free();
  });
});

const free = RULES.filter(({ name }) => name.startsWith("scheduleFree"));
const others = RULES.filter((row) => !free.includes(row));
const slopes = (t: number, p: ArrayLike<number>) => Array.from(p, (x, i) => Math.sin(t * (i + 1)) + x / 3);

describe.each(others.map(({ name }) => name))("%s", (name) => {
  const [β, steps, α] = [0.75, 3, 0.5];

  test("with ema is the same rule, and the averages are those of a plain loop", () => {
    const both = chain(makeOf(name)(), ema(β)).init([1, -2, 3]);
    const alone = makeOf(name)().init([1, -2, 3]);
    let average: number[] = [];
    for (let t = 0; t < 9; ++t) {
      const grads = slopes(t, alone.params);
      both.step(grads);
      alone.step(grads);
      average = Array.from(alone.params, (x, i) => (t === 0 ? x : β * (average[i] as number) + (1 - β) * x));
      expect(both.params).toEqual(alone.params);
    }
    both.swap();
    expect([...both.params]).toEqual(average);
    both.swap();
    expect(both.params).toEqual(alone.params);
    for (const optimizer of [both, alone]) optimizer.free();
  });

  test("with lookahead is the plain loop", () => {
    const both = chain(makeOf(name)(), lookahead({ steps, alpha: α })).init([1, -2, 3]);
    const alone = makeOf(name)().init([1, -2, 3]);
    const slow = [1, -2, 3];
    for (let t = 1; t < 11; ++t) {
      const grads = slopes(t, alone.params);
      both.step(grads);
      alone.step(grads);
      for (const [i, x] of t % steps === 0 ? Array.from(alone.params).entries() : []) {
        slow[i] = (slow[i] as number) + α * (x - (slow[i] as number));
        alone.params[i] = slow[i] as number;
      }
      expect(both.params).toEqual(alone.params);
    }
    for (const optimizer of [both, alone]) optimizer.free();
  });
});

test.each(free.map(({ name }) => name))("%s is refused with what averages or moves its parameters", (name) => {
  for (const [what, wrapper] of Object.entries({ ema: ema(0.9), lookahead: lookahead() })) {
    expect(() => chain(makeOf(name)(), wrapper)).toThrow(
      `${what} has no place after ${name}, whose parameters lie between its steps and its average: moved, they would spoil it, and what counts is that average, by swap().`,
    );
  }
});

test("asgd with ema goes on after load, with the averages of both", () => {
  const make = () => chain(asgd({ t0: 2 }), ema(0.5)).init([1, 2]);
  const [whole, resumed] = [make(), make()];
  for (let t = 0; t < 5; ++t) whole.step(slopes(t, whole.params));
  resumed.load(whole.save());
  for (let t = 5; t < 9; ++t) for (const one of [whole, resumed]) one.step(slopes(t, one.params));
  expect(resumed.save()).toEqual(whole.save());
  for (const one of [whole, resumed]) one.free();
});

describe("lookahead", () => {
  test.each([
    [5, 0.5],
    [3, 0.8],
    [1, 0.25],
    [4, 1],
  ])("is the plain loop, %d steps, α = %d", (steps, alpha) => {
    const rule = sgd({ learningRate: 0.1, momentum: 0.9 });
    const optimizer = chain(rule, lookahead({ steps, alpha })).init(START());
    const plain = rule.init(START());
    const slow = { a: START().a, rest: START().rest, b: START().b };
    const counts = { a: 0, others: 0 };
    for (let t = 0; t < 17; ++t) {
      const absent = t === 6;
      const grads = absent ? { ...gradients(t), a: null } : gradients(t);
      optimizer.step(grads);
      plain.step(grads);
      counts.others += 1;
      if (!absent) counts.a += 1;
      const pull = (p: Float64Array | Float32Array, φ: Float64Array | Float32Array) => {
        const round = p instanceof Float32Array ? Math.fround : (x: number) => x;
        p.forEach((x, i) => {
          const before = φ[i] as number;
          φ[i] = before + round(round(alpha) * round(x - before));
          p[i] = φ[i] as number;
        });
      };
      const { params } = plain;
      if (!absent && counts.a % steps === 0) pull(params.a, slow.a);
      if (counts.others % steps === 0) {
        for (const [k, p] of params.rest.entries()) pull(p, slow.rest[k] as Float64Array);
        pull(params.b, slow.b);
      }
      expect(optimizer.params, `step ${t}`).toEqual(params);
    }
    optimizer.free();
    plain.free();
  });

  test("begins where the parameters are at the first step, not where they were made", () => {
    const optimizer = chain(sgd({ learningRate: 1 }), lookahead({ steps: 1 })).init([100]);
    optimizer.params[0] = 4;
    optimizer.step([2]);
    expect(optimizer.params[0]).toBe(3);
    optimizer.free();
  });

  test("its slow weights can be averaged", () => {
    const optimizer = chain(sgd({ learningRate: 1 }), lookahead({ steps: 1 }), ema(0.5)).init([4]);
    optimizer.step([2]);
    optimizer.step([2]);
    optimizer.swap();
    expect(optimizer.params[0]).toBe(2.5);
    optimizer.free();
  });
});

describe("chains", () => {
  const rule = () =>
    chain(
      clipByGlobalNorm(3),
      centralize(),
      addDecayedWeights(0.01),
      adam({ learningRate: (step) => 0.1 / (step + 1), groups: [{ params: "b", frozen: true }] }),
      lookahead({ steps: 3 }),
      ema(0.9),
    );

  test("go on bit for bit from what they saved", () => {
    const whole = rule().init(START());
    for (let t = 0; t < 4; ++t) whole.step(t === 2 ? { ...gradients(t), a: null } : gradients(t));
    const later = rule().init(START());
    later.load(whole.save());
    for (let t = 4; t < 9; ++t) for (const each of [whole, later]) each.step(gradients(t));
    expect(later.params).toEqual(whole.params);
    for (const each of [whole, later]) each.swap();
    expect(later.params).toEqual(whole.params);
    expect(flat(later.params as Any)).not.toContain(Number.NaN);
    for (const each of [whole, later]) each.free();
  });

  test("set the learning rate of their rule, and leave nothing behind", () => {
    const { used } = memoryUsage();
    const optimizer = rule().init(START());
    expect(optimizer.learningRate).toBe(0.1);
    optimizer.learningRate = 0.5;
    expect(optimizer.learningRate).toBe(0.5);
    optimizer.free();
    expect(memoryUsage().used).toBe(used);
  });

  test("minimize", () => {
    const { x, converged, gradient } = minimize(([x = 0, y = 0]) => (x - 1) ** 2 + 10 * y ** 2, [30, -20], {
      optimizer: chain(clipByGlobalNorm(5), sgd({ learningRate: 0.05 })),
    });
    expect(converged).toBe(true);
    expect(x.map((each) => each.toFixed(5))).toEqual(["1.00000", "-0.00000"]);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-6);
  });

  test.each<[string, () => unknown]>([
    ["TypeError: chain takes rules such as clipByGlobalNorm(1) and adam(); got none.", () => chain()],
    [
      "TypeError: chain takes rules such as clipByGlobalNorm(1) and adam(); number 2 is a function.",
      () => chain(sgd(), ema as Any),
    ],
    [
      "TypeError: clipByValue, ema moves no parameters: chain it with a rule, as in chain(clipByGlobalNorm(1), adam()).",
      () => chain(clipByValue(1), ema(0.9)).init([1]),
    ],
    [
      "TypeError: centralize moves no parameters: chain it with a rule, as in chain(clipByGlobalNorm(1), adam()).",
      () => centralize().init([1]),
    ],
    [
      "TypeError: clipByValue changes the gradient and has no effect after sgd; put it before.",
      () => chain(sgd(), clipByValue(1)),
    ],
    ["TypeError: A chain has one rule that moves the parameters; sgd and adam both do.", () => chain(sgd(), adam())],
    [
      "TypeError: ema goes by what sgd makes of the parameters; put it after.",
      () => chain(clipByValue(1), ema(0.9), sgd()),
    ],
    [
      "TypeError: A chain has one rule that keeps averages; ema and ema both do.",
      () => chain(sgd(), ema(0.9), ema(0.5)),
    ],
    ["RangeError: maximum must be a finite number above 0; got 0.", () => clipByGlobalNorm(0)],
    [
      "TypeError: maximum must be a finite number above 0, or a schedule (step) => number; got undefined.",
      () => (clipByGlobalNorm as () => Rule)(),
    ],
    ["RangeError: limit must be a finite number above 0; got -1.", () => clipByValue(-1)],
    ["RangeError: weightDecay must be a finite number of 0 or more; got -1.", () => addDecayedWeights(-1)],
    [
      'TypeError: addDecayedWeights has no option "mask"; it takes weightDecay, groups.',
      () => addDecayedWeights(1, { mask: 1 } as Any),
    ],
    ["RangeError: decay must be a number from 0 to below 1; got 1.", () => ema(1)],
    ["RangeError: steps must be an integer from 1 to 2^32 - 1; got 1.5.", () => lookahead({ steps: 1.5 })],
    ["RangeError: alpha must be a number above 0, at most 1; got 0.", () => lookahead({ alpha: 0 })],
  ])("%s", (message, call) => {
    expect(call).toThrow(expect.toSatisfy((error: Error) => String(error) === message));
  });
});
