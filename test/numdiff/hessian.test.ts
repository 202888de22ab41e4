import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, type HessianOptions, hessian, memoryUsage } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused
type Vector = ArrayLike<number>;

interface Loss {
  f(x: Vector): number;
  gradient(x: Vector): number[];
  hessian(x: number[]): number[][];
  points: number[][];
}

const zeros = (n: number) => Array.from({ length: n }, () => new Array<number>(n).fill(0));

const rosenbrock: Loss = {
  f: (x) => {
    let total = 0;
    for (let i = 0; i + 1 < x.length; ++i) {
      const [a, b] = [x[i] as number, x[i + 1] as number];
      total += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    }
    return total;
  },
  gradient: (x) => {
    const g = new Array<number>(x.length).fill(0);
    for (let i = 0; i + 1 < x.length; ++i) {
      const [a, b] = [x[i] as number, x[i + 1] as number];
      (g[i] as number) += -400 * a * (b - a * a) - 2 * (1 - a);
      (g[i + 1] as number) += 200 * (b - a * a);
    }
    return g;
  },
  hessian: (x) => {
    const h = zeros(x.length);
    for (let i = 0; i + 1 < x.length; ++i) {
      const [a, b] = [x[i] as number, x[i + 1] as number];
      const [upper, lower] = [h[i] as number[], h[i + 1] as number[]];
      (upper[i] as number) += 1200 * a * a - 400 * b + 2;
      (lower[i + 1] as number) += 200;
      upper[i + 1] = lower[i] = -400 * a;
    }
    return h;
  },
  points: [
    [-1.2, 1, 0.5],
    [1, 1, 1, 1],
    [0, 0],
    [3, -2, 10, 0.1],
  ],
};

/** Logistic regression on eight samples of three features, with a ridge. */
const SAMPLES = Array.from({ length: 8 }, (_, i) => [1, Math.sin(3 * i), Math.cos(5 * i) * 2]);
const LABELS = [0, 1, 1, 0, 1, 0, 0, 1];
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const dot = (a: Vector, b: Vector) => Array.from(a).reduce((sum, v, i) => sum + v * (b[i] as number), 0);
const logistic: Loss = {
  f: (x) =>
    SAMPLES.reduce((sum, s, i) => sum + Math.log1p(Math.exp(dot(s, x))) - (LABELS[i] as number) * dot(s, x), 0) +
    0.05 * dot(x, x),
  gradient: (x) =>
    Array.from(x, (v, j) =>
      SAMPLES.reduce((sum, s, i) => sum + (sigmoid(dot(s, x)) - (LABELS[i] as number)) * (s[j] as number), 0.1 * v),
    ),
  hessian: (x) =>
    x.map((_, j) =>
      x.map((_, k) =>
        SAMPLES.reduce(
          (sum, s) => {
            const p = sigmoid(dot(s, x));
            return sum + p * (1 - p) * (s[j] as number) * (s[k] as number);
          },
          j === k ? 0.1 : 0,
        ),
      ),
    ),
  points: [
    [0, 0, 0],
    [0.3, -2, 1],
    [-4, 1e-3, 0.7],
  ],
};

type Pair = [number, number];

/** A Gaussian's negative log-likelihood in mean and log of the deviation. */
const DATA = [1.2, 0.4, 2.2, -0.3, 1.9];
const likelihood: Loss = {
  f: ([mean, log]: Pair) => DATA.reduce((sum, d) => sum + log + ((d - mean) ** 2 * Math.exp(-2 * log)) / 2, 0),
  gradient: ([mean, log]: Pair) => [
    DATA.reduce((sum, d) => sum - (d - mean) * Math.exp(-2 * log), 0),
    DATA.reduce((sum, d) => sum + 1 - (d - mean) ** 2 * Math.exp(-2 * log), 0),
  ],
  hessian: ([mean, log]: Pair) => {
    const mixed = DATA.reduce((sum, d) => sum + 2 * (d - mean) * Math.exp(-2 * log), 0);
    return [
      [DATA.length * Math.exp(-2 * log), mixed],
      [mixed, DATA.reduce((sum, d) => sum + 2 * (d - mean) ** 2 * Math.exp(-2 * log), 0)],
    ];
  },
  points: [
    [0, 0],
    [1, -0.5],
    [3, 1],
  ],
};

const LOSSES = { rosenbrock, logistic, likelihood };

/** The largest error as a share of the largest entry. */
function error(found: number[][], expected: number[][]): number {
  const scale = Math.max(...expected.flat().map(Math.abs));
  return Math.max(...expected.flatMap((row, i) => row.map((v, j) => Math.abs(v - (found[i]?.[j] as number))))) / scale;
}

function expectSymmetric(rows: number[][]): void {
  for (const [i, row] of rows.entries()) for (const [j, v] of row.entries()) expect(v).toBe(rows[j]?.[i]);
}

