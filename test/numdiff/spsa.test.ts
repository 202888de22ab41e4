import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, memoryUsage, numericalGradient, sgd, spsa, zeros } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused

const sum = (x: ArrayLike<number>) => Array.from(x).reduce((total, v) => total + v, 0);
/** Its gradient at 0 is 1, 2, 3, ... */
const weighted = (x: ArrayLike<number>) => Array.from(x).reduce((total, v, i) => total + (i + 1) * v, 0);
const quadratic = (x: ArrayLike<number>) =>
  Array.from(x).reduce((total, v, i) => total + (i + 1) * v * v + v * (x[(i + 1) % x.length] as number), 0);

describe("two evaluations", () => {
  test("at x + c and x - c in random directions, each parameter by c", () => {
    const x = Float64Array.of(1, -2, 3, 0, 5);
    const seen: number[][] = [];
    const f = (at: Float64Array) => {
      seen.push(Array.from(at, (v, i) => v - (x[i] as number)));
      return weighted(at);
    };
    const g = spsa(f, x, { step: 0.25, seed: 1 });
    expect(seen.length).toBe(2);
    const [plus = [], minus = []] = seen;
    expect(minus).toEqual(plus.map((d) => -d));
    expect(plus.map(Math.abs)).toEqual([0.25, 0.25, 0.25, 0.25, 0.25]);
    const slope = (weighted(plus) - weighted(minus)) / 0.5;
    expect(Array.from(g)).toEqual(plus.map((d) => slope * Math.sign(d)));
    expect(x).toEqual(Float64Array.of(1, -2, 3, 0, 5));
  });

  test("for each sample, whose mean it is", () => {
    let calls = 0;
    const f = (x: Float64Array) => {
      calls += 1;
      return weighted(x);
    };
    const x = new Float64Array(40);
    const directions = new Set<string>();
    const g = spsa(
      (at) => {
        directions.add(Array.from(at, Math.sign).join());
        return f(at);
      },
      x,
      { step: 1, seed: 3, samples: 16 },
    );
    expect(calls).toBe(32);
    expect(directions.size).toBe(32);
    for (const [i, v] of g.entries()) expect(v).toBe(Math.round(v * 16) / 16 || 0 * i);
  });

  test("of one parameter are a central difference", () => {
    for (let seed = 0; seed < 8; ++seed) expect(spsa((x) => x ** 3, 2, { step: 0.5, seed })).toBe(12.25);
  });
});

test("directions are these bits of Philox4x32-10, in every runtime", () => {
  const signs = (seed: number, n: number) => {
    const g = spsa((x) => x[0] as number, new Float64Array(n), { step: 1, seed });
    return Array.from(g, (v) => (v > 0 ? "+" : "-")).join("");
  };
  // The first word of seed 0 is 6627e8d5, read from its lowest bit; what shows is whether a bit is that of x[0].
  expect(signs(0, 32)).toBe(
    Array.from((0x6627e8d5).toString(2).padStart(32, "0"), (bit) => (bit === "1" ? "+" : "-"))
      .reverse()
      .join(""),
  );
  expect(signs(12345, 40)).toBe("+------+-+++++---+-++++++---+-+++---+-+-");
  expect(
    spsa(
      quadratic,
      Float64Array.from({ length: 6 }, (_, i) => i / 4),
      { step: 2 ** -10, seed: 7, samples: 2 },
    ),
  ).toEqual(Float64Array.of(17, 1.5, 17, 17, -17, 17));
});

test("the same seed gives the same bits, another one or none gives others", () => {
  const x = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i));
  const first = spsa(quadratic, x, { seed: 5 });
  expect(spsa(quadratic, x, { seed: 5 })).toEqual(first);
  expect(spsa(quadratic, x, { seed: 6 })).not.toEqual(first);
  expect(spsa(quadratic, x)).not.toEqual(spsa(quadratic, x));
});

test("the mean over all directions is the gradient: exactly, of a quadratic", () => {
  // 16 directions of 4 parameters; steps and values are exact.
  const x = [1, -2, 0.5, 3];
  const seen = new Map<string, number[]>();
  for (let seed = 0; seen.size < 16; ++seed) {
    let direction = "";
    const g = spsa(
      (at) => {
        direction ||= Array.from(at, (v, i) => Math.sign(v - (x[i] as number))).join();
        return quadratic(at);
      },
      x,
      { step: 0.25, seed },
    );
    seen.set(direction, g);
  }
  const mean = x.map((_, i) => sum(Array.from(seen.values(), (g) => g[i] as number)) / 16);
  expect(mean).toEqual(numericalGradient(quadratic, x, { absStep: 0.25 }));
});

