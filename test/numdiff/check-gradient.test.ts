import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, checkGradient, memoryUsage, type NDArray, zeros } from "../../src/index.js";
import { noiseOf } from "../../src/numdiff/noise.js";

type Any = never; // what no type allows, to see it refused
type Vector = ArrayLike<number> & Iterable<number>;

interface Problem {
  /** All sums and products rounded by `r`: to float32, or not at all. */
  f(x: Vector, r: (v: number) => number): number;
  g(x: Vector, r: (v: number) => number): number[];
  start(n: number, random: () => number): number[];
}

const exact = (v: number) => v;
const single = Math.fround;

const PROBLEMS: { readonly [name: string]: Problem } = {
  rosenbrock: {
    f(x, r) {
      let sum = 0;
      for (let i = 0; i + 1 < x.length; ++i) {
        const [a, b] = [x[i] as number, x[i + 1] as number];
        sum = r(sum + r(100 * r(b - r(a * a)) ** 2) + r((1 - a) ** 2));
      }
      return sum;
    },
    g(x, r) {
      const g = new Array<number>(x.length).fill(0);
      for (let i = 0; i + 1 < x.length; ++i) {
        const [a, b] = [x[i] as number, x[i + 1] as number];
        const d = r(b - r(a * a));
        g[i] = r((g[i] as number) - r(400 * a * d) - 2 * (1 - a));
        g[i + 1] = r((g[i + 1] as number) + r(200 * d));
      }
      return g;
    },
    start: (n, random) => Array.from({ length: n }, () => 1 + random()),
  },
  /** Terms of scales from 1e-3 to 1e3. */
  waves: {
    f: (x, r) => Array.from(x).reduce((sum, v, i) => r(sum + r(Math.sin(r(v * 10 ** ((i % 7) - 3))))), 0),
    g: (x, r) => Array.from(x, (v, i) => r(r(Math.cos(r(v * 10 ** ((i % 7) - 3)))) * 10 ** ((i % 7) - 3))),
    start: (n, random) => Array.from({ length: n }, (_, i) => random() / 10 ** ((i % 7) - 3)),
  },
  /** One output of relu units, each with its own weight, the mean square error over 8 samples. */
  relu: {
    f(x, r) {
      let sum = 0;
      for (let k = 0; k < 8; ++k) sum = r(sum + r(r(unit(x, r, k).value - Math.cos(k)) ** 2));
      return r(sum / 8);
    },
    g(x, r) {
      const g = new Array<number>(x.length).fill(0);
      for (let k = 0; k < 8; ++k) {
        const { value, slopes } = unit(x, r, k);
        const outer = r((2 * r(value - Math.cos(k))) / 8);
        for (const [i, slope] of slopes.entries()) g[i] = r((g[i] as number) + r(outer * slope));
      }
      return g;
    },
    start: (n, random) => Array.from({ length: n }, random),
  },
};

