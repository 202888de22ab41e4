import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { array, memoryUsage, type NDArray, numericalGradient, zeros } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused

function number(bits: string): number {
  return new DataView(BigUint64Array.of(BigInt(`0x${bits}`)).buffer).getFloat64(0, true);
}

/** As test/fixtures/numdiff.py has them, operation for operation. */
const FUNCTIONS: { readonly [name: string]: (x: ArrayLike<number>) => number } = {
  quadratic: (x) => Array.from(x).reduce((total, v, i) => total + (i + 1) * v * v, 0),
  rosenbrock: (x) => {
    const at = Array.from(x);
    const first = at[0] as number;
    return at.slice(1).reduce(
      (total, b, i) => {
        const a = at[i] as number;
        return total + 100 * (b - a * a) * (b - a * a);
      },
      (1 - first) * (1 - first),
    );
  },
  rational: (x) => Array.from(x).reduce((total, v) => total + (v - 3) / (2 + v * v), 0),
  root: (x) => Math.sqrt(Array.from(x).reduce((total, v) => total + v * v, 1)),
  product: (x) => Array.from(x).reduce((total, v) => total * (v + 0.5), 1),
};

interface Options {
  method?: "forward" | "backward" | "central";
  relStep?: number | number[];
  absStep?: number | number[];
}

/** The formulas, for types and methods that SciPy does not have; float32 as of SciPy 1.18. */
function reference(f: (x: ArrayLike<number>) => number, x: Float64Array | Float32Array, options: Options) {
  const { method = "central", relStep, absStep } = options;
  const single = x instanceof Float32Array;
  const round = single ? Math.fround : (v: number) => v;
  // NumPy has the power of a float32 in float32, its exponent too.
  const r = single
    ? round(method === "central" ? 2 ** (-23 * round(1 / 3)) : 2 ** (-23 / 2))
    : method === "central"
      ? 6.055454452393343e-6
      : 2 ** -26;
  const evaluate = (i: number, value: number) => f(x.with(i, value));
  return x.map((xi, i) => {
    const away = (xi >= 0 ? 1 : -1) * (method === "backward" ? -1 : 1);
    let h = round(r * away * Math.max(1, Math.abs(xi)));
    const given = absStep ?? relStep;
    if (given !== undefined) {
      const asked = Array.isArray(given) ? (given[i] as number) : round(given);
      const step = round(absStep === undefined ? asked * away * Math.abs(xi) : method === "backward" ? -asked : asked);
      if (round(xi + step) !== xi) h = step;
    }
    if (method === "central") {
      const [lo, hi] = [round(xi - Math.abs(h)), round(xi + Math.abs(h))];
      return (evaluate(i, hi) - evaluate(i, lo)) / round(hi - lo);
    }
    const moved = round(xi + h);
    return (evaluate(i, moved) - f(x)) / round(moved - xi);
  });
}