test("the mean over many seeds approaches the gradient, by the law of large numbers", () => {
  const x = Float64Array.from({ length: 50 }, (_, i) => Math.cos(i));
  const exact = numericalGradient(quadratic, x);
  const norm = Math.sqrt(sum(exact.map((g) => g * g)));
  const total = new Float64Array(50);
  const seeds = 10_000;
  for (let seed = 0; seed < seeds; ++seed)
    for (const [i, g] of spsa(quadratic, x, { seed }).entries()) total[i] = (total[i] as number) + g;
  // Each entry has a standard deviation of about the norm over √seeds: five of them.
  for (const [i, g] of total.entries())
    expect(Math.abs(g / seeds - (exact[i] as number))).toBeLessThan((5 * norm) / Math.sqrt(seeds));
});

describe("the step", () => {
  const moved = (x: Any, options = {}) => {
    const seen: number[] = [];
    spsa((at: Any) => seen.push(...(at as number[])), x, { seed: 0, ...options });
    return Math.abs((seen[0] as number) - (x as number[])[0]!);
  };

  test("is the cube root of epsilon, times the largest parameter if that is above 1", () => {
    expect(moved([0, 0.5] as Any)).toBe(6.055454452393343e-6);
    expect(moved([0, -1000] as Any)).toBe(1000 * 6.055454452393343e-6);
    expect(moved(Float32Array.of(0, 0.5) as Any)).toBe(Math.fround(4.921566601151848e-3));
  });

  test("counts as rounded, in float32", () => {
    const x = Float32Array.of(1000.1, 3);
    const g = spsa((at) => (at[0] as number) * 3, x, { step: 0.01, seed: 0 });
    expect(g[0]).toBe(3);
  });

  test("that moves nothing is refused before f is called", () => {
    const never = () => {
      throw new Error("called");
    };
    expect(() => spsa(never, [1, 1e20], { step: 1 })).toThrow(
      new RangeError("A step of 1 cannot move x[1], which is 100000000000000000000."),
    );
    expect(() => spsa(never, { a: [1], s: Float32Array.of(1, 1e9) }, { step: 1 })).toThrow(
      "A step of 1 cannot move s[1], which is 1000000000.",
    );
    expect(() => spsa(never, [Number.NaN])).toThrow("cannot move x[0], which is NaN.");
    expect(() => spsa(never, [Number.POSITIVE_INFINITY])).toThrow("cannot move x[0], which is Infinity.");
  });
});

describe("the structure of x comes back", () => {
  test("for every kind", () => {
    expect(typeof spsa((x) => x, 3)).toBe("number");
    expect(spsa(sum, [1, 2])).toHaveLength(2);
    expect(Array.isArray(spsa(sum, [1, 2]))).toBe(true);
    expect(spsa(sum, Float32Array.of(1, 2))).toBeInstanceOf(Float32Array);
    expect(spsa(sum, Int16Array.of(1, 2))).toBeInstanceOf(Float64Array);
    const x = array([
      [1, 2],
      [3, 4],
    ]);
    const g = spsa((at) => sum(at.data as Float64Array), x);
    expect(g.shape).toEqual([2, 2]);
    for (const each of [x, g]) each.free();
    const record = { w: [1, 2], layers: [{ b: Float32Array.of(3) }], c: 4 };
    const seen = spsa(({ w, layers, c }) => sum(w) + (layers[0]?.b[0] as number) + c, record, { step: 0.25, seed: 2 });
    expect(Object.keys(seen)).toEqual(["w", "layers", "c"]);
    expect(seen.layers[0]?.b).toBeInstanceOf(Float32Array);
    expect(record).toEqual({ w: [1, 2], layers: [{ b: Float32Array.of(3) }], c: 4 });
  });

  test("float32 after float64, bit after bit: any structure of the same numbers goes the same way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 70 }), fc.nat(), (n, m, seed) => {
        const f = (a: ArrayLike<number>, b: ArrayLike<number>) => weighted(a) - weighted(b);
        const options = { seed, step: 0.5 };
        const mixed = spsa(({ b, a }) => f(a, b), { b: new Float32Array(m), a: new Float64Array(n) }, options);
        const flat = spsa((x) => f(x.subarray(0, n), x.subarray(n)), new Float64Array(n + m), options);
        expect([...mixed.a, ...mixed.b]).toEqual([...flat]);
      }),
    );
  });
});

