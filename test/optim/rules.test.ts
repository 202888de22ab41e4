/** What holds of every rule that takes arrays of any shape. */
import { describe, expect, test } from "vitest";
import { memoryUsage, type Optimizer, prodigy, rmsprop, rprop, sgd } from "../../src/index.js";
import { type Make, makeOf, RULES, TRAJECTORIES, type Trajectory } from "./table.js";

type Floats = Float64Array | Float32Array;
type Options = Readonly<Record<string, unknown>>;
type Free = Pick<Optimizer, "step" | "swap" | "save" | "load" | "stepCount" | "free"> & {
  readonly params: Floats & { a: Floats; b: Floats };
};

const TYPES = [Float64Array, Float32Array];
const init = (rule: Make, options: object, params: object) => rule(options).init(params as never) as unknown as Free;
const some = (n: number, seed: number) =>
  Array.from({ length: n }, (_, i) => Math.sin(7.3 * i + 1.7 * seed) * 10 ** ((i % 5) - 2));

/** Options with a hyperparameter, or an element of a pair, set. */
function having(options: Options, name: string, value: unknown): Options {
  const [, pair, i] = /^(\w+)\[(\d)\]$/.exec(name) ?? [];
  if (pair === undefined) return { ...options, [name]: value };
  const other = { etas: [0.5, 1.2], stepSizes: [0, 50] }[pair] as unknown[];
  return { ...options, [pair]: other.with(Number(i), value) };
}

const SPLIT = 3;

/** An optimizer that made the steps of a trajectory, and the largest error on the way. */
function train({ rule, dtype, options, group, start, after }: Trajectory): { optimizer: Free; worst: number } {
  const values = (dtype === "float64" ? Float64Array : Float32Array).from(start);
  const grouped = group && { groups: [{ params: "b", ...group }] };
  const cut = group ? SPLIT : values.length;
  const params = { a: values.slice(0, cut), b: values.slice(cut) };
  const later = (rate: unknown) => (step: number) => (step < 60 ? Number(rate) : Number(rate) / 4);
  const scheduled = <O extends object>(own: O) =>
    "learningRate" in own ? { ...own, learningRate: later(own.learningRate) } : own;
  const groups = grouped?.groups.map(scheduled);
  const optimizer = init(makeOf(rule), { ...scheduled(options), ...(groups && { groups }) }, params);
  let worst = 0;
  for (let t = 0; t < 100; ++t) {
    const { a, b } = optimizer.params;
    const along = (p: Floats, first: number) => p.map((x, i) => ((first + i + 1) / 2) * x + ((t % 5) - 2) / 8);
    optimizer.step({ a: along(a, 0), b: group && t % 3 === 1 ? null : along(b, cut) });
    const expected = after[t + 1];
    if (expected === undefined) continue;
    // Relative to the largest parameter: those that have come near 0 are differences of larger numbers.
    const scale = Math.max(...expected.map(Math.abs));
    const found = [...a, ...b];
    worst = Math.max(worst, ...expected.map((p, i) => Math.abs(p - (found[i] as number)) / scale));
  }
  return { optimizer, worst };
}

describe("goes where its source does", () => {
  test.each(TRAJECTORIES)("$rule $dtype $options $group", (trajectory) => {
    const { worst, optimizer } = train(trajectory);
    expect(worst).toBeLessThan(trajectory.dtype === "float64" ? 1e-12 : 1e-5);
    optimizer.free();
  });

  test("every rule is among them, in both types and with groups", () => {
    for (const { name } of RULES) {
      const own = TRAJECTORIES.filter(({ rule }) => rule === name);
      expect([name, own.filter(({ group }) => group).length]).toEqual([name, 2]);
      expect(own.length).toBeGreaterThan(7);
    }
  });
});

