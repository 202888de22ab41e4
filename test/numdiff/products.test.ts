import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  array,
  directionalDerivative,
  hessianVectorProduct,
  memoryUsage,
  numericalGradient,
  type Values,
} from "../../src/index.js";

type Any = never; // what no type allows, to see it refused
type Vector = ArrayLike<number>;

const dot = (a: Vector, b: Vector) => Array.from(a).reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Not separable, with entries of every size. */
const f = (x: Vector) =>
  Math.exp(0.1 * dot(x, x)) + Array.from(x).reduce((sum, v, i) => sum + Math.sin((i + 1) * v), 0);
const gradient = (x: Vector) => {
  const e = 0.2 * Math.exp(0.1 * dot(x, x));
  return Array.from(x, (v, i) => e * v + (i + 1) * Math.cos((i + 1) * v));
};
/** The Hessian of f times v. */
const product = (x: Vector, v: Vector) => {
  const e = 0.2 * Math.exp(0.1 * dot(x, x));
  return Array.from(v, (w, i) => {
    const at = x[i] as number;
    return e * w + 0.2 * e * at * dot(x, v) - (i + 1) ** 2 * Math.sin((i + 1) * at) * w;
  });
};

const entries = fc.integer({ min: -64, max: 64 }).map((k) => k / 32);
const vectors = fc
  .array(fc.tuple(entries, entries), { minLength: 1, maxLength: 8 })
  .map((pairs) => ({ x: pairs.map(([a]) => a), v: pairs.map(([, b]) => b) }));
const norm = (v: Vector) => Math.sqrt(dot(v, v));