function unit(x: Vector, r: (v: number) => number, k: number) {
  let value = 0;
  const slopes: number[] = [];
  for (let i = 0; i < x.length; ++i) {
    const input = r(Math.sin(i + 3 * k));
    const inner = r((x[i] as number) * input + 0.1);
    value = r(value + Math.max(0, inner));
    slopes.push(inner > 0 ? input : 0);
  }
  return { value, slopes };
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

const WRONG: { readonly [kind: string]: (g: number[], i: number) => void } = {
  "off by a thousandth": (g, i) => (g[i] = 1.001 * (g[i] as number)),
  "of the other sign": (g, i) => (g[i] = -(g[i] as number)),
  doubled: (g, i) => (g[i] = 2 * (g[i] as number)),
  "without a term": (g, i) => (g[i] = (g[i] as number) - 0.1 * (g[i] as number)),
  "its neighbour's": (g, i) => ([g[i], g[i ^ 1]] = [g[i ^ 1] as number, g[i] as number]),
  zero: (g, i) => (g[i] = 0),
  NaN: (g, i) => (g[i] = Number.NaN),
  infinite: (g, i) => (g[i] = Number.NEGATIVE_INFINITY),
};

/** The largest entry is of ordinary size whatever the problem. */
function largest(g: number[]): number {
  return g.reduce((best, v, i) => (Math.abs(v) > Math.abs(g[best] as number) ? i : best), 0);
}

describe.each(Object.entries(PROBLEMS))("%s", (name, problem) => {
  describe.each([
    ["float64", Float64Array, exact],
    ["float32", Float32Array, exact],
    ["float32, and so is all that is computed", Float32Array, single],
  ] as const)("%s", (_name, Type, r) => {
    const f = (x: Vector) => problem.f(x, r);
    const g = (x: Vector) => problem.g(x, r);

    test("a right gradient never raises an alarm", () => {
      for (let seed = 0; seed < 150; ++seed) {
        const random = randomFrom(seed);
        const x = Type.from(problem.start(2 + (seed % 23), random));
        const check = checkGradient(f, g, x);
        expect({ seed, wrong: check.wrong }).toEqual({ seed, wrong: [] });
        expect(check.ok).toBe(true);
      }
    });

    test.each(Object.entries(WRONG))("an entry that is %s is found", (kind, spoil) => {
      // Float32 cannot tell: that much is rounding, of the curvature or of f.
      if (name === "waves" && Type === Float32Array && kind === "off by a thousandth") return;
      if (r === single && (kind === "off by a thousandth" || kind === "without a term")) return;
      for (let seed = 0; seed < 10; ++seed) {
        const x = Type.from(problem.start(20, randomFrom(seed)));
        const right = g(x);
        const i = largest(right);
        const claimed = [...right];
        spoil(claimed, i);
        const check = checkGradient(f, claimed, x);
        expect(check.ok).toBe(false);
        const entry = check.wrong.find(({ index }) => index === i);
        expect(entry?.name).toBe(`x[${i}]`);
        expect(entry?.actual).toBe(Type === Float32Array ? single(claimed[i] as number) : claimed[i]);
        expect(Math.abs((entry?.expected as number) / (right[i] as number) - 1)).toBeLessThan(0.02);
        if (kind !== "its neighbour's") expect(check.wrong).toEqual([entry]);
      }
    });
  });
});

describe("thousands of parameters", () => {
  const n = 3000;
  const f = (x: Vector) => {
    let sum = 0;
    for (let i = 0; i < n; ++i) sum += Math.cos(x[i] as number) + (x[i] as number) ** 3;
    return sum;
  };
  const g = (x: Vector) => Array.from(x, (v) => 3 * v * v - Math.sin(v));
  const x = Array.from({ length: n }, (_, i) => (i === 1234 ? 2.4 : 1.5 + Math.sin(i)));

  test.each([
    ["float64", Float64Array],
    ["float32", Float32Array],
  ] as const)("of %s are checked along directions, and wrong entries found by halving", (_, Type) => {
    const at = Type.from(x);
    const fine = checkGradient(f, g, at);
    expect(fine.wrong).toEqual([]);
    expect(fine.worst).toBeUndefined();
    expect(fine.evaluations).toBeLessThan(100);
    expect(fine.message).toMatch(/^The gradient of 3000 entries agrees .* along 8 directions, where an entry of usual/);
    for (const [kind, spoil] of Object.entries(WRONG)) {
      const claimed = g(at);
      spoil(claimed, 1234);
      const check = checkGradient(f, claimed, at);
      expect({ kind, index: check.wrong.find(({ index }) => index === 1234)?.name }).toEqual({
        kind,
        index: "x[1234]",
      });
      expect(check.wrong.length).toBe(kind === "its neighbour's" ? 2 : 1);
      expect(check.evaluations).toBeLessThan(1000);
    }
  });

  test("several wrong entries are all named, of all wrong ones ten or so", () => {
    const claimed = g(x);
    for (const i of [0, 77, 78, 2999]) claimed[i] = -(claimed[i] as number);
    const check = checkGradient(f, claimed, x);
    expect(check.wrong.map(({ index }) => index).sort((a, b) => a - b)).toEqual([0, 77, 78, 2999]);
    const all = checkGradient(f, (at: Vector) => g(at).map((v) => 2 * v), x);
    expect(all.ok).toBe(false);
    expect(all.wrong.length).toBeGreaterThanOrEqual(10);
    expect(all.wrong.length).toBeLessThan(12);
    expect(all.message).toMatch(/^At least 1\d of 3000 entries are wrong: x\[\d+\] should be /);
    const none = checkGradient(f, new Array(n).fill(Number.NaN), x);
    expect(none.wrong.length).toBe(10);
  });

  test("errors of the same size that may cancel are found whatever the seed", () => {
    const claimed = g(x);
    [claimed[500], claimed[501]] = [claimed[501] as number, claimed[500] as number];
    for (let seed = 0; seed < 5; ++seed) {
      const { wrong } = checkGradient(f, claimed, x, { seed });
      expect(wrong.map(({ index }) => index).sort((a, b) => a - b)).toEqual([500, 501]);
    }
  });

  test("the method may be chosen: elementwise is the default up to 1000", () => {
    const counts = (size: number, options = {}) => {
      const all = Array.from({ length: size }, (_, i) => 1 + i / size);
      const square = (at: Vector) => Array.from(at).reduce((sum, v) => sum + v * v, 0);
      return checkGradient(square, (at: Vector) => Array.from(at, (v) => 2 * v), all, options).evaluations;
    };
    expect(counts(1000)).toBeGreaterThan(2000);
    expect(counts(1001)).toBeLessThan(100);
    expect(counts(1001, { method: "elementwise" })).toBeGreaterThan(2000);
    expect(counts(200, { method: "directions" })).toBeLessThan(100);
    expect(counts(1, { method: "directions" })).toBeGreaterThan(15);
  });
});

describe("no false alarm", () => {
  test("for entries that are tiny beside the others, nor where f is flat", () => {
    const f = ([a, b, c]: Vector) => 1e6 * (a as number) ** 2 + 1e-9 * (b as number) + 0 * (c as number);
    expect(checkGradient(f, [2e6, 1e-9, 0], [1, 1, 1]).ok).toBe(true);
    expect(checkGradient(f, [2e6, 0, 0], [1, 1, 1]).ok).toBe(true); // 15 digits below the others
    expect(checkGradient(f, [0, 1e-9, 0], [0, 1, 1]).ok).toBe(true);
    expect(checkGradient(() => 3, [0], [1]).maxRelativeError).toBe(0);
    expect(checkGradient(() => 0, [0], [1]).ok).toBe(true);
    expect(checkGradient(() => 3, [1e-3], [1]).ok).toBe(false);
  });

  test("for a large value of f, below whose rounding its changes are", () => {
    const f = ([x]: Vector) => 1e12 + (x as number) ** 2;
    expect(checkGradient(f, [6], [3]).ok).toBe(true);
    expect(checkGradient(f, [7], [3]).ok).toBe(false);
    const rounded = ([x]: Vector) => single(1e6 + single((x as number) ** 2));
    expect(checkGradient(rounded, [6], Float32Array.of(3)).ok).toBe(true);
  });

  test("at a kink, for slopes between those of both sides; for others there is", () => {
    for (const slope of [-1, -0.3, 0, 1]) expect(checkGradient((x) => Math.abs(x), slope, 0).ok).toBe(true);
    for (const slope of [-1.1, 2]) expect(checkGradient((x) => Math.abs(x), slope, 0).ok).toBe(false);
    for (const slope of [0, 1]) expect(checkGradient((x) => Math.max(0, x), slope, 0).ok).toBe(true);
    for (const slope of [-0.1, 1.1]) expect(checkGradient((x) => Math.max(0, x), slope, 0).ok).toBe(false);
  });

  test.each([1e-3, 1e-5, 1e-7, 1e-9])("at a distance of %f from a kink, where the slope is that of this side", (x) => {
    expect(checkGradient((at) => Math.max(0, at), 1, x).ok).toBe(true);
    expect(checkGradient((at) => Math.max(0, at), 0, -x).ok).toBe(true);
    expect(checkGradient((at) => Math.max(0, at), 0.5, x).ok).toBe(false);
    expect(checkGradient((at) => Math.max(0, at) + at, 1, x).ok).toBe(false);
  });

  test("for functions whose scale is not that of x, nor wrong entries missed", () => {
    for (const scale of [1e-9, 1e-6, 1e-3, 1e3, 1e6]) {
      const f = (x: number) => Math.sin(x / scale) + 2;
      const slope = Math.cos(0.7) / scale;
      expect({ scale, ok: checkGradient(f, slope, 0.7 * scale).ok }).toEqual({ scale, ok: true });
      expect({ scale, ok: checkGradient(f, 1.001 * slope, 0.7 * scale).ok }).toEqual({ scale, ok: false });
      expect({ scale, ok: checkGradient(f, 0, 0.7 * scale).ok }).toEqual({ scale, ok: false });
    }
  });

  test("near the edge of where f is defined", () => {
    for (const x of [1e-2, 1e-6, 1e-9]) {
      expect(checkGradient(Math.log, 1 / x, x).ok).toBe(true);
      expect(checkGradient(Math.log, 1.001 / x, x).ok).toBe(false);
    }
  });

  test("for a gradient that was computed in float32, of parameters that are float64", () => {
    const f = ([a, b]: Vector) => Math.exp(a as number) * Math.sin(b as number);
    const [a, b] = [0.3, 1.1];
    const g = Float32Array.of(Math.exp(a) * Math.sin(b), Math.exp(a) * Math.cos(b));
    expect(checkGradient(f, g, [a, b]).ok).toBe(true);
    expect(checkGradient(f, Array.from(g), [a, b], { tolerance: 1e-9 }).ok).toBe(false);
    expect(checkGradient(({ x }) => f(x), { x: array(g) }, { x: [a, b] }).ok).toBe(true);
  });

  test("where f cancels to 0, and steps that round to nothing hid its rounding", () => {
    const f = ([x = 0]: Vector) => 4 - x ** 2 + 5 * x ** 3 - 4;
    const g = ([x = 0]: Vector) => [-2 * x + 15 * x ** 2];
    for (const x of [0, 1e-8, 1e-10, -1e-20, 7e-298]) {
      expect({ x, wrong: checkGradient(f, g, [x]).wrong }).toEqual({ x, wrong: [] });
      expect({ x, wrong: checkGradient(f, g, Float32Array.of(x)).wrong }).toEqual({ x, wrong: [] });
      expect(checkGradient(f, [1e-3], [x]).ok).toBe(false);
    }
  });

  test("of random polynomials", () => {
    const term = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.nat(4), fc.integer({ min: 0, max: 4 }));
    const point = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 12 }), point, (terms, x) => {
        // A half, so that no value is 0 by cancellation, whose rounding may not show.
        const f = (at: Vector) => terms.reduce((sum, [c, i, power]) => sum + c * (at[i] as number) ** power, 0.5);
        const g = (at: Vector) => {
          const all = [0, 0, 0, 0, 0];
          for (const [c, i, power] of terms) {
            if (power > 0) all[i] = (all[i] as number) + c * power * (at[i] as number) ** (power - 1);
          }
          return all;
        };
        expect(checkGradient(f, g, x).wrong).toEqual([]);
        expect(checkGradient(f, g, Float32Array.from(x)).wrong).toEqual([]);
        const claimed = g(x);
        claimed[2] = (claimed[2] as number) + 1 + 0.1 * Math.max(...claimed.map(Math.abs));
        expect(checkGradient(f, claimed, x).wrong.map(({ name }) => name)).toEqual(["x[2]"]);
      }),
    );
  });
});