describe.each(RULES)("$name", ({ name, rule, sets, numbers, flags, together, perArray = together }) => {
  test("goes the same way in a vector of SIMD lanes and after the last one", ({ skip }) => {
    skip(perArray !== undefined, perArray);
    for (const options of sets) {
      for (const Type of TYPES) {
        for (let n = 1; n <= 9; ++n) {
          const whole = init(rule, options, Type.from(some(n, 0)));
          const single = some(n, 0).map((p) => init(rule, options, Type.of(p)));
          for (let t = 1; t <= 4; ++t) {
            const g = Type.from(some(n, t));
            whole.step(g);
            for (const [i, one] of single.entries()) one.step(g.subarray(i, i + 1));
            const expected = Type.from(single.map(({ params }) => params[0] as number));
            expect(whole.params, `${JSON.stringify(options)} ${Type.name} ${n}, step ${t}`).toEqual(expected);
          }
          for (const each of [whole, ...single]) each.free();
        }
      }
    }
  });

  test("goes the same way with leaves of two types, and leaves beside them frozen or without gradient", ({ skip }) => {
    skip(together !== undefined, together);
    const options = sets[1] as Options;
    const [a, b] = [Float64Array.from(some(5, 1)), Float32Array.from(some(7, 2))];
    const still = Float32Array.of(1, 2, 3);
    const groups = [{ params: /still/, frozen: true }];
    const all = init(rule, { ...options, groups }, { a, b, still, rare: a });
    const [onlyA, onlyB, onlyRare] = [init(rule, options, a), init(rule, options, b), init(rule, options, a)];
    for (let t = 1; t <= 9; ++t) {
      const [ga, gb] = [some(5, t), some(7, -t)];
      const rare = t % 4 === 3 ? ga : null;
      all.step({ a: ga, b: gb, still: [9, 9, 9], rare });
      onlyA.step(ga);
      onlyB.step(gb);
      if (rare) onlyRare.step(rare);
    }
    expect({ ...all.params }).toEqual({ a: onlyA.params, b: onlyB.params, still, rare: onlyRare.params });
    for (const each of [all, onlyA, onlyB, onlyRare]) each.free();
  });

  test("goes the same way in a group and in an optimizer with the options of the group", ({ skip }) => {
    skip(together !== undefined, together);
    const options = sets[0] as Options;
    const own: Options = { learningRate: 0.125, ...("weightDecay" in numbers && { weightDecay: 0.25 }) };
    const [a, b] = [some(5, 1), some(6, 2)];
    const grouped = init(rule, { ...options, groups: [{ params: "b", ...own }] }, { a, b });
    const [onlyA, onlyB] = [init(rule, options, a), init(rule, { ...options, ...own }, b)];
    for (let t = 1; t <= 5; ++t) {
      grouped.step({ a: some(5, t), b: some(6, -t) });
      onlyA.step(some(5, t));
      onlyB.step(some(6, -t));
    }
    expect({ ...grouped.params }).toEqual({ a: onlyA.params, b: onlyB.params });
    for (const each of [grouped, onlyA, onlyB]) each.free();
  });

  test("climbs along a gradient as it descends along its negative", () => {
    for (const options of sets) {
      const [up, down] = [true, false].map((maximize) => init(rule, { ...options, maximize }, some(5, 0))) as [
        Free,
        Free,
      ];
      for (let t = 1; t <= 5; ++t) {
        up.step(some(5, t));
        down.step(some(5, t).map((g) => -g));
      }
      expect(up.params).toEqual(down.params);
      expect(up.params).not.toEqual(Float64Array.from(some(5, 0)));
      for (const each of [up, down]) each.free();
    }
  });

  test("goes on from what it saved, bit for bit", () => {
    for (const options of sets) {
      const start = { a: some(5, 1), b: Float32Array.from(some(3, 2)) };
      const first = init(rule, options, start);
      const second = init(rule, options, start);
      const grads = (t: number) => ({ a: some(5, t), b: t % 2 ? some(3, -t) : null });
      for (let t = 1; t <= 5; ++t) first.step(grads(t));
      second.load(first.save());
      for (let t = 6; t <= 9; ++t) for (const each of [first, second]) each.step(grads(t));
      expect({ ...second.params }).toEqual({ ...first.params });
      for (const each of [first, second]) each.free();
    }
  });

  test.each(Object.entries(numbers))("takes a schedule for %s", (hyperparameter, { accepted, refused }) => {
    const value = accepted[0] as number;
    const steps: number[] = [];
    const schedule = (step: number) => {
      steps.push(step);
      return step < 4 ? value : (refused[0] as number);
    };
    const fixed = init(rule, having({}, hyperparameter, value), { a: some(5, 0), b: [1] });
    const scheduled = init(rule, having({}, hyperparameter, schedule), { a: some(5, 0), b: [1] });
    steps.length = 0; // init asks for the first value too
    for (let t = 0; t < 4; ++t) for (const each of [fixed, scheduled]) each.step({ a: some(5, t + 1), b: [t] });
    expect(steps).toEqual([0, 1, 2, 3]);
    expect({ ...scheduled.params }).toEqual({ ...fixed.params });
    expect(() => scheduled.step({ a: some(5, 5), b: [1] })).toThrow(
      `${hyperparameter} must be ${numbers[hyperparameter]?.expected}; got ${refused[0]} from its schedule at step 4.`,
    );
    expect({ ...scheduled.params, stepCount: scheduled.stepCount }).toEqual({ ...fixed.params, stepCount: 4 });
    for (const each of [fixed, scheduled]) each.free();
  });

  test.each(Object.entries(numbers))("refuses %s out of range", (hyperparameter, { expected, accepted, refused }) => {
    for (const value of accepted) expect(() => rule(having({}, hyperparameter, value))).not.toThrow();
    for (const value of refused) {
      const error = new RangeError(`${hyperparameter} must be ${expected}; got ${value}.`);
      expect(() => rule(having({}, hyperparameter, value))).toThrow(error);
    }
    expect(() => rule(having({}, hyperparameter, "1"))).toThrow(
      new TypeError(`${hyperparameter} must be ${expected}, or a schedule (step) => number; got "1".`),
    );
    // One estimate is for all, where there is one.
    if (["prodigy.learningRate", "prodigy.beta2"].includes(`${name}.${hyperparameter}`)) return;
    if (name === "prodigy" && /d0|dCoef|growthRate/.test(hyperparameter)) return;
    const groups = [{ params: "b", ...having({}, hyperparameter, refused[0]) }];
    expect(() => rule({ groups })).toThrow(`groups[0].${hyperparameter} must be ${expected}; got ${refused[0]}.`);
  });

  test("takes these options and no others", () => {
    for (const flag of flags)
      expect(() => rule({ [flag]: 1 })).toThrow(new TypeError(`${flag} must be true or false; got 1.`));
    const taken = new Set([...Object.keys(numbers), ...flags, "groups"].map((option) => option.replace(/\[.\]/, "")));
    expect(() => rule({ lr: 1 })).toThrow(
      new TypeError(`${name} has no option "lr"; it takes ${[...taken].join(", ")}.`),
    );
  });

  test("two optimizers over the same arrays go each its own way, and never write them; a freed one stays freed", () => {
    const start = Float32Array.from(some(5, 1));
    const [one, other] = [init(rule, {}, start), init(rule, {}, start)];
    one.step(some(5, 1));
    expect(other.params).toEqual(start);
    expect(start).toEqual(Float32Array.from(some(5, 1)));
    one.free();
    other.step(some(5, 1));
    const message = "This optimizer was freed and must not be used any more.";
    for (const use of [() => one.step(some(5, 1)), () => one.params, () => one.save()])
      expect(use).toThrow(new TypeError(message));
    other.free();
  });

  test("gives its memory back, and takes none in 10,000 steps", () => {
    const before = memoryUsage();
    for (const options of sets) {
      const optimizer = init(rule, options, { w: [1, 2, 3], b: Float32Array.of(1) });
      const after = memoryUsage();
      const grads = { w: [1, 2, 3], b: [1] };
      for (let t = 0; t < 1e4; ++t) optimizer.step(grads);
      expect(memoryUsage()).toEqual(after);
      expect(after.used).toBeGreaterThan(before.used);
      optimizer.free();
      expect(memoryUsage().used).toBe(before.used);
    }
  });
});

