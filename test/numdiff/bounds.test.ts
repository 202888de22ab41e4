import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, memoryUsage, numericalGradient } from "../../src/index.js";

type Floats = Float64Array | Float32Array;
type Any = never; // what no type allows, to see it refused

const rational = (x: ArrayLike<number>) => Array.from(x).reduce((total, v) => total + (v - 3) / (2 + v * v), 0);

/**
 * SciPy's _adjust_scheme_to_bounds and the differences after it, as of 1.18, in the type of x: for one parameter at a
 * time, the points in their order and the quotient. No point is clipped.
 */
function reference(x: Floats, i: number, method: "forward" | "central", step: number, lower: number, upper: number) {
  const round = x instanceof Float32Array ? Math.fround : (v: number) => v;
  const xi = x[i] as number;
  const value = (p: number) => rational(x.with(i, p));
  const [below, above] = [xi - lower, upper - xi];
  let h = round(step);
  if (method === "forward") {
    const p = round(xi + h);
    if (Math.abs(h) > Math.max(below, above)) h = round(above >= below ? above : -below);
    else if (p < lower || p > upper) h = -h;
    const q = round(xi + h);
    return { points: [q], value: round((value(q) - rational(x)) / round(q - xi)) };
  }
  h = Math.abs(h);
  let central = below >= h && above >= h;
  if (!central) {
    h = round(above >= below ? Math.min(h, 0.5 * above) : -Math.min(h, 0.5 * below));
    central = Math.abs(h) <= Math.min(below, above);
    if (central) h = round(Math.min(below, above));
  }
  const [p, q] = central ? [round(xi - h), round(xi + h)] : [round(xi + h), round(xi + 2 * h)];
  const df = central ? value(q) - value(p) : -3 * rational(x) + 4 * value(p) - value(q);
  return { points: [p, q], value: round(df / round(q - (central ? p : xi))) };
}

const size = fc.double({ min: -12, max: 3, noNaN: true }).map((e) => 10 ** e);
const distance = fc.oneof(fc.constantFrom(0, 0, 1e-9, Number.POSITIVE_INFINITY), size);
const parameter = fc.record({
  x: fc.oneof(fc.constantFrom(0, -0, 1, -1, 1e8), fc.double({ min: -1e3, max: 1e3, noNaN: true })),
  step: size.chain((s) => fc.constantFrom(s, -s)),
  below: distance,
  above: distance,
});