describe("the verdict", () => {
  const params = () => ({
    layers: [{ w: Float32Array.of(1, 2), bias: [3, 4, 5, 6] }],
    scale: 2,
    table: array([
      [1, 2],
      [3, 4],
    ]),
  });
  type Params = ReturnType<typeof params>;
  const f = ({
    layers: [layer],
    scale,
    table,
  }: {
    layers: { w: Vector; bias: Vector }[];
    scale: number;
    table: NDArray;
  }) => {
    const { w, bias } = layer as Params["layers"][0];
    let sum = (w[0] as number) ** 2 + (w[1] as number) * scale;
    for (let i = 0; i < 4; ++i) sum += (i + 1) * (bias[i] as number) ** 2;
    for (const v of table.data as Float64Array) sum += v ** 3;
    return sum;
  };
  const right = () => ({
    layers: [{ w: [2, 2], bias: [6, 16, 30, 48] }],
    scale: 2,
    table: [
      [3, 12],
      [27, 48],
    ],
  });

  test("names entries by their place in the structure", () => {
    const x = params();
    expect(checkGradient(f, right(), x).message).toMatch(/^The gradient of 11 entries agrees with differences to a/);
    const wrong = right();
    (wrong.layers[0] as { bias: number[] }).bias[3] = -48;
    (wrong.layers[0] as { w: number[] }).w[1] = 3;
    (wrong.table[1] as number[])[0] = 28;
    wrong.scale = 2.5;
    const check = checkGradient(f, wrong, x);
    expect(check.wrong.map(({ name, index, actual }) => [name, index, actual])).toEqual([
      ["layers[0].bias[3]", 3, -48],
      ["scale", 0, 2.5],
      ["table[2]", 2, 28],
      ["layers[0].w[1]", 1, 3],
    ]);
    for (const [k, expected] of [48, 2, 27, 2].entries()) {
      const { uncertainty, ...entry } = check.wrong[k] as (typeof check.wrong)[0];
      expect(Math.abs(entry.expected - expected)).toBeLessThanOrEqual(uncertainty);
      expect(uncertainty).toBeLessThan(1e-3);
    }
    expect(check).toMatchObject({ ok: false, worst: { name: "layers[0].bias[3]" } });
    expect(check.maxRelativeError).toBeCloseTo(2, 6);
    expect(check.message).toBe("4 of 11 entries are wrong: layers[0].bias[3] should be 48, it is -48.");
    x.table.free();
  });

  test("of a single number", () => {
    const check = checkGradient((x) => x ** 3, 13, 2);
    expect(check.worst).toMatchObject({ name: "x", index: 0, actual: 13 });
    expect(check.message).toBe("1 of 1 entry is wrong: x should be 12, it is 13.");
    expect(check.maxRelativeError).toBeCloseTo(1 / 13, 6);
  });

  test("counts the calls of f", () => {
    let calls = 0;
    const count = ([a, b]: Vector) => {
      calls += 1;
      return (a as number) ** 2 * (b as number);
    };
    expect(checkGradient(count, [12, 9], [3, 2]).evaluations).toBe(calls);
    expect(calls).toBe(18);
    calls = 0;
    expect(checkGradient(count, [12, 8], [3, 2]).evaluations).toBe(calls);
  });

  test("stays within the tolerance if ok, exceeds it otherwise", () => {
    for (const off of [1e-9, 1e-7, 1e-5, 1e-3, 0.1]) {
      for (const tolerance of [1e-6, 1e-4, 1e-2]) {
        const { ok, maxRelativeError } = checkGradient((x) => Math.exp(x), Math.E * (1 + off), 1, { tolerance });
        expect(ok).toBe(off < tolerance);
        expect(maxRelativeError <= tolerance).toBe(ok);
      }
    }
  });

  test("is the same each time", () => {
    const x = Array.from({ length: 2000 }, (_, i) => Math.sin(i));
    const f = (at: Vector) => Array.from(at).reduce((sum, v) => sum + v ** 4, 0);
    const check = () => checkGradient(f, (at: Vector) => Array.from(at, (v) => 4 * v ** 3), x);
    expect(check()).toEqual(check());
  });

  test("of integers is that of float64", () => {
    const square = (at: Vector) => (at[0] as number) ** 2;
    expect(checkGradient(square, [6], Int32Array.of(3)).ok).toBe(true);
    expect(checkGradient(square, (at) => at.map((v) => 2 * v), Int32Array.of(3)).ok).toBe(true);
  });
});

