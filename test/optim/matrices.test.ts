/** The rules that go array by array, and partition, which gives what is no matrix to another one. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  adafactor,
  adam,
  adamw,
  array,
  chain,
  clipByGlobalNorm,
  lamb,
  memoryUsage,
  muon,
  type NDArray,
  partition,
  type Rule,
} from "../../src/index.js";

/** A line of matrices.jsonl, which matrices.py describes. */
interface Trajectory {
  readonly rule: "lamb" | "adafactor" | "muon";
  readonly dtype: "float64" | "float32";
  readonly shape: readonly number[];
  readonly options: object;
  readonly start: readonly number[];
  readonly after: Readonly<Record<number, readonly number[]>>;
}

const TRAJECTORIES: readonly Trajectory[] = readFileSync(new URL("../fixtures/matrices.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));
const RULES = { lamb, adafactor, muon };
const matrices = (_: string, shape: readonly number[]) => shape.length === 2;
const some = (n: number, seed: number) => Float64Array.from({ length: n }, (_, i) => Math.sin(7.3 * i + 1.7 * seed));

/** An odd neighbour before the array, so that its vectors are not aligned. */
function start({ dtype, shape, start }: Trajectory): { pad: NDArray; w: NDArray } {
  const make = (values: readonly number[], shape: readonly number[]) =>
    array(Float64Array.from(values), { shape: [...shape], dtype }) as NDArray;
  return { pad: make([1], [1, 1]), w: make(start, shape) };
}

describe("goes where its source does", () => {
  test.each(TRAJECTORIES)("$rule $dtype $shape $options", (trajectory) => {
    const { rule, dtype, shape, options, after } = trajectory;
    const optimizer = RULES[rule](options).init(start(trajectory));
    let worst = 0;
    for (let t = 0; t < 100; ++t) {
      const p = optimizer.params.w.data as Float64Array;
      const g = optimizer.gradients.w.data as Float64Array;
      // In the type of the array at every operation, as NumPy does it.
      for (let i = 0; i < p.length; ++i) g[i] = ((i + 1) / 2) * (p[i] as number);
      for (let i = 0; i < p.length; ++i) g[i] = (g[i] as number) + ((t % 5) - 2) / 8;
      optimizer.step();
      const expected = after[t + 1];
      if (expected === undefined) continue;
      const scale = Math.max(...expected.map(Math.abs));
      worst = Math.max(worst, ...expected.map((x, i) => Math.abs(x - (p[i] as number)) / scale));
    }
    expect(worst).toBeLessThan(dtype === "float64" ? 1e-12 : 1e-5);
    expect(optimizer.params.w.shape).toEqual(shape);
    optimizer.free();
  });
});

test.each(Object.entries(RULES))(
  "%s goes on from what it saved, bit for bit",
  (_, rule: (options?: object) => Rule) => {
    const params = { a: array([[1, 2, 3], [4, 5, 7]]), b: array(new Float32Array(6), { shape: [3, 2] }) }; // biome-ignore format: rows
    const first = rule().init(params);
    const second = rule().init(params);
    const grads = (t: number) => ({ a: { data: some(6, t), shape: [2, 3] }, b: t % 2 ? some(6, -t) : null });
    for (let t = 1; t <= 5; ++t) first.step(grads(t));
    second.load(first.save());
    for (let t = 6; t <= 9; ++t) for (const each of [first, second]) each.step(grads(t));
    for (const name of ["a", "b"] as const) expect(second.params[name].data).toEqual(first.params[name].data);
    for (const each of [first, second]) each.free();
  },
);

test("the state of adafactor is as large as the rows and columns of its matrices", () => {
  const before = memoryUsage().used;
  const w = array(new Float32Array(2 ** 18), { shape: [512, 512] });
  const optimizer = adafactor().init({ w });
  const { used } = memoryUsage();
  expect(used - before).toBeLessThan(3 * 2 ** 20 + 2 ** 14); // w, parameters and gradient
  optimizer.step({ w });
  expect(memoryUsage().used).toBe(used);
  for (const each of [optimizer, w]) each.free();
});

test("lamb steps by the learning rate itself where a norm is 0", () => {
  const optimizer = lamb({ learningRate: 0.5, epsilon: 0 }).init([0, 0]);
  optimizer.step([4, 4]);
  expect(optimizer.params).toEqual(Float64Array.of(-0.5, -0.5));
  optimizer.free();
});

test("muon refuses what is no matrix, but for what is frozen", () => {
  const before = memoryUsage().used;
  const params = { w: array([[1, 2]]), b: [1, 2] };
  expect(() => muon().init(params)).toThrow(
    new TypeError(
      "muon moves matrices; b has shape [2]: give it to another rule, as in partition((path, shape) => shape.length === 2, muon(), adamw()).",
    ),
  );
  const optimizer = muon({ groups: [{ params: "b", frozen: true }] }).init(params);
  optimizer.step({ w: [[1, 1]], b: [1, 1] });
  expect(optimizer.params.b).toEqual(Float64Array.of(1, 2));
  for (const each of [optimizer, params.w]) each.free();
  expect(memoryUsage().used).toBe(before);
});

describe("partition", () => {
  const params = { w: array([[1, 2, 3], [4, 5, 7]]), a: [1, 2, 3], b: Float32Array.of(1, 2) }; // biome-ignore format: rows
  const grads = (t: number) => ({ w: { data: some(6, t), shape: [2, 3] }, a: t % 2 ? some(3, -t) : null, b: [t, 1] });

  test("moves each parameter as the rule that it belongs to does alone", () => {
    const both = partition(matrices, muon(), adamw({ learningRate: 0.1 })).init(params);
    const ofMuon = muon().init({ w: params.w });
    const ofAdamw = adamw({ learningRate: 0.1 }).init({ a: params.a, b: params.b });
    for (let t = 1; t <= 5; ++t) {
      const { w, a, b } = grads(t);
      both.step({ w, a, b });
      ofMuon.step({ w });
      ofAdamw.step({ a, b });
    }
    expect(both.params.w.data).toEqual(ofMuon.params.w.data);
    expect({ a: both.params.a, b: both.params.b }).toEqual({ ...ofAdamw.params });
    for (const each of [both, ofMuon, ofAdamw]) each.free();
  });

  test("goes on from what it saved, in a chain, with frozen parameters", () => {
    const frozen = { groups: [{ params: "a", frozen: true }] };
    const rule = chain(clipByGlobalNorm(1), partition("w", muon(), adam(frozen)));
    const [first, second] = [rule.init(params), rule.init(params)];
    for (let t = 1; t <= 5; ++t) first.step(grads(t));
    second.load(first.save());
    for (let t = 6; t <= 9; ++t) for (const each of [first, second]) each.step(grads(t));
    expect(second.params.w.data).toEqual(first.params.w.data);
    expect({ a: second.params.a, b: second.params.b }).toEqual({ a: first.params.a, b: first.params.b });
    expect(second.params.a).toEqual(Float64Array.of(1, 2, 3));
    for (const each of [first, second]) each.free();
  });

  test("keeps state for the parameters of each rule only", () => {
    const large = { w: array(new Float32Array(2 ** 16), { shape: [2 ** 15, 2] }), b: [1] };
    const { used } = memoryUsage();
    const optimizer = partition("b", adam(), muon()).init(large);
    // 7 times w: parameters, gradient, one momentum, and twice the matrix with 4 rows as scratch. Moments of w would be 2.
    expect(memoryUsage().used - used).toBeLessThan(8 * 2 ** 18);
    for (const each of [optimizer, large.w]) each.free();
  });

  test("refuses what selects nothing, and a third rule", () => {
    expect(() => partition(1 as never, muon(), adam())).toThrow(
      new TypeError('params must be a path such as "layers[0].bias", a regular expression or a function of them.'),
    );
    expect(() => chain(partition("w", muon(), adam()), adamw())).toThrow(
      new TypeError("A chain has one rule that moves the parameters; adam and adamw both do."),
    );
  });
});