describe("bounds", () => {
  test.each([Float64Array, Float32Array])("are never left, and else the bits are SciPy's: %o", (Type) => {
    let [same, turned] = [0, 0];
    const property = fc.property(
      fc.array(parameter, { minLength: 1, maxLength: 5 }),
      fc.constantFrom("forward" as const, "central" as const),
      (parameters, method) => {
        const x = Type.from(parameters.map((p) => p.x)) as Float64Array;
        const lower = parameters.map((p, i) => (x[i] as number) - p.below);
        const upper = parameters.map((p, i) => (x[i] as number) + p.above);
        // What rounds to x would be the default step, and bounds must leave room in the type of x.
        fc.pre(parameters.every(({ step }, i) => Type.of((x[i] as number) + Type.of(step)[0]!)[0] !== x[i]));
        fc.pre(lower.every((lo, i) => roomy(Type, x[i] as number, lo, upper[i] as number)));
        const absStep = parameters.map((p) => p.step);
        const seen: number[][] = parameters.map(() => []);
        let left = false;
        const gradient = numericalGradient(
          (at) => {
            for (const [i, v] of at.entries()) {
              left ||= v < (lower[i] as number) || v > (upper[i] as number);
              if (!Object.is(v, x[i])) seen[i]?.push(v);
            }
            return rational(at);
          },
          x,
          { method, absStep, bounds: [lower, upper] },
        );
        expect(left).toBe(false);
        for (const [i, points] of seen.entries()) {
          const [lo, hi] = [lower[i] as number, upper[i] as number];
          const expected = reference(x, i, method, absStep[i] as number, lo, hi);
          expect(Number.isFinite(gradient[i])).toBe(true);
          const usable = expected.points.every((p) => p >= lo && p <= hi && p !== x[i]);
          if (!usable || new Set(expected.points).size < expected.points.length) continue;
          expect(points).toEqual(expected.points);
          expect(gradient[i]).toBe(expected.value);
          same += 1;
          if (points.every((p) => p < (x[i] as number)) && absStep[i]! > 0) turned += 1;
        }
      },
    );
    fc.assert(property, { numRuns: 400 });
    expect(same).toBeGreaterThan(300);
    expect(turned).toBeGreaterThan(2);
  });

  /** Whether the type has a number between the bounds on one side of x. */
  function roomy(Type: typeof Float64Array | typeof Float32Array, x: number, lower: number, upper: number): boolean {
    const epsilon = Type === Float64Array ? 2 ** -50 : 2 ** -21;
    const least = Math.max(epsilon * Math.abs(x), Type === Float64Array ? 1e-300 : 1e-30);
    return Math.max(x - lower, upper - x) > least;
  }

  test("one side only: forward turns around, central takes three points", () => {
    const points = (options: object, x: number) => {
      const seen: number[] = [];
      const gradient = numericalGradient(
        (v) => {
          seen.push(v);
          return v * v;
        },
        x,
        { absStep: 0.25, ...options },
      );
      return { seen, gradient };
    };
    expect(points({ method: "forward", bounds: [0, 1] }, 1)).toEqual({ seen: [1, 0.75], gradient: 1.75 });
    expect(points({ method: "backward", bounds: [1, 2] }, 1)).toEqual({ seen: [1, 1.25], gradient: 2.25 });
    expect(points({ method: "forward", bounds: [0.875, 1.125] }, 1)).toEqual({ seen: [1, 1.125], gradient: 2.125 });
    expect(points({ bounds: [1, 2] }, 1)).toEqual({ seen: [1, 1.25, 1.5], gradient: 2 });
    expect(points({ bounds: [0, 1] }, 1)).toEqual({ seen: [1, 0.75, 0.5], gradient: 2 });
    expect(points({ bounds: [1, 1.25] }, 1)).toEqual({ seen: [1, 1.125, 1.25], gradient: 2 });
    expect(points({ bounds: [0.875, 1.125] }, 1)).toEqual({ seen: [0.875, 1.125], gradient: 2 });
    expect(points({ bounds: [0, 2] }, 1)).toEqual({ seen: [0.75, 1.25], gradient: 2 });
    expect(points({ bounds: [1, 2], f0: 1 }, 1)).toEqual({ seen: [1.25, 1.5], gradient: 2 });
    expect(points({ method: "forward", f0: 1 }, 1)).toEqual({ seen: [1.25], gradient: 2.25 });
  });

  test("x + (upper - x) may round past the upper bound: the point is the bound itself", () => {
    const [x, upper] = [-0.1, 0.3];
    expect(x + (upper - x)).toBeGreaterThan(upper);
    const seen: number[] = [];
    const identity = (v: number) => {
      seen.push(v);
      return v;
    };
    expect(numericalGradient(identity, x, { method: "forward", absStep: 1, bounds: [x, upper], f0: x })).toBe(1);
    expect(seen).toEqual([upper]);
    seen.length = 0;
    const slope = numericalGradient(identity, x, { absStep: 1, bounds: [x, upper], f0: x });
    expect(slope).toBeCloseTo(1, 15);
    expect(seen).toEqual([x + 0.5 * (upper - x), upper]);
  });

  test("float32 bounds lie between floats: the point is the last one inside", () => {
    const x = Float32Array.of(0);
    for (const upper of [0.1, 1e-46 + 1.5e-45, 3.3]) {
      const seen: number[] = [];
      numericalGradient(
        (v) => {
          seen.push(v[0] as number);
          return 0;
        },
        x,
        { method: "forward", absStep: 10, bounds: [0, upper], f0: 0 },
      );
      expect(seen).toEqual([seen[0]]);
      expect(seen[0]).toBeGreaterThan(0);
      expect(seen[0]).toBeLessThanOrEqual(upper);
      const bits = new Uint32Array(Float32Array.of(seen[0] as number).buffer);
      bits[0]! += 1;
      expect(new Float32Array(bits.buffer)[0]).toBeGreaterThan(upper);
    }
  });

  test("where x + h rounds to x, or to x + 2h, the difference is that of two points, not three times too large", () => {
    const upper = 1 + 2 ** -52;
    for (const x of [Float64Array.of(1), [1]]) {
      expect(numericalGradient((v) => (v[0] as number) * 2, x as number[], { bounds: [1, upper] })[0]).toBe(2);
    }
    const single = Float32Array.of(14.589741706848145);
    const one = numericalGradient((v) => v[0] as number, single, { bounds: [single[0] as number, 14.589742706848144] });
    expect(one).toEqual(Float32Array.of(1));
  });

  test("backward from -1 by a step that vanishes on that side only is the default step, not 0 / 0", () => {
    expect(numericalGradient((v) => v * v, -1, { method: "backward", absStep: 1e-16 })).toBeCloseTo(-2, 6);
  });

  test("numbers, arrays and the structure of x, mixed", () => {
    const x = { w: Float64Array.of(1, 2), b: [3], s: 4, t: array([[5, 6]], { dtype: "float32" }) };
    const lower = { w: [1, 0], b: Float32Array.of(3), s: Number.NEGATIVE_INFINITY, t: [[5, 0]] };
    const outside: string[] = [];
    const gradient = numericalGradient(
      ({ w, b, s, t }) => {
        const all = { w0: w[0], b0: b[0], s, t0: t.get(0, 0) } as { [name: string]: number };
        for (const [name, least] of Object.entries({ w0: 1, b0: 3, s: 3.5, t0: 5 })) {
          if ((all[name] as number) < least) outside.push(name);
        }
        return w[0]! * w[1]! + b[0]! * s + 2 * t.get(0, 0) + t.get(0, 1);
      },
      x,
      { bounds: [lower as Any, 10], absStep: { w: [0.25, 0.5], b: [1], s: 0.5, t: [[0.25, 0.125]] } },
    );
    expect(outside).toEqual([]);
    expect(gradient).toMatchObject({ w: Float64Array.of(2, 1), b: [4], s: 3 });
    expect(gradient.t.toArray()).toEqual([[2, 1]]);
    gradient.t.free();
    x.t.free();
  });

  const one = () => 1;
  test.each<[unknown[], new () => Error, string]>([
    [[one, [1, 5], { bounds: [0, 2] }], RangeError, "x[1] must be within its bounds, 0 and 2; it is 5."],
    [[one, [-1], { bounds: [0, 2] }], RangeError, "x[0] must be within its bounds, 0 and 2; it is -1."],
    [
      [one, { a: { b: 3 } }, { bounds: [{ a: { b: 4 } }, 5] }],
      RangeError,
      "a.b must be within its bounds, 4 and 5; it is 3.",
    ],
    [
      [one, Float32Array.of(0.1), { bounds: [0, 0.1] }],
      RangeError,
      "x[0] must be within its bounds, 0 and 0.1; it is 0.10000000149011612.",
    ],
    [
      [
        one,
        [1, 2],
        {
          bounds: [
            [0, 3],
            [2, 1],
          ],
        },
      ],
      RangeError,
      "The bounds of x[1] must be in order; got 3 and 1.",
    ],
    [[one, [1], { bounds: [Number.NaN, 1] }], RangeError, "The bounds of x[0] must be in order; got NaN and 1."],
    [[one, [1], { bounds: [0, [Number.NaN]] }], RangeError, "The bounds of x[0] must be in order; got 0 and NaN."],
    [
      [
        one,
        [0, 1],
        {
          bounds: [
            [-1, 1],
            [1, 1],
          ],
        },
      ],
      RangeError,
      "x[1] is 1; its bounds, 1 and 1, leave no room for a step.",
    ],
    [
      [one, Float32Array.of(1e8), { bounds: [1e8 - 1, 1e8 + 1], method: "forward" }],
      RangeError,
      "x[0] is 100000000; its bounds, 99999999 and 100000001, leave no room for a step.",
    ],
    [[one, [Number.NaN], { bounds: [0, 1] }], RangeError, "x[0] must be finite; it is NaN."],
    [[one, [1], { bounds: [0] }], TypeError, "bounds must be [lower, upper]; got an array of length 1."],
    [[one, [1], { bounds: 3 }], TypeError, "bounds must be [lower, upper]; got 3."],
    [[one, [1], { bounds: null }], TypeError, "bounds must be [lower, upper]; got null."],
    [[one, [1], { bounds: ["0", 1] }], TypeError, 'bounds[0] must be a number or have the structure of x; got "0".'],
    [[one, [1, 2], { absStep: [1, "2"] }], TypeError, 'absStep: Element [1] is "2" where a number was expected.'],
    [
      [one, { a: 1, b: [1, 2] }, { bounds: [0, { a: 1, b: [1, "2"] }] }],
      TypeError,
      'bounds[1].b: Element [1] is "2" where a number was expected.',
    ],
    [[one, [1, 2], { bounds: [0, [1]] }], RangeError, "bounds[1] must have shape [2]; got [1]."],
    [[one, { a: 1 }, { bounds: [0, { b: 1 }] }], TypeError, "bounds[1] must have the fields a; got b."],
    [[one, 1, { bounds: [[0], 2] }], TypeError, "bounds[0] must be a number; got an array of length 1."],
    [[one, [1], { f0: Number.NaN }], RangeError, "f0 must be finite; got NaN."],
    [[one, [1], { f0: "1" }], TypeError, 'f0 must be finite; got "1".'],
  ])("%j", (args, type, message) => {
    let calls = 0;
    const [, ...rest] = args;
    const before = memoryUsage().used;
    const call = () =>
      (numericalGradient as (...args: unknown[]) => unknown)(
        () => {
          calls += 1;
          return 1;
        },
        ...rest,
      );
    expect(call).toThrow(message);
    expect(call).toThrow(type);
    expect(calls).toBe(0);
    expect(memoryUsage().used).toBe(before);
  });
});