describe("x", () => {
  test("is never written, and the gradient may be made in place of what it is given", () => {
    const x = Float64Array.of(1, 2, 3);
    const square = (at: Vector) => Array.from(at).reduce((sum, v) => sum + v * v, 0);
    expect(checkGradient(square, (at) => at.fill(2).map((v, i) => v * (i + 1)), x).ok).toBe(true);
    expect(
      checkGradient(
        square,
        (at) => {
          for (let i = 0; i < 3; ++i) at[i] = 2 * (at[i] as number);
          return at;
        },
        x,
      ).ok,
    ).toBe(true);
    expect(x).toEqual(Float64Array.of(1, 2, 3));
  });

  test("must not be written by f", () => {
    const sorting = (at: Float64Array) => {
      at.sort();
      return at[0] as number;
    };
    expect(() => checkGradient(sorting, [0, 0, 1], Float64Array.of(3, 2, 1))).toThrow(
      "The loss must not write to its parameters; it made x[0] ",
    );
  });

  test("may lie in linear memory that grows under f", () => {
    const before = memoryUsage().used;
    const x = array([1, 2, 3]);
    const arrays: NDArray[] = [];
    const f = (at: NDArray) => {
      if (arrays.length < 12) arrays.push(zeros([2 ** 21]));
      return (at.get(0) as number) ** 2 + 3 * (at.get(2) as number);
    };
    expect(checkGradient(f, [2, 0, 3], x).wrong).toEqual([]);
    for (const each of [x, ...arrays]) each.free();
    expect(memoryUsage().used).toBe(before);
  });
});