test("a loss may write to its parameters, or grow linear memory", () => {
  const x = Float64Array.of(3, 1, 2);
  const honest = spsa((at) => at[0] as number, x, { seed: 4 });
  const arrays: { free(): void }[] = [];
  const rude = spsa(
    (at) => {
      const [value] = at as unknown as [number];
      at.fill(0);
      arrays.push(zeros([2 ** 20]));
      return value;
    },
    x,
    { seed: 4 },
  );
  for (const each of arrays) each.free();
  expect(rude).toEqual(honest);
  expect(x).toEqual(Float64Array.of(3, 1, 2));
});

test("descent along estimates arrives, the same each time", () => {
  const descend = () => {
    const optimizer = sgd({ learningRate: 0.02 }).init(new Float32Array(10));
    const loss = (x: ArrayLike<number>) => Array.from(x).reduce((total, v, i) => total + (v - i) ** 2, 0);
    for (let k = 0; k < 2000; ++k) optimizer.step(spsa(loss, optimizer.params, { seed: k }));
    const found = Array.from(optimizer.params);
    optimizer.free();
    return found;
  };
  const found = descend();
  for (const [i, v] of found.entries()) expect(v).toBeCloseTo(i, 3);
  expect(descend()).toEqual(found);
});

test.each<[unknown[], new () => Error, string]>([
  [[[1], [1]], TypeError, "spsa takes a function and parameters; the first is an array of length 1."],
  [[() => 1, []], RangeError, "x must have at least one parameter; it has none."],
  [[() => 1, { a: {} }], RangeError, "x must have at least one parameter; it has none."],
  [[() => 1, "x"], TypeError, 'x must be numbers, a float array, or a record or array of these; got "x".'],
  [[() => 1, BigInt64Array.of(1n)], TypeError, "x must be float64 or float32; got int64."],
  [[() => 1, [1], { c: 1 }], TypeError, 'spsa has no option "c"; it takes step, seed, samples.'],
  [[() => 1, [1], { step: 0 }], RangeError, "step must be a finite number above 0; got 0."],
  [[() => 1, [1], { step: -1 }], RangeError, "step must be a finite number above 0; got -1."],
  [[() => 1, [1], { step: Number.NaN }], RangeError, "got NaN."],
  [[() => 1, [1], { step: "1" }], TypeError, 'step must be a number; got "1".'],
  [[() => 1, [1], { seed: -1 }], RangeError, "seed must be an integer from 0 to 2^53 - 1; got -1."],
  [[() => 1, [1], { seed: null }], TypeError, "seed must be a number; got null."],
  [[() => 1, [1], { samples: 0 }], RangeError, "samples must be an integer of 1 or more; got 0."],
  [[() => 1, [1], { samples: 1.5 }], RangeError, "samples must be an integer of 1 or more; got 1.5."],
  [[() => 1, [1], { samples: "2" }], RangeError, 'samples must be an integer of 1 or more; got "2".'],
  [
    [() => Number.NaN, [1], { step: 0.5, seed: 9 }],
    RangeError,
    "The loss returned NaN at x plus 0.5 in every parameter, with the signs of seed 9; a finite number is needed.",
  ],
  [
    [(x: number[]) => ((x[0] as number) > 1 ? Number.POSITIVE_INFINITY : 0), [1]],
    RangeError,
    "returned Infinity at x ",
  ],
  [[() => "1", [1], { seed: 9 }], TypeError, 'The loss must return a number; it returned "1" at x plus'],
  [[async () => 1, [1]], TypeError, "The loss must return a number; it returned a"],
])("%o", (args, type, message) => {
  const before = memoryUsage().used;
  const call = () => (spsa as (...args: unknown[]) => unknown)(...args);
  expect(call).toThrow(type);
  expect(call).toThrow(message);
  expect(memoryUsage().used).toBe(before);
});

test("the cause is what the loss threw", () => {
  const cause = new SyntaxError("no such thing");
  const failing = () => {
    throw cause;
  };
  expect(() => spsa(failing, [1], { seed: 1, step: 1 })).toThrow(
    expect.objectContaining({
      cause,
      message: "The loss threw at x plus 1 in every parameter, with the signs of seed 1: no such thing",
    }),
  );
});

test("calls keep memory flat", { timeout: 60_000 }, () => {
  const calls = () => {
    spsa(sum, Float64Array.of(1, 2, 3));
    spsa(({ a, s }) => sum(a) + sum(s), { a: [1], s: Float32Array.of(2) });
  };
  calls();
  const before = memoryUsage();
  for (let i = 0; i < 2000; ++i) calls();
  expect(memoryUsage()).toEqual(before);
});