describe("directionalDerivative", () => {
  test("is the gradient times the direction, of whatever length that is", () => {
    fc.assert(
      fc.property(vectors, fc.constantFrom(1, 1e-200, 1e200, -3), ({ x, v }, factor) => {
        const direction = v.map((entry) => entry * factor);
        const exact = dot(gradient(x), v);
        const found = directionalDerivative(f, x, direction) / factor;
        expect(Math.abs(found - exact)).toBeLessThan(1e-7 * Math.max(norm(v), 1e-9) * Math.max(1, norm(gradient(x))));
        for (const method of ["forward", "backward"] as const) {
          const rough = directionalDerivative(f, x, direction, { method }) / factor;
          expect(Math.abs(rough - exact)).toBeLessThan(1e-5 * Math.max(norm(v), 1e-9) * (10 + norm(gradient(x))));
        }
      }),
    );
  });

  test("along one parameter it is that entry of the gradient", () => {
    const x = [0.7, -1.3, 2, 1e3, -4e4];
    const smooth = (at: Vector) => Array.from(at).reduce((sum, v) => sum + Math.log1p(v * v), 0);
    for (const [i, entry] of numericalGradient(smooth, x).entries()) {
      const unit = x.map((_, j) => Number(i === j));
      expect(directionalDerivative(smooth, x, unit)).toBe(entry);
      const forward = numericalGradient(smooth, x, { method: "forward" })[i];
      const away = (x[i] as number) < 0 ? ("backward" as const) : ("forward" as const);
      expect(directionalDerivative(smooth, x, unit, { method: away })).toBe(forward);
    }
  });

  test("the points: no parameter moves by more than its step", () => {
    const seen: number[][] = [];
    const record = (x: Vector) => {
      seen.push(Array.from(x));
      return 0;
    };
    const run = (options: object) => {
      seen.length = 0;
      directionalDerivative(record, [2, -8, 0], [1, -2, 0], options);
      return seen;
    };
    expect(run({ absStep: 0.5 })).toEqual([
      [1.75, -7.5, 0],
      [2.25, -8.5, 0],
    ]);
    expect(run({ absStep: [0.125, 1, 1] })).toEqual([
      [1.875, -7.75, 0],
      [2.125, -8.25, 0],
    ]);
    expect(run({ relStep: 0.25 })).toEqual([
      [1.5, -7, 0],
      [2.5, -9, 0],
    ]);
    expect(run({ absStep: 0.5, method: "forward" })).toEqual([
      [2, -8, 0],
      [2.25, -8.5, 0],
    ]);
    expect(run({ absStep: 0.5, method: "backward", f0: 0 })).toEqual([[1.75, -7.5, 0]]);
    // x[0] has come as far as it may, x[1] has not.
    const [below, above] = run({}) as [number[], number[]];
    expect((above[0] as number) - (below[0] as number)).toBeCloseTo(2 * 6.055454452393343e-6 * 2, 14);
    expect((above[1] as number) - (below[1] as number)).toBeCloseTo(-2 * 6.055454452393343e-6 * 4, 14);
  });

  test("the Jacobian times the direction, in the kind of array that f returns", () => {
    const x = { a: [1, 2], b: Float32Array.of(3), c: 4 };
    const direction = { a: [1, 0], b: [1], c: -1 } as Any;
    const make = <R extends Values>(kind: (values: number[]) => R) =>
      directionalDerivative(
        ({ a, b, c }) => kind([(a[0] as number) * (b[0] as number), c * c, a[1] as number]),
        x,
        direction,
        { absStep: 0.25 },
      );
    const expected = [4, -8, 0];
    expect(make((values) => values)).toEqual(expected);
    expect(make((values) => Float64Array.from(values))).toEqual(Float64Array.from(expected));
    expect(make((values) => Float32Array.from(values))).toEqual(Float32Array.from(expected));
    expect(make((values) => Int32Array.from(values.map(Math.round)) as Any)).toBeInstanceOf(Float64Array);
    const before = memoryUsage().used;
    const given = array([[1], [2], [3]], { dtype: "float32" });
    const resident = make((values) => {
      given.data.set(values as Any);
      return given;
    });
    expect([resident.dtype, resident.shape, resident.toArray()]).toEqual(["float32", [3, 1], [[4], [-8], [0]]]);
    for (const each of [given, resident]) each.free();
    expect(memoryUsage().used).toBe(before);
    expect(x).toEqual({ a: [1, 2], b: Float32Array.of(3), c: 4 });
  });

  test("a number, and along nothing", () => {
    expect(directionalDerivative((x) => x * x, 3 as number, 2, { absStep: 0.25 })).toBe(12);
    let calls = 0;
    const counted = (x: Float64Array) => {
      calls += 1;
      return [...x];
    };
    expect(directionalDerivative(counted, [1, 2], [0, 0])).toEqual([0, 0]);
    expect(calls).toBe(1);
    expect(directionalDerivative(counted, [1, 2], [0, 0], { f0: [1, 2] })).toEqual([0, 0]);
    expect(calls).toBe(1);
  });

  test("float32 parameters, and float32 values of float64 parameters", () => {
    const x = Float32Array.of(0.3, -0.7);
    const v = Float32Array.of(1, 2);
    expect(Math.abs(directionalDerivative(f, x, v) - dot(gradient(x), v))).toBeLessThan(1e-2);
    let calls = 0;
    const rounded = (at: Vector) => {
      calls += 1;
      return Float32Array.of(f(at));
    };
    const [slope] = directionalDerivative(rounded, [0.3, -0.7], [1, 2]);
    expect(Math.abs((slope as number) - dot(gradient([0.3, -0.7]), [1, 2]))).toBeLessThan(1e-2);
    expect(calls).toBe(3);
  });

  test.each([
    ["f", 3, [1], [1], {}, "directionalDerivative takes a function, parameters and a direction; the first is 3."],
    ["direction", f, [1, 2], [1], {}, "direction must have shape [2]; got [1]."],
    ["direction", f, [1, 2], 1, {}, "direction must have the structure of x; got 1."],
    ["direction", f, [1, 2], undefined, {}, "direction must be a number or have the structure of x; got undefined."],
    ["direction", f, [1, 2], [1, Number.NaN], {}, "direction must be finite; for x[1] it is NaN."],
    ["x", f, [1, Number.NaN], [1, 1], {}, "x[1] must be finite; it is NaN."],
    ["x", f, [], [], {}, "x must have at least one parameter; it has none."],
    ["x", f, "12", [1], {}, 'x must be numbers, a float array, or a record or array of these; got "12".'],
    [
      "options",
      f,
      [1],
      [1],
      { bounds: [0, 1] },
      'directionalDerivative has no option "bounds"; it takes method, relStep',
    ],
    ["options", f, [1], [1], { method: "both" }, 'method must be "forward", "backward" or "central"; got "both".'],
    ["options", f, [1], [1], { f0: "1" }, 'f0 must be what the function returns at x, finite numbers; got "1".'],
    ["step", () => 1, [1e308], [1], { absStep: 1.7e308 }, "No step of 1.7e+308 can be made along the direction"],
    ["NaN", () => Number.NaN, [1], [1], {}, "The function returned NaN beside x; finite numbers are needed."],
    ["text", () => "1", [1], [1], {}, 'The function must return numbers; it returned "1" beside x.'],
    [
      "overflow",
      (x: Vector) => ((x[0] as number) > 0 ? 1e308 : -1e308),
      [0],
      [1],
      {},
      "The derivative along the direction is not finite",
    ],
  ])("a wrong %s: %#", (_, g, x, v, options, message) => {
    expect(() => directionalDerivative(g as Any, x as Any, v as Any, options as Any)).toThrow(message);
  });
});