describe("the noise of a function", () => {
  const measured = (f: (t: number) => number) => noiseOf((t) => [f(t), f(t)]);
  const rough = (size: number) => {
    const random = randomFrom(1);
    return (t: number) => 1 + Math.sin(t) + size * Math.sqrt(3) * random();
  };

  test.each([1e-15, 1e-12, 1e-9, 1e-6, 1e-3])("with a standard deviation of %f is measured as such", (size) => {
    const noise = measured(rough(size));
    expect(noise).toBeGreaterThan(size / 3);
    expect(noise).toBeLessThan(3 * size);
  });

  test("is that of rounding, whatever the scale of the function", () => {
    for (const scale of [1e-8, 1e-4, 1, 1e4, 1e8]) {
      const noise = measured((t) => 2 + Math.sin(1 + t / scale));
      expect(noise).toBeGreaterThanOrEqual(2 ** -53);
      expect(noise).toBeLessThan(2 ** -46);
      const coarse = measured((t) => single(2 + single(Math.sin(1 + t / scale))));
      expect(coarse).toBeGreaterThanOrEqual(2 ** -24);
      if (scale >= 1) expect(coarse).toBeLessThan(2 ** -19);
    }
  });

  test("is found where small changes are rounded away, and is not a kink's", () => {
    expect(measured((t) => single(1e6 + t))).toBeGreaterThan(0.01);
    expect(measured((t) => Math.abs(t - 1.3e-6))).toBeLessThan(1e-15);
    expect(measured(() => 0)).toBeGreaterThan(0);
    expect(measured((t) => (Math.abs(t) < 1e-9 ? 1 + t : Number.NaN))).toBeLessThan(1e-14);
    expect(measured((t) => (t > 0 ? Number.NaN : 1))).toBeNaN();
  });
});

