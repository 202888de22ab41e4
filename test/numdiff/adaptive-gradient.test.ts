import { describe, expect, test } from "vitest";
import { array, memoryUsage, numericalGradient } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused

const method = "adaptive" as const;

describe("adaptive", () => {
  test("nearly all digits, with bounds of the errors that hold", () => {
    const f = ([a = 0, b = 0, c = 0]: ArrayLike<number> & Iterable<number>) =>
      Math.exp(a) * Math.sin(b) + Math.log(c) * a;
    const [a, b, c] = [0.7, 2.1, 30];
    const truth = [Math.exp(a) * Math.sin(b) + Math.log(c), Math.exp(a) * Math.cos(b), a / c];
    let calls = 0;
    const counted = (x: Float64Array) => {
      calls += 1;
      return f(x);
    };
    const { value, error, evaluations } = numericalGradient(counted, [a, b, c], { method, full: true });
    expect(evaluations).toBe(calls);
    expect(evaluations).toBeLessThan(60);
    for (const [i, g] of truth.entries()) {
      const off = Math.abs((value[i] as number) - g);
      expect(off).toBeLessThan(1e-12 * Math.abs(g));
      expect(off).toBeLessThanOrEqual(error?.[i] as number);
      expect(error?.[i]).toBeLessThan(1e-10);
    }
    expect(numericalGradient(f, [a, b, c], { method })).toEqual(value);
    expect(numericalGradient(f, [a, b, c], { method, signal: new AbortController().signal })).toEqual(value);
    expect(numericalGradient(f, [a, b, c], { full: true })).not.toHaveProperty("error");
  });

  test("any structure; float32 parameters move as float32", () => {
    const before = memoryUsage().used;
    const x = { w: Float64Array.of(1, 2), s: Float32Array.of(3), n: 4, t: array([[5, 6]], { dtype: "float32" }) };
    const { value, error, evaluations } = numericalGradient(
      ({ w, s, n, t }) => {
        expect([s[0], t.get(0, 0)]).toEqual([Math.fround(s[0] as number), Math.fround(t.get(0, 0))]);
        return w[0]! ** 3 * w[1]! + n ** 2 * s[0]! + Math.exp(t.get(0, 1)) * t.get(0, 0);
      },
      x,
      { method, full: true },
    );
    const close = (found: ArrayLike<number>, expected: number[], digits: number) => {
      for (const [i, g] of expected.entries()) {
        expect(Math.abs((found[i] as number) - g)).toBeLessThanOrEqual(digits * Math.abs(g));
      }
    };
    close(value.w, [6, 1], 1e-12);
    close(value.s, [16], 1e-5);
    close([value.n], [24], 1e-12);
    close(value.t.data as Float32Array, [Math.exp(6), 5 * Math.exp(6)], 1e-5);
    expect(Object.keys(error ?? {})).toEqual(["w", "s", "n", "t"]);
    expect([error?.s.constructor, error?.t.dtype, error?.t.shape]).toEqual([Float32Array, "float32", [1, 2]]);
    expect(evaluations).toBeGreaterThan(12);
    for (const each of [x.t, value.t, error?.t]) each?.free();
    expect(memoryUsage().used).toBe(before);
    expect(numericalGradient((v) => v * v, 3, { method })).toBeCloseTo(6, 12);
  });

  test("bounds are never left", () => {
    const seen: number[][] = [];
    const x = Float64Array.of(0, 1, 0.5);
    const f = (at: Float64Array) => {
      seen.push(Array.from(at));
      return Math.exp(at[0]!) + at[1]! ** 3 + Math.sin(at[2]!);
    };
    const gradient = numericalGradient(f, x, {
      method,
      bounds: [
        [0, Number.NEGATIVE_INFINITY, 0.49],
        [10, 1, 0.53],
      ],
    });
    for (const [a = 0, b = 0, c = 0] of seen) expect(a >= 0 && a <= 10 && b <= 1 && c >= 0.49 && c <= 0.53).toBe(true);
    for (const [i, g] of [1, 3, Math.cos(0.5)].entries()) expect(gradient[i]).toBeCloseTo(g, 9);
    expect(x).toEqual(Float64Array.of(0, 1, 0.5));
  });

  test("the value at x is asked for once at most, and not at all if it is given", () => {
    const x = [1, 2, 3];
    const half = [[1, 2, 3], 10] as const;
    const count = (options: object) => {
      let [calls, centers] = [0, 0];
      const f = (at: Float64Array) => {
        calls += 1;
        if (at.every((v, i) => v === x[i])) centers += 1;
        return at.reduce((total, v) => total + Math.exp(v), 0);
      };
      const { evaluations } = numericalGradient(f, x, { method, bounds: half, full: true, ...options });
      expect(evaluations).toBe(calls);
      return centers;
    };
    expect(count({})).toBe(1);
    expect(count({ f0: x.reduce((total, v) => total + Math.exp(v), 0) })).toBe(0);
  });

  test("the end of a domain: steps to the other side, and where nothing is finite, a word", () => {
    const root = ([a = 0, b = 0]: Iterable<number>) => Math.sqrt(a) + a * Math.sqrt(b + 1);
    const gradient = numericalGradient(root, [1e-4, 3], { method });
    expect(gradient[0]).toBeCloseTo(52, 9);
    expect(gradient[1]).toBeCloseTo(1e-4 / 4, 14);
    const before = memoryUsage().used;
    expect(() => numericalGradient(({ w }) => Math.sqrt(-1 - w[0]! ** 2), { w: [1] }, { method })).toThrow(
      new RangeError("The loss is not finite around w[0] = 1, at the points that a derivative needs."),
    );
    expect(() => numericalGradient((v) => 1e300 * v[0]!, Float32Array.of(1), { method })).toThrow(
      new RangeError("The gradient is not finite, in the entry of x[0]: it overflows float32."),
    );
    expect(memoryUsage().used).toBe(before);
  });

  test("errors", () => {
    const before = memoryUsage().used;
    const cause = new SyntaxError("no such thing");
    const failing = ([, b = 0]: Iterable<number>) => {
      if (b !== 2) throw cause;
      return 1;
    };
    let caught: unknown;
    try {
      numericalGradient(failing, [1, 2], { method });
    } catch (error) {
      caught = error;
    }
    expect((caught as Error).message).toMatch(/^The loss threw while x\[1\] was [\d.]+ instead of 2: no such thing$/);
    expect((caught as Error).cause).toBe(cause);
    expect(() => numericalGradient(() => "3" as Any, [1], { method })).toThrow(
      /^The loss must return a number; it returned "3" while x\[0\] was/,
    );
    expect(() => numericalGradient((async () => 3) as Any, [1], { method })).toThrow(/it returned a promise while/);
    expect(() => numericalGradient((x) => x.fill(7).length, [1, 2], { method })).toThrow(
      "The loss must not write to its parameters; it made x[0] 7.",
    );
    expect(() => numericalGradient(() => 1, [1, Number.NaN], { method })).toThrow("x[1] must be finite; it is NaN.");
    expect(() => numericalGradient(() => 1, [1], { method, bounds: [1, 1] })).toThrow("leave no room for a step");
    for (const [option, why] of [
      [{ relStep: 1 }, /^relStep does not go with the method "adaptive", which chooses its steps itself\.$/],
      [{ absStep: 1 }, /^absStep does not go/],
      [{ batch: true }, /^batch does not go with the method "adaptive", which needs one value after the other\.$/],
    ] as const) {
      expect(() => numericalGradient(() => 1, [1], { method, ...option } as Any)).toThrow(why);
    }
    const controller = new AbortController();
    const reason = new Error("enough");
    const aborting = (x: Float64Array) => {
      controller.abort(reason);
      return x[0] as number;
    };
    expect(() => numericalGradient(aborting, [1], { method, signal: controller.signal })).toThrow(reason);
    expect(memoryUsage().used).toBe(before);
  });

  test("not together with concurrency", async () => {
    await expect(numericalGradient(async () => 1, [1], { method, concurrency: 2 })).rejects.toThrow(
      'concurrency does not go with the method "adaptive"',
    );
  });
});