describe("swap puts what was averaged in the place of the parameters, and them back as they were", () => {
  const averaged = TRAJECTORIES.filter(({ average }) => average);

  test.each(averaged)("$rule $dtype $options", (trajectory) => {
    const { dtype, average = [] } = trajectory;
    const { optimizer } = train(trajectory);
    const before = memoryUsage().used;
    const { a } = optimizer.params;
    const y = a.slice();
    optimizer.swap();
    const scale = Math.max(...average.map(Math.abs), ...y.map(Math.abs));
    const errors = average.map((x, i) => Math.abs(x - (a[i] as number)) / scale);
    expect(Math.max(...errors)).toBeLessThan(dtype === "float64" ? 1e-12 : 1e-5);
    expect(a).not.toEqual(y);
    optimizer.swap();
    expect(a).toEqual(y);
    expect(memoryUsage().used).toBe(before);
    optimizer.swap();
    optimizer.free(); // with what it kept
  });

  test("of asgd, schedule-free sgd and adamw in both types", () => {
    expect(new Set(averaged.map(({ rule }) => rule)).size).toBe(3);
    for (const { rule } of averaged) expect(averaged.filter((each) => each.rule === rule).length).toBeGreaterThan(5);
  });
});

test("rprop refuses pairs that are none", () => {
  expect(() => rprop({ etas: 0.5 as never })).toThrow(new TypeError("etas must be an array of 2 numbers; got 0.5."));
  expect(() => rprop({ groups: [{ params: "b", etas: [0.5] as never }] })).toThrow(
    new TypeError("etas must be an array of 2 numbers; got an array of length 1."),
  );
  expect(() => rprop({ stepSizes: [2, 1] })).toThrow(
    new RangeError("stepSizes must be the smallest and the largest step; got [2, 1]."),
  );
});