describe.each(Object.entries(LOSSES))("%s", (_, loss) => {
  const { f, gradient } = loss;

  test.each(loss.points)("at %j, %j, ...", (...x) => {
    const expected = loss.hessian(x);
    const n = x.length;
    let calls = 0;
    const counted = (at: Vector) => {
      calls += 1;
      return f(at);
    };
    const values = hessian(counted, x);
    expect(calls).toBe(n * n + n + 1);
    expect(error(values, expected)).toBeLessThan(2e-6);

    calls = 0;
    const countedGradient = (at: Vector) => {
      calls += 1;
      return gradient(at);
    };
    const unused = () => expect.unreachable() as never;
    const central = hessian(unused, x, { gradient: countedGradient });
    expect(calls).toBe(2 * n);
    expect(error(central, expected)).toBeLessThan(2e-9);
    calls = 0;
    const forward = hessian(unused, x, { gradient: countedGradient, method: "forward" });
    expect(calls).toBe(n + 1);
    expect(error(forward, expected)).toBeLessThan(1e-6);
    for (const rows of [values, central, forward]) expectSymmetric(rows);
  });

  test.each(loss.points)("between bounds that x is at or near to, at %j, %j, ...", (...x) => {
    const expected = loss.hessian(x);
    for (const distance of [0, 1e-9, 1e-5, 1e-4]) {
      for (const side of [-1, 1]) {
        const near = x.map((v) => v - side * distance);
        const far = x.map((v) => v + side);
        const [lower, upper] = side > 0 ? [near, far] : [far, near];
        const inside = (at: Vector) => {
          for (const [i, v] of Array.from(at).entries()) {
            expect(v).toBeGreaterThanOrEqual(lower[i] as number);
            expect(v).toBeLessThanOrEqual(upper[i] as number);
          }
        };
        let calls = 0;
        const rows = hessian(
          (at) => {
            calls += 1;
            inside(at);
            return f(at);
          },
          x,
          { bounds: [lower, upper] },
        );
        expectSymmetric(rows);
        expect(error(rows, expected)).toBeLessThan(2e-5);
        expect(calls).toBeLessThanOrEqual(2 * x.length ** 2 + x.length + 1);
        const central = hessian(f, x, {
          bounds: [lower, upper],
          gradient: (at) => {
            inside(at);
            return gradient(at);
          },
        });
        expect(error(central, expected)).toBeLessThan(1e-6);
      }
    }
  });

  test("float32", () => {
    const x = Float32Array.from(loss.points[1] as number[]);
    const matrix = hessian(f, x);
    expect([matrix.dtype, matrix.shape]).toEqual(["float32", [x.length, x.length]]);
    expect(error(matrix.toArray(), loss.hessian(Array.from(x)))).toBeLessThan(0.02);
    expectSymmetric(matrix.toArray());
    matrix.free();
  });
});