describe("what is not finite", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "an entry of x is named, though the loss is constant: %d",
    (bad) => {
      for (const method of ["forward", "backward", "central"] as const) {
        const never = () => {
          throw new Error("evaluated");
        };
        expect(() => numericalGradient(never, [1, bad], { method })).toThrow(
          new RangeError(`x[1] must be finite; it is ${bad}.`),
        );
        expect(() => numericalGradient(never, { a: [1], b: Float32Array.of(1, bad) }, { method })).toThrow(
          new RangeError(`b[1] must be finite; it is ${bad}.`),
        );
      }
    },
  );

  test("a step that overflows", () => {
    expect(() => numericalGradient(() => 1, [Number.MAX_VALUE], { relStep: 1 })).toThrow(
      new RangeError("x[0] is 1.7976931348623157e+308; a step from there overflows."),
    );
  });

  test("a gradient that overflows its type", () => {
    const steep = (v: ArrayLike<number>) => (v[0] as number) + 1e39 * (v[1] as number);
    expect(() => numericalGradient(steep, Float32Array.of(1, 1))).toThrow(
      new RangeError("The gradient is not finite, in the entry of x[1]: it overflows float32."),
    );
    expect(numericalGradient(steep, Float64Array.of(1, 1), { absStep: 0.5 })[1]).toBeCloseTo(1e39, -25);
    const sign = (v: ArrayLike<number>) => 1e308 * Math.sign(v[0] as number);
    expect(() => numericalGradient(sign, [0], { method: "central" })).toThrow("it overflows float64.");
    expect(() => numericalGradient(sign, [0], { method: "forward" })).toThrow("it overflows float64.");
    expect(() => numericalGradient(sign, [0], { bounds: [0, 1] })).toThrow("it overflows float64.");
  });

  test("options that are no object", () => {
    for (const options of [null, 3, "central"]) {
      expect(() => numericalGradient(() => 1, [1], options as Any)).toThrow(TypeError);
      expect(() => numericalGradient(() => 1, [1], options as Any)).toThrow(
        /^The options of numericalGradient must be an object; got (null|3|"central")\.$/,
      );
    }
  });
});
