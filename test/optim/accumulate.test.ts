import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adam, array, chain, clipByGlobalNorm, memoryUsage, type NDArray, sgd } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused

describe("accumulate", () => {
  test("micro-batches make the step of one batch, to the bit where their sums are exact", () => {
    const eighths = fc.integer({ min: -800, max: 800 }).map((x) => x / 8);
    const batch = fc.array(fc.record({ w: fc.array(eighths, { minLength: 5, maxLength: 5 }), b: eighths }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(batch, fc.boolean(), (batches, single) => {
        const w = single ? Float32Array.of(1, 2, 3, 4, 5) : [1, 2, 3, 4, 5];
        const rule = chain(clipByGlobalNorm(50), adam({ learningRate: 0.1 }));
        const one = rule.init({ w, b: 1 });
        const other = rule.init({ w, b: 1 });
        for (let t = 0; t < 3; ++t) {
          one.zeroGradients();
          for (const { w, b } of batches) one.accumulate({ w, b }, 1 / 4);
          one.step();
          const sum = (of: (batch: { w: number[]; b: number }) => number) =>
            batches.reduce((total, each) => total + of(each), 0) / 4;
          other.step({ w: [0, 1, 2, 3, 4].map((i) => sum(({ w }) => w[i] as number)), b: sum(({ b }) => b) });
        }
        expect(one.params).toEqual(other.params);
        for (const each of [one, other]) each.free();
      }),
    );
  });

  test("takes what step takes: numbers, arrays of any kind, and more than is brought in at a time", () => {
    const n = 40_001;
    const start = { big: new Float32Array(n), m: array([[0, 0]]), list: [0], n: 0 };
    const optimizer = sgd({ learningRate: 1 }).init(start as typeof start & { m: NDArray });
    const big = Array.from({ length: n }, (_, i) => i + 1);
    const m = array([[1, 2]], { dtype: "float32" });
    optimizer.accumulate({ big, m, list: Int8Array.of(3), n: 4 });
    optimizer.accumulate({ big: Float64Array.from(big), m: [[1, 2]], list: [3], n: 4 }, -3);
    expect(optimizer.gradients.big.every((x, i) => x === -2 * (i + 1))).toBe(true);
    expect(optimizer.gradients.m.toArray()).toEqual([[-2, -4]]);
    expect([optimizer.gradients.list, optimizer.gradients.n]).toEqual([Float64Array.of(-6), -8]);
    optimizer.step();
    expect(optimizer.params.n).toBe(8);
    optimizer.zeroGradients();
    expect(optimizer.gradients.big.every((x) => x === 0)).toBe(true);
    expect([optimizer.gradients.list, optimizer.gradients.n]).toEqual([Float64Array.of(0), 0]);
    optimizer.free();
    for (const each of [start.m, m]) each.free();
  });

  test("its own gradients may be added to themselves", () => {
    const optimizer = sgd().init([0, 0, 0]);
    optimizer.gradients.set([1, 2, 3]);
    optimizer.accumulate(optimizer.gradients);
    expect(optimizer.gradients).toEqual(Float64Array.of(2, 4, 6));
    optimizer.free();
  });

  test("a step leaves the gradients, and goes on from what was written into them", () => {
    const optimizer = sgd({ learningRate: 1 }).init([0]);
    optimizer.accumulate([1]);
    optimizer.step();
    optimizer.accumulate([1]);
    optimizer.gradients[0] = 10 * (optimizer.gradients[0] as number);
    optimizer.step();
    expect([optimizer.gradients[0], optimizer.params[0]]).toEqual([20, -21]);
    optimizer.free();
  });

  test("null adds nothing; nothing but null leaves parameters, state and count as they are", () => {
    const rule = adam({ learningRate: 0.1 });
    const one = rule.init({ a: [1], b: [1] });
    const other = rule.init({ a: [1], b: [1] });
    for (const [first, second] of [
      [
        { a: [1], b: [2] },
        { a: [3], b: null },
      ],
      [
        { a: [1], b: null },
        { a: [3], b: null },
      ],
      [
        { a: null, b: null },
        { a: [3], b: [5] },
      ],
    ]) {
      one.zeroGradients();
      one.accumulate(first);
      one.accumulate(second);
      one.step();
    }
    other.step({ a: [4], b: [2] });
    other.step({ a: [4], b: null });
    other.step({ a: [3], b: [5] });
    expect(one.params).toEqual(other.params);
    one.zeroGradients();
    one.step(); // along zeros: what was missing moves on
    other.step({ a: [0], b: [0] });
    expect(one.params).toEqual(other.params);
    for (const each of [one, other]) each.free();
  });

  test("frozen parameters stay, and what is added to them is no matter", () => {
    const optimizer = sgd({ learningRate: 1, groups: [{ params: "b", frozen: true }] }).init({ a: [0], b: [0] });
    optimizer.accumulate({ a: [1], b: [1] });
    optimizer.accumulate({ a: null, b: [1] });
    optimizer.step();
    expect(optimizer.params).toEqual({ a: Float64Array.of(-1), b: Float64Array.of(0) });
    optimizer.free();
  });

  test("adds all or nothing", () => {
    const optimizer = sgd({ learningRate: 1 }).init({ a: [0, 0], b: [0] });
    optimizer.accumulate({ a: [1, 2], b: [3] });
    const { used } = memoryUsage();
    for (const [grads, scale, message] of [
      [{ a: [1, 1], b: [1, 2] }, 1, /^RangeError: grads.b must have shape \[1\]; got \[2\]\.$/],
      [{ a: [1, 1] }, 1, /^TypeError: grads.b must be an array of 1 numbers; got undefined\.$/],
      [[1], 1, /^TypeError: grads must have the fields a, b/],
      [{ a: null, b: null }, Number.NaN, /^RangeError: scale must be a finite number; got NaN\.$/],
      [{ a: [1, 1], b: [1] }, "2", /^TypeError: scale must be a number; got "2"\.$/],
    ] as const) {
      expect(() => optimizer.accumulate(grads, scale as Any)).toThrow(
        expect.toSatisfy((error: Error) => message.test(String(error))),
      );
    }
    expect(optimizer.gradients).toEqual({ a: Float64Array.of(1, 2), b: Float64Array.of(3) });
    expect(memoryUsage().used).toBe(used);
    optimizer.step();
    expect(optimizer.params.b[0]).toBe(-3);
    optimizer.free();
    expect(() => optimizer.accumulate({ a: [1, 1], b: [1] })).toThrow(/freed/);
    expect(() => optimizer.zeroGradients()).toThrow(/freed/);
  });
});