test("rprop refuses options that are none, and names those that it takes", () => {
  expect(() => rprop(null as never)).toThrow(new TypeError("The options of rprop must be an object; got null."));
  expect(() => rprop({ groups: [null as never] })).toThrow(
    new TypeError("The options of groups[0] of rprop must be an object; got null."),
  );
  expect(() => rprop({ "etas[0]": 0.5 } as never)).toThrow(
    new TypeError('rprop has no option "etas[0]"; it takes learningRate, etas, stepSizes, maximize, groups.'),
  );
});

test("prodigy does not count a step with a learning rate of 0, by which bias was corrected", () => {
  const after = (rates: readonly number[]) => {
    const rule = prodigy({ learningRate: (step) => rates[step] as number, d0: 0.01, useBiasCorrection: true });
    const optimizer = rule.init([2, -1]);
    for (const _ of rates) optimizer.step(optimizer.params.map((p) => 2 * p));
    return [...optimizer.params];
  };
  const rates = [1, 1, 0.5, 0.25];
  expect(after([0, ...rates])).toEqual(after(rates));
  expect(after([1, 1, 0, 0, 0.5, 0, 0.25])).toEqual(after(rates));
});

test("prodigy refuses groups with a learning rate of their own, for it estimates one step size", () => {
  expect(() => prodigy({ groups: [{ params: "b", learningRate: 2 } as never] })).toThrow(
    new TypeError("groups[0].learningRate cannot differ from that of the others."),
  );
});

// Its buffer lay where the records were.
test("a momentum that only a group has gets a buffer", () => {
  for (const rule of [sgd, rmsprop]) {
    const grouped = rule({ groups: [{ params: "b", momentum: 0.5 }] }).init({ a: [1, 2], b: [3, 4] });
    const [a, b] = [rule().init([1, 2]), rule({ momentum: 0.5 }).init([3, 4])];
    for (let t = 1; t <= 5; ++t) {
      grouped.step({ a: some(2, t), b: some(2, -t) });
      a.step(some(2, t));
      b.step(some(2, -t));
    }
    expect({ ...grouped.params }).toEqual({ a: a.params, b: b.params });
    for (const each of [grouped, a, b]) each.free();
  }
});