test.each<[unknown[], new () => Error, string]>([
  [[[1], [1], [1]], TypeError, "takes a function, its gradient and parameters; the first is an array of length 1."],
  [[() => 1, [], []], RangeError, "x must have at least one parameter; it has none."],
  [[() => 1, [1], "x"], TypeError, 'x must be numbers, a float array, or a record or array of these; got "x".'],
  [[() => 1, [1], BigInt64Array.of(1n)], TypeError, "x must be float64 or float32; got int64."],
  [[() => 1, [1, 2], [1]], RangeError, "gradient must have shape [1]; got [2]."],
  [[() => 1, () => [1, 2], [1]], RangeError, "gradient must have shape [1]; got [2]."],
  [[() => 1, undefined, [1]], TypeError, "gradient must be an array of 1 numbers; got undefined."],
  [
    [() => 1, async () => [1], [1]],
    TypeError,
    "gradient must be an array of 1 numbers; got an object of class Promise.",
  ],
  [[() => 1, { a: [1] }, { b: [1] }], TypeError, "gradient must have the fields b; got a."],
  [[() => 1, 1, [1]], TypeError, "gradient must be an array of 1 numbers; got 1."],
  [[() => 1, [1], 1], TypeError, "gradient must be a number; got an array of length 1."],
  [[() => 1, [1], [Number.NaN]], RangeError, "x must be finite; x[0] is NaN."],
  [[() => 1, { s: [0] }, { s: Float32Array.of(1 / 0) }], RangeError, "x must be finite; s[0] is Infinity."],
  [
    [() => 1, [1], [1], { rtol: 1 }],
    TypeError,
    'checkGradient has no option "rtol"; it takes tolerance, method, seed.',
  ],
  [[() => 1, [1], [1], { tolerance: 0 }], RangeError, "tolerance must be above 0"],
  [[() => 1, [1], [1], { tolerance: -1 }], RangeError, "tolerance must be a finite number of 0 or more; got -1."],
  [[() => 1, [1], [1], { tolerance: "1" }], TypeError, 'tolerance must be a number; got "1".'],
  [[() => 1, [1], [1], { method: "all" }], RangeError, 'method must be "elementwise" or "directions"; got "all".'],
  [[() => 1, [1], [1], { seed: 0.5 }], RangeError, "seed must be an integer from 0 to 2^53 - 1; got 0.5."],
  [[() => Number.NaN, [1], [1]], RangeError, "The loss returned NaN; a finite number is needed."],
  [[() => "1", [1], [1]], TypeError, 'The loss must return a number; it returned "1".'],
  [[async () => 1, [1], [1]], TypeError, "The loss must return a number; it returned a"],
  [
    [(x: number[]) => ((x[0] as number) < 1 ? Number.NaN : 1), [1], [1]],
    RangeError,
    "The loss returned NaN while x[0] was 0.99999",
  ],
  [
    [(x: number[]) => ((x[1] as number) !== 2 ? Number.POSITIVE_INFINITY : 1), [0, 0], [1, 2]],
    RangeError,
    "The loss returned Infinity while x was moved along a line",
  ],
])("%o", (args, type, message) => {
  const before = memoryUsage().used;
  const call = () => (checkGradient as (...args: unknown[]) => unknown)(...args);
  expect(call).toThrow(type);
  expect(call).toThrow(message);
  expect(memoryUsage().used).toBe(before);
});

test("a loss that differs from call to call is told so", () => {
  const random = randomFrom(3);
  expect(() => checkGradient(([x]: Vector) => (x as number) + random(), [1], [1])).toThrow(
    /^The loss must be the same for the same parameters; it returned -?[\d.]+ first, then -?[\d.]+\.$/,
  );
});

test("errors of f and of the gradient are told apart, and are the cause", () => {
  const cause = new SyntaxError("no such thing");
  const failing = () => {
    throw cause;
  };
  expect(() => checkGradient(failing, [1], [1])).toThrow(
    expect.objectContaining({ cause, message: "The loss threw: no such thing" }),
  );
  expect(() => checkGradient(() => 1, failing as Any, [1])).toThrow(
    expect.objectContaining({ cause, message: "The gradient threw: no such thing" }),
  );
  const later = ([x]: Vector) => (x === 1 ? 1 : failing());
  expect(() => checkGradient(later, [1], [1])).toThrow(expect.objectContaining({ cause }));
});