describe("hessianVectorProduct", () => {
  test("from a gradient, by two evaluations of it", () => {
    fc.assert(
      fc.property(vectors, fc.constantFrom(1, 1e-200, 1e200, -3), ({ x, v }, factor) => {
        let calls = 0;
        const counted = (at: Vector) => {
          calls += 1;
          return gradient(at);
        };
        const direction = v.map((entry) => entry * factor);
        const found = hessianVectorProduct(() => expect.unreachable() as never, x, direction, { gradient: counted });
        expect(calls).toBe(norm(v) === 0 ? 0 : 2);
        for (const [i, exact] of product(x, v).entries())
          expect(Math.abs((found[i] as number) / factor - exact)).toBeLessThan(
            3e-7 * Math.max(...v.map(Math.abs), 1e-9),
          );
      }),
    );
  });

  test("from values, by 4n evaluations", () => {
    fc.assert(
      fc.property(vectors, ({ x, v }) => {
        let calls = 0;
        const counted = (at: Vector) => {
          calls += 1;
          return f(at);
        };
        const found = hessianVectorProduct(counted, x, v);
        const largest = Math.max(...v.map(Math.abs));
        expect(calls).toBe(largest === 0 ? 0 : 4 * x.length);
        for (const [i, exact] of product(x, v).entries())
          expect(Math.abs((found[i] as number) - exact)).toBeLessThan(2e-4 * Math.max(largest, 1e-9));
      }),
    );
  });

  test("any structure, whose kinds the product has", () => {
    const x = { w: array([[1, 2]], { dtype: "float32" }), b: [3], c: 4 };
    const v = { w: array([[1, 1]]), b: [2], c: 1 };
    type X = { w: { get(i: number, j: number): number }; b: ArrayLike<number>; c: number };
    const loss = ({ w, b, c }: X) => w.get(0, 0) ** 2 * w.get(0, 1) + (b[0] as number) * c * c;
    const { used } = memoryUsage();
    const given: { free(): void }[] = [];
    const slopes = ({ w, b, c }: X) => {
      const [p, q] = [w.get(0, 0), w.get(0, 1)];
      const dw = array([[2 * p * q, p * p]]);
      given.push(dw);
      return { w: dw, b: [c * c], c: 2 * (b[0] as number) * c };
    };
    for (const options of [{ absStep: 0.25 }, { absStep: 0.25, gradient: slopes }]) {
      const found = hessianVectorProduct(loss as Any, x, v as Any, options as Any) as unknown as typeof x;
      expect(found.w.dtype).toBe("float32");
      expect(found.w.toArray()).toEqual([[6, 2]]);
      expect([found.b, found.c]).toEqual([[8], 22]);
      found.w.free();
    }
    for (const each of given) each.free();
    expect(memoryUsage().used).toBe(used);
    for (const each of [x.w, v.w]) each.free();
    expect(hessianVectorProduct((p) => p ** 3, 2 as number, 2, { absStep: 0.25, gradient: (p) => 3 * p * p })).toBe(24);
    expect(hessianVectorProduct((p) => p * p, Float32Array.of(2) as Any, [3] as Any, { absStep: 0.25 })).toEqual(
      Float32Array.of(6),
    );
  });

  test.each([
    ["f", 3, [1], [1], {}, "hessianVectorProduct takes a function, parameters and a vector; the first is 3."],
    ["v", f, [1, 2], [1], {}, "v must have shape [2]; got [1]."],
    ["v", f, [1, 2], [Number.POSITIVE_INFINITY, 1], {}, "v must be finite; for x[0] it is Infinity."],
    ["options", f, [1], [1], { method: "forward" }, 'hessianVectorProduct has no option "method"; it takes gradient'],
    ["gradient", f, [1], [1], { gradient: 3 }, "gradient must be a function; got 3."],
    ["gradient", f, [1, 2], [1, 1], { gradient: () => [1] }, "gradient must have shape [2]; got [1]."],
    ["gradient", f, [1, 2], [1, 1], { gradient: () => 1 }, "gradient must have the structure of x; got 1."],
    [
      "gradient",
      f,
      [1],
      [1],
      { gradient: () => [Number.NaN] },
      "The gradient is not finite beside x, in the entry of x[0].",
    ],
    ["NaN", () => Number.NaN, [1], [1], {}, "The loss returned NaN beside x while x[0] was"],
  ])("a wrong %s: %#", (_, g, x, v, options, message) => {
    const { used } = memoryUsage();
    expect(() => hessianVectorProduct(g as Any, x as Any, v as Any, options as Any)).toThrow(message);
    expect(memoryUsage().used).toBe(used);
  });

  test("what f or the gradient throws is the cause", () => {
    const cause = new Error("singular");
    const throwing = () => {
      throw cause;
    };
    for (const [call, message] of [
      [() => hessianVectorProduct(throwing, [1], [1]), /^The loss threw beside x while x\[0\] was .*: singular$/],
      [() => hessianVectorProduct(f, [1], [1], { gradient: throwing }), /^The gradient threw beside x: singular$/],
      [() => directionalDerivative(throwing, [1], [1]), /^The function threw beside x: singular$/],
    ] as const) {
      try {
        call();
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringMatching(message), cause });
      }
    }
  });
});