describe("the formulas", () => {
  test("exact on quadratic functions in steps of a quarter, whatever the bounds", () => {
    const entry = fc.integer({ min: -8, max: 8 });
    const side = fc.constantFrom(-1, 0, 1);
    const n = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        n.chain((size) =>
          fc.record({
            a: fc.array(fc.array(entry, { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
            x: fc.array(entry, { minLength: size, maxLength: size }),
            sides: fc.array(side, { minLength: size, maxLength: size }),
          }),
        ),
        ({ a, x, sides }) => {
          const f = (at: Vector) =>
            dot(
              at,
              a.map((row) => dot(row, at)),
            ) +
            dot(at, x) +
            1;
          const expected = a.map((row, i) => row.map((v, j) => v + (a[j]?.[i] as number)));
          const lower = x.map((v, i) => (sides[i] === 1 ? v : v - 2));
          const upper = x.map((v, i) => (sides[i] === -1 ? v : v + 2));
          const rows = hessian(f, x, { absStep: 0.25, bounds: [lower, upper] });
          expect(rows.map((row) => row.map((v) => v + 0))).toEqual(expected);
        },
      ),
    );
  });

  test("the points, one after the other", () => {
    const seen: number[][] = [];
    const record = (x: Vector) => {
      seen.push(Array.from(x));
      return 0;
    };
    hessian(record, [2, -2], { absStep: [0.25, 0.5] });
    expect(seen).toEqual([
      [2, -2],
      [2.25, -2],
      [1.75, -2],
      [2, -2.5],
      [2, -1.5],
      [2.25, -2.5],
      [1.75, -1.5],
    ]);
    seen.length = 0;
    hessian(record, [2, -2], { absStep: 0.25, bounds: [[2, -9], 9], f0: 0 });
    expect(seen).toEqual([
      [2.25, -2],
      [2.5, -2],
      [2.75, -2],
      [2, -2.25],
      [2, -1.75],
      [2.25, -2.25],
      [2.5, -1.75],
      [2.5, -2.25],
      [2.25, -1.75],
    ]);
  });

  test("relative steps, and the default where they would be nothing", () => {
    const seen = new Set<number>();
    const record = (x: Vector) => {
      seen.add(x[0] as number);
      return 0;
    };
    hessian(record, [8], { relStep: 0.125 });
    expect([...seen]).toEqual([8, 9, 7]);
    seen.clear();
    hessian(record, [0], { relStep: 0.125 });
    expect([...seen]).toEqual([0, 2 ** -13, -(2 ** -13)]);
  });
});

describe("the kind of x is that of the matrix", () => {
  const f = (x: Vector) => (x[0] as number) ** 2 * (x[1] as number);
  const expected = [
    [4, 6],
    [6, 0],
  ];
  const gradient = (x: Vector) => [2 * (x[0] as number) * (x[1] as number), (x[0] as number) ** 2];

  test.each([{}, { gradient }] as HessianOptions<number[]>[])("%o", (options) => {
    const steps = { ...options, absStep: 0.25 };
    const before = memoryUsage().used;
    expect(hessian(f, [3, 2], steps)).toEqual(expected);
    const matrix = hessian(f, Float64Array.of(3, 2), steps);
    expect([matrix.dtype, matrix.toArray()]).toEqual(["float64", expected]);
    const x = array([3, 2], { dtype: "float32" });
    const other = hessian((at) => f(at.data as Float32Array), x, {
      absStep: 0.25,
      ...(options.gradient && { gradient: (at) => Float32Array.from(gradient(at.data as Float32Array)) }),
    });
    expect([other.dtype, other.toArray()]).toEqual(["float32", expected]);
    for (const each of [matrix, x, other]) each.free();
    expect(memoryUsage().used).toBe(before);
  });
});

describe("errors", () => {
  const f = (x: Vector) => dot(x, x);

  test.each([
    [Number.NaN, RangeError, "The loss returned NaN while x[1] was 2.25 instead of 2 and x[0] was 1.25 instead of 1"],
    ["1", TypeError, 'The loss must return a number; it returned "1" while x[1] was'],
    [[1], TypeError, "it returned an array of length 1 while"],
    [Promise.resolve(1), TypeError, "it returned a promise while"],
  ])("f returns %s", (value, Type, message) => {
    let calls = 0;
    const failing = (x: Vector) => (++calls === 6 ? value : f(x)) as number;
    const attempt = () => hessian(failing, [1, 2], { absStep: 0.25 });
    const { used } = memoryUsage();
    expect(attempt).toThrow(message);
    calls = 0;
    expect(attempt).toThrow(Type);
    expect(memoryUsage().used).toBe(used);
  });

  test("f throws, or writes to its parameters", () => {
    const cause = new Error("singular");
    const throwing = () => {
      throw cause;
    };
    try {
      hessian(throwing, [1]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ message: "The loss threw: singular", cause });
    }
    const writing = (x: Float64Array) => {
      x[2] = 5;
      return 1;
    };
    expect(() => hessian(writing, [1, 2, 3])).toThrow("The loss must not write to its parameters; it made x[2]");
  });

  test("what overflows", () => {
    expect(() => hessian((x) => ((x[0] as number) > 0 ? 1e308 : -1e308), [0])).toThrow(
      "The Hessian is not finite, in row 0 and column 0: it overflows float64.",
    );
    expect(() => hessian((x) => 1e38 * (x[0] as number) ** 2, Float32Array.of(3), { absStep: 1 })).not.toThrow();
    expect(() => hessian((x) => 1e39 * (x[0] as number) ** 2, Float32Array.of(3), { absStep: 1 })).toThrow("float32");
  });

  test.each([
    [[1, 2], { gradient: "central" }, 'gradient must be a function; got "central".'],
    [[1, 2], { method: "forward" }, 'method must be "central" where there is no gradient; got "forward".'],
    [[1, 2], { method: "adaptive" }, 'method must be "central" where there is no gradient; got "adaptive".'],
    [
      [1, 2],
      { sparsity: [[1]] },
      'hessian has no option "sparsity"; it takes gradient, method, relStep, absStep, bounds',
    ],
    [[1, 2], { f0: Number.NaN }, "f0 must be finite; got NaN."],
    [[1, 2], { f0: "1" }, 'f0 must be finite; got "1".'],
    [
      [1, 2],
      { gradient: () => [1] },
      "The gradient must return 2 numbers, one for each parameter; it returned 1 while",
    ],
    [[1, 2], { gradient: () => [1, Number.NaN] }, "The gradient returned NaN at [1] while x[0] was"],
    [[1, 2], { bounds: [1, 1.5] }, "x[1] must be within its bounds"],
    [[1, 2], { bounds: [1, [1, 3]] }, "x[0] is 1; its bounds, 1 and 1, leave no room for a step."],
    [[1, Number.POSITIVE_INFINITY], {}, "x[1] must be finite; it is Infinity."],
    [[1.7e308], { absStep: 1e308 }, "x[0] is 1.7e+308; a step from there overflows."],
    [[], {}, "x must have at least one parameter; it has none."],
    [{ a: 1 }, {}, "hessian takes x as one array of numbers; got an object of class Object."],
  ])("%j %j", (x, options, message) => {
    expect(() => hessian(f, x as Any, options as Any)).toThrow(message);
  });

  test("no function", () => {
    expect(() => hessian([1] as Any, [1])).toThrow("hessian takes a function and parameters; the first is an array");
  });
});