describe("SciPy's approx_derivative, bit for bit", () => {
  const lines = readFileSync(new URL("../fixtures/numdiff.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const given = (bits: string | string[]) => (Array.isArray(bits) ? bits.map(number) : number(bits));

  test.each(lines.map((line, k) => [k, line] as const))("case %i", (_, line) => {
    const { f, x, method, rel, abs, lo, hi, points, gradient } = JSON.parse(line);
    const start = Float64Array.from(x, number);
    const seen: [number, number][] = [];
    let centers = 0;
    const result = numericalGradient(
      (at: Float64Array) => {
        const moved = Array.from(at.keys()).filter((i) => !Object.is(at[i], start[i]));
        if (moved.length === 0) centers += 1;
        else seen.push(...moved.map((i): [number, number] => [i, at[i] as number]));
        return (FUNCTIONS[f] as (at: Float64Array) => number)(at);
      },
      start,
      {
        method: method === "2-point" ? "forward" : "central",
        ...(rel === null ? {} : { relStep: given(rel) }),
        ...(abs === null ? {} : { absStep: given(abs) }),
        ...(lo === null ? {} : { bounds: [given(lo), given(hi)] }),
      },
    );
    expect(result).toEqual(Float64Array.from(gradient, number));
    expect(seen).toEqual(points.map(([i, value]: [number, string]) => [i, number(value)]));
    // Two points on the same side need the value at x too.
    const above = seen.map(([i, value]) => value > (start[i] as number));
    const atBound = method === "3-point" && above.some((side, k) => k % 2 === 1 && side === above[k - 1]);
    expect(centers).toBe(method === "2-point" || atBound ? 1 : 0);
  });

  test("the cases are there, with what is hard in them", () => {
    expect(lines.length).toBe(887);
    expect(lines.filter((line) => !line.includes('"lo":null')).length).toBe(707);
    expect(lines.some((line) => line.includes('"8000000000000000"'))).toBe(true);
  });
});

describe("the formulas, bit for bit, with every method, step and type", () => {
  const X = [0, -0, 1, -1, 3.5, -1e4, 1e-5, 0.3, -1e20];
  const STEPS: Options[] = [
    {},
    { relStep: 1e-3 },
    { relStep: 1e-12 },
    { absStep: -1e-2 },
    { absStep: 1e-9 },
    { relStep: X.map((_, i) => (i % 2 ? 0 : 1e-4)) },
    { absStep: X.map((_, i) => 0.25 * (i - 4)) },
    { relStep: 1e-2, absStep: 0.125 },
  ];
  for (const Type of [Float64Array, Float32Array]) {
    for (const method of ["forward", "backward", "central"] as const) {
      test.each(STEPS)(`${Type.name} ${method} %j`, (step) => {
        const x = Type.from(X);
        const f = FUNCTIONS.rational as (x: ArrayLike<number>) => number;
        const expected = reference(f, x, { method, ...step });
        expect(numericalGradient(f, x as Float64Array, { method, ...step })).toEqual(expected);
        expect(expected.every(Number.isFinite)).toBe(true);
      });
    }
  }

  test("backward looks below a positive parameter and above a negative one", () => {
    const seen: number[][] = [];
    numericalGradient(
      (x) => {
        seen.push(Array.from(x));
        return x[0] as number;
      },
      Float64Array.of(2, -2),
      { method: "backward", absStep: 0.5 },
    );
    expect(seen).toEqual([
      [2, -2],
      [1.5, -2],
      [2, -2.5],
    ]);
    expect(numericalGradient((x) => Math.abs(x), 0, { method: "backward" })).toBe(-1);
    expect(numericalGradient((x) => Math.abs(x), 0, { method: "forward" })).toBe(1);
    expect(numericalGradient((x) => Math.abs(x), 0)).toBe(0);
  });
});

describe("the structure of the parameters is that of the gradient", () => {
  test("a number", () => {
    expect(numericalGradient((x) => x * x, 3, { absStep: 0.25 })).toBe(6);
  });

  test("numbers, seen as Float64Array", () => {
    const gradient = numericalGradient(
      (x) => {
        expect(x).toBeInstanceOf(Float64Array);
        return (x[0] as number) * (x[1] as number);
      },
      [2, 3],
      { absStep: 0.25 },
    );
    expect(gradient).toEqual([3, 2]);
  });

  test.each([Int8Array, Int16Array, Int32Array, Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array])(
    "%o",
    (Type) => {
      const x = Type.of(2, 3) as Int8Array;
      const gradient = numericalGradient((at) => (at[0] as number) * (at[1] as number), x, { absStep: 0.25 });
      expect(gradient).toEqual(Float64Array.of(3, 2));
      expect(x).toEqual(Type.of(2, 3));
    },
  );

  test("float32 is seen, moved and answered as float32", () => {
    const gradient = numericalGradient(
      (x) => {
        expect(x).toBeInstanceOf(Float32Array);
        return 3 * (x[0] as number);
      },
      Float32Array.of(1),
      { absStep: 0.25 },
    );
    expect(gradient).toEqual(Float32Array.of(3));
  });

  test("an NDArray, whose shape the loss sees and the gradient has", () => {
    const before = memoryUsage().used;
    const x = array(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: "float32" },
    );
    const gradient = numericalGradient((at) => at.get(1, 2) * at.get(0, 1), x, { absStep: 0.25 });
    expect([gradient.dtype, gradient.shape]).toEqual(["float32", [2, 3]]);
    expect(gradient.toArray()).toEqual([
      [0, 6, 0],
      [0, 0, 2],
    ]);
    expect(x.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    gradient.free();
    x.free();
    expect(memoryUsage().used).toBe(before);
  });

  test("records and arrays of these, float32 and float64 mixed", () => {
    const x = {
      layers: [
        {
          w: array(
            [
              [1, 2],
              [3, 4],
            ],
            { dtype: "float32" },
          ),
          b: Float32Array.of(5),
        },
        { w: Float64Array.of(6, 7), b: [8] },
      ] as const,
      scale: 10,
      shift: [1, [2, 3]] as const,
    };
    const gradient = numericalGradient(
      ({ layers: [first, second], scale, shift }) =>
        scale * (first.w.get(1, 0) + 2 * (first.b[0] as number)) +
        (second.w[1] as number) * (second.b[0] as number) +
        4 * shift[0] +
        5 * (shift[1][1] as number),
      x as Any as {
        layers: [{ w: NDArray; b: Float32Array }, { w: Float64Array; b: number[] }];
        scale: number;
        shift: [number, number[]];
      },
      { absStep: 0.25 },
    );
    expect(gradient.layers[0].w.toArray()).toEqual([
      [0, 0],
      [10, 0],
    ]);
    expect(gradient.layers[0].w.dtype).toBe("float32");
    expect(gradient.layers[0].b).toEqual(Float32Array.of(20));
    expect(gradient.layers[1]).toEqual({ w: Float64Array.of(0, 8), b: [7] });
    expect(gradient.scale).toBe(13);
    expect(gradient.shift).toEqual([4, [0, 5]]);
    expect(x.layers[0].w.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([x.layers[0].b, x.layers[1], x.scale]).toEqual([
      Float32Array.of(5),
      { w: Float64Array.of(6, 7), b: [8] },
      10,
    ]);
    x.layers[0].w.free();
    gradient.layers[0].w.free();
  });

  test("no parameters have no gradient", () => {
    for (const x of [
      [],
      new Float64Array(0),
      new Float32Array(0),
      new Int8Array(0),
      {},
      { a: [], b: [] },
      zeros([0, 3]),
    ]) {
      expect(() => numericalGradient(() => 1, x as Any as number[])).toThrow(
        new RangeError("x must have at least one parameter; it has none."),
      );
    }
  });

  test("a result is the caller's own", () => {
    const x = Float64Array.of(1, 2);
    const first = numericalGradient((at) => (at[0] as number) + 2 * (at[1] as number), x, { absStep: 0.25 });
    numericalGradient((at) => 5 * (at[0] as number), x, { absStep: 0.25 });
    expect(first).toEqual(Float64Array.of(1, 2));
    expect(x).toEqual(Float64Array.of(1, 2));
  });
});

describe("a loss may", () => {
  const cubes = (x: ArrayLike<number>) => Array.from(x).reduce((total, v) => total + v * v * v, 0);

  test("call numericalGradient itself, on as many parameters", () => {
    const x = Float64Array.of(1, 2, 3);
    const squared = (at: ArrayLike<number>) => {
      const inner = numericalGradient(cubes, at as Float64Array, { absStep: 0.125 });
      return inner.reduce((total, v) => total + v, 0);
    };
    const nested = numericalGradient(squared, x, { absStep: 0.125 });
    // Of x³ by differences of h: 3x² + h². Of that: 6x, all of it exact.
    expect(nested).toEqual(Float64Array.of(6, 12, 18));
    const resident = array(x);
    const result = numericalGradient((at) => squared(at.data as Float64Array), resident, { absStep: 0.125 });
    expect(result.toArray()).toEqual([6, 12, 18]);
    for (const each of [resident, result]) each.free();
  });

  test("allocate, so that linear memory grows under it", () => {
    const before = memoryUsage();
    const x = { w: Float64Array.of(1, 2), s: Float32Array.of(3), t: array([4]) };
    const arrays: NDArray[] = [];
    for (const method of ["forward", "backward", "central"] as const) {
      const gradient = numericalGradient(
        ({ w, s, t }) => {
          const { reserved } = memoryUsage();
          if (arrays.length < 30 && reserved < 2 ** 29) arrays.push(zeros([2 ** 21]));
          return cubes(w) + cubes(s) + cubes(t.data as Float64Array);
        },
        x,
        { method, absStep: 0.25 },
      );
      const expected = (v: number) =>
        3 * v * v + (method === "central" ? 1 / 16 : (method === "forward" ? 1 : -1) * 0.75 * v + 1 / 16);
      expect(gradient.w).toEqual(Float64Array.of(expected(1), expected(2)));
      expect(gradient.s).toEqual(Float32Array.of(expected(3)));
      expect(gradient.t.toArray()).toEqual([expected(4)]);
      gradient.t.free();
    }
    expect(memoryUsage().reserved).toBeGreaterThan(before.reserved);
    for (const each of [...arrays, x.t]) each.free();
    expect(memoryUsage().used).toBe(before.used);
  });
});

describe("errors", () => {
  const at = (trigger: (x: Float64Array) => boolean, act: () => unknown) => (x: Float64Array) => {
    if (trigger(x)) return act() as number;
    return x[0] as number;
  };
  const cases: [string, () => unknown, new (message?: string) => Error, RegExp][] = [
    [
      "throws",
      () => {
        throw new SyntaxError("no such thing");
      },
      Error,
      /^The loss threw while x\[1\] was 2\.5 instead of 2: no such thing$/,
    ],
    [
      "throws a string",
      () => {
        throw "text";
      },
      Error,
      /^The loss threw while x\[1\] was 2\.5 instead of 2: text$/,
    ],
    [
      "returns NaN",
      () => Number.NaN,
      RangeError,
      /^The loss returned NaN while x\[1\] was 2\.5 instead of 2; a finite number is needed\.$/,
    ],
    [
      "returns Infinity",
      () => Number.POSITIVE_INFINITY,
      RangeError,
      /returned Infinity while x\[1\] was 2\.5 instead of 2/,
    ],
    ["returns -Infinity", () => Number.NEGATIVE_INFINITY, RangeError, /returned -Infinity while x\[1\]/],
    ["returns text", () => "3", TypeError, /must return a number; it returned "3" while x\[1\] was 2\.5/],
    ["returns a bigint", () => 3n, TypeError, /it returned 3n while x\[1\]/],
    ["returns nothing", () => undefined, TypeError, /it returned undefined while x\[1\]/],
    ["returns an array", () => [1], TypeError, /it returned an array of length 1 while x\[1\]/],
    [
      "returns a promise",
      () => Promise.resolve(1),
      TypeError,
      /it returned a promise while x\[1\] was 2\.5 instead of 2\. Promises are awaited by numericalGradient with the option concurrency\.$/,
    ],
  ];

  test.each(cases)("a loss that %s, with the place, and memory as before", (_, act, type, message) => {
    const x = Float64Array.of(1, 2, 3);
    const record = { a: [1], b: Float64Array.of(1, 2, 3) };
    numericalGradient((v) => v[0] as number, x); // what is kept for the next call is there now
    const before = memoryUsage().used;
    const moved = at((v) => v[1] === 2.5, act);
    for (const method of ["forward", "central"] as const) {
      const plain = () => numericalGradient(moved, x, { method, absStep: 0.5 });
      expect(plain).toThrow(message);
      expect(plain).toThrow(type);
      const inner = () => numericalGradient(({ b }) => moved(b), record, { method, absStep: 0.5 });
      expect(inner).toThrow(/b\[1\] was 2\.5 instead of 2/);
    }
    expect(x).toEqual(Float64Array.of(1, 2, 3));
    expect(memoryUsage().used).toBe(before);
    expect(numericalGradient((v) => 2 * (v[1] as number), x, { absStep: 0.5 })).toEqual(Float64Array.of(0, 2, 0));
  });

  test("the cause is what the loss threw", () => {
    const cause = new SyntaxError("no such thing");
    for (const method of ["forward", "central"] as const) {
      let caught: unknown;
      try {
        numericalGradient(
          () => {
            throw cause;
          },
          [1],
          { method },
        );
      } catch (error) {
        caught = error;
      }
      expect((caught as Error).cause).toBe(cause);
    }
  });

  test("at x itself there is no other place to name", () => {
    expect(() => numericalGradient(() => Number.NaN, [1, 2], { method: "forward" })).toThrow(
      new RangeError("The loss returned NaN; a finite number is needed."),
    );
  });

  test("a loss that writes to its parameters is told so, for the other elements would be moved", () => {
    const sorting = (x: Float64Array) => {
      x.sort();
      return 10 * (x[0] as number) + (x[1] as number);
    };
    const message = "The loss must not write to its parameters; it made x[0] ";
    for (const method of ["forward", "backward", "central"] as const) {
      expect(() => numericalGradient(sorting, Float64Array.of(2, 1), { method })).toThrow(message);
      expect(() => numericalGradient(sorting, Float64Array.of(2, 1), { method })).toThrow(TypeError);
      expect(numericalGradient(sorting, Float64Array.of(1, 2), { method, absStep: 0.25 })).toEqual(
        Float64Array.of(10, 1),
      );
    }
    const x = { a: [1], s: Float32Array.of(2, 3) };
    const write = ({ s }: { s: Float32Array }) => s.fill(0).length;
    expect(() => numericalGradient(write as Any, x)).toThrow("it made s[0] 0.");
  });

  test("a lone number and a float32 element go by their names", () => {
    expect(() => numericalGradient(() => Number.NaN, 2, { absStep: 1 })).toThrow("while x was 1 instead of 2");
    expect(() => numericalGradient(() => Number.NaN, { a: { b: 2 } }, { absStep: 1 })).toThrow(
      "while a.b was 1 instead",
    );
    const mixed = [Float64Array.of(1), Float32Array.of(4, 7)] as const;
    expect(() =>
      numericalGradient(([, s]) => (s?.[1] === 7 ? 1 : Number.NaN), mixed as Any as Float64Array[], { absStep: 1 }),
    ).toThrow("while [1][1] was 6 instead of 7");
  });

  test.each<[unknown[], new () => Error, string]>([
    [[[1, 2], [3]], TypeError, "numericalGradient takes a function and parameters; the first is an array of length 2."],
    [[undefined, [3]], TypeError, "the first is undefined."],
    [[() => 1, "x"], TypeError, 'x must be numbers, a float array, or a record or array of these; got "x".'],
    [[() => 1, undefined], TypeError, "got undefined"],
    [[() => 1, null], TypeError, "got null"],
    [[() => 1, { a: [1, "2"] }], TypeError, "x.a[1] must be numbers"],
    [[() => 1, new Map()], TypeError, "got an object of class Map"],
    [[() => 1, BigInt64Array.of(1n)], TypeError, "x must be float64 or float32; got int64."],
    [[() => 1, { a: Int8Array.of(1) }], TypeError, "x.a must be float64 or float32; got int8."],
    [
      [() => 1, [1], { method: "both" }],
      RangeError,
      'method must be "forward", "backward", "central" or "adaptive"; got "both".',
    ],
    [[() => 1, [1], { method: "3-point" }], RangeError, 'got "3-point".'],
    [
      [() => 1, [1], { step: 1 }],
      TypeError,
      'numericalGradient has no option "step"; it takes method, relStep, absStep, bounds, f0, batch, concurrency, signal, full.',
    ],
    [[() => 1, [1], { relStep: Number.NaN }], RangeError, "relStep must be finite; got NaN."],
    [[() => 1, [1], { absStep: Number.POSITIVE_INFINITY }], RangeError, "absStep must be finite; got Infinity."],
    [[() => 1, [1, 2], { absStep: [1, Number.NaN] }], RangeError, "absStep must be finite; got NaN for x[1]."],
    [[() => 1, [1, 2], { absStep: [1, "2"] }], TypeError, 'Element [1] is "2" where a number was expected.'],
    [[() => 1, [1, 2], { absStep: [1] }], RangeError, "absStep must have shape [2]; got [1]."],
    [
      [() => 1, { a: [1], b: [2] }, { relStep: [1, 1] }],
      TypeError,
      "relStep must have the fields a, b; got an array of length 2.",
    ],
    [[() => 1, [1], { relStep: "1" }], TypeError, 'relStep must be a number or have the structure of x; got "1".'],
    [[() => 1, [1], { relStep: null }], TypeError, "got null"],
    [[() => 1, [1], { relStep: {} }], TypeError, "got an object of class Object"],
  ])("%o", (args, type, message) => {
    numericalGradient((v) => v[0] as number, Float64Array.of(1));
    const before = memoryUsage().used;
    const call = () => (numericalGradient as (...args: unknown[]) => unknown)(...args);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
    expect(memoryUsage().used).toBe(before);
  });
});

test("calls keep memory flat", { timeout: 60_000 }, () => {
  const resident = array([1, 2]);
  const calls = () => {
    numericalGradient((x) => x[0] as number, Float64Array.of(1, 2, 3));
    numericalGradient((x) => x[0] as number, [1, 2, 3]);
    numericalGradient((x) => x, 3);
    numericalGradient((x) => x.get(0), resident).free();
  };
  calls();
  const before = memoryUsage();
  for (let i = 0; i < 20_000; ++i) calls();
  expect(memoryUsage()).toEqual(before);
  resident.free();
});
