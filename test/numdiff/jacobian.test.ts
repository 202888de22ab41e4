import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  array,
  type JacobianOptions,
  jacobian,
  memoryUsage,
  type NDArray,
  type Values,
  zeros,
} from "../../src/index.js";
import { type Case, casesOf, FUNCTIONS, fromBits, optionsOf } from "./jacobian-cases.js";

type Any = never; // what no type allows, to see it refused

describe("SciPy's approx_derivative, bit for bit", () => {
  test.each(casesOf("dense"))("case %i", (_, given) => {
    const { f, m, x, method, points, jacobian: expected, pattern } = given as Case;
    const start: number[] = fromBits(x);
    const seen: number[][] = [];
    const rows = jacobian(
      (at) => {
        seen.push(Array.from(at));
        return (FUNCTIONS[f] as (typeof FUNCTIONS)["chain"])(at, m, pattern);
      },
      start,
      optionsOf(given),
    );
    expect(rows).toEqual(fromBits(expected));
    // SciPy adds 0 to parameters that it does not move, which makes 0 of -0.
    const moved = seen.map((at) => at.map((v) => v + 0));
    const atX = moved.filter((at) => at.every((v, i) => v === start[i]));
    expect(atX.length).toBeLessThanOrEqual(1);
    if (method === "2-point") expect(atX.length).toBe(1);
    expect(moved.slice(atX.length)).toEqual((fromBits(points) as number[][]).map((at) => at.map((v) => v + 0)));
  });
});

/** Two coordinates on each of two axes, and its derivatives. */
const polar = (x: ArrayLike<number>): number[] => {
  const [r, angle] = Array.from(x) as [number, number];
  return [r * Math.cos(angle), r * Math.sin(angle), r];
};
const polarRows = ([r, angle]: [number, number]): number[][] => [
  [Math.cos(angle), -r * Math.sin(angle)],
  [Math.sin(angle), r * Math.cos(angle)],
  [1, 0],
];

/** The largest difference of two matrices. */
function distance(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((row, i) => row.map((v, j) => Math.abs(v - (b[i]?.[j] as number)))));
}

describe("the kind of x is that of the matrix", () => {
  const pairs = (x: ArrayLike<number>) => [2 * (x[0] as number) + (x[1] as number), (x[1] as number) ** 2, 1];
  const expected = [
    [2, 1],
    [0, 6],
    [0, 0],
  ];

  test("numbers: nested arrays", () => {
    expect(jacobian(pairs, [2, 3], { absStep: 0.25 })).toEqual(expected);
  });

  test.each([Float64Array.of(2, 3), Float32Array.of(2, 3), Int16Array.of(2, 3), Uint8Array.of(2, 3)])("%o", (x) => {
    const before = memoryUsage().used;
    const matrix = jacobian(
      (at) => {
        expect(at).toBeInstanceOf(x instanceof Float32Array ? Float32Array : Float64Array);
        return pairs(at as Float64Array);
      },
      x as Float64Array,
      { absStep: 0.25 },
    );
    expect([matrix.dtype, matrix.shape]).toEqual([x instanceof Float32Array ? "float32" : "float64", [3, 2]]);
    expect(matrix.toArray()).toEqual(expected);
    matrix.free();
    expect(memoryUsage().used).toBe(before);
  });

  test("an NDArray, of any shape: columns are its elements in C order", () => {
    const x = array([[2, 3]], { dtype: "float32" });
    const matrix = jacobian((at) => pairs(at.toArray()[0] as number[]), x, { absStep: 0.25 });
    expect([matrix.dtype, matrix.toArray()]).toEqual(["float32", expected]);
    matrix.free();
    x.free();
  });

  test("what f returns may be any array of numbers, or a number", () => {
    const f = (make: (values: number[]) => Values) => (x: ArrayLike<number>) => make(pairs(x));
    const makes = [
      (values: number[]) => Float64Array.from(values),
      (values: number[]) => Float32Array.from(values),
      (values: number[]) => Int32Array.from(values) as Any,
      (values: number[]) => array(values),
      (values: number[]) => array(values, { dtype: "float32", shape: [3, 1] }),
    ];
    for (const make of makes) expect(jacobian(f(make), [2, 3], { absStep: 1 })).toEqual(expected);
    expect(jacobian((x) => (x[0] as number) * (x[1] as number), [2, 3], { absStep: 0.25 })).toEqual([[3, 2]]);
    expect(jacobian(() => [], [2, 3])).toEqual([]);
  });

  test("f may return the same array each time, or what it was given", () => {
    const own = new Float64Array(2);
    const doubled = (x: Float64Array) => {
      own.set(x.map((v) => 2 * v));
      return own;
    };
    expect(jacobian(doubled, [2, 3], { absStep: 0.25 })).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(jacobian((x) => x, [2, 3], { method: "forward", absStep: 0.25 })).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe("accuracy", () => {
  test("float64, each method", () => {
    for (const point of [
      [2, 0.7],
      [0, 0],
      [-1e3, 3],
      [1e-9, 1e2],
    ] as [number, number][]) {
      const scale = Math.max(1, Math.abs(point[0]));
      expect(distance(jacobian(polar, point), polarRows(point)) / scale).toBeLessThan(2e-9);
      for (const method of ["forward", "backward"] as const) {
        expect(distance(jacobian(polar, point, { method }), polarRows(point)) / scale).toBeLessThan(1e-5);
      }
    }
  });

  test("float32 parameters, and float32 values of float64 parameters", () => {
    const matrix = jacobian((x) => polar(x), Float32Array.of(2, 0.7));
    expect(distance(matrix.toArray(), polarRows([2, Math.fround(0.7)]))).toBeLessThan(1e-4);
    matrix.free();
    let calls = 0;
    const rounded = (x: ArrayLike<number>) => {
      calls += 1;
      return Float32Array.from(polar(x));
    };
    expect(distance(jacobian(rounded, [2, 0.7]), polarRows([2, 0.7]))).toBeLessThan(1e-4);
    expect(calls).toBe(5); // the first, whose step was too short, and 2n
    calls = 0;
    const options = { method: "forward" } as const;
    expect(distance(jacobian(rounded, [2, 0.7], options), polarRows([2, 0.7]))).toBeLessThan(2e-3);
    expect(calls).toBe(3);
    expect(
      distance(jacobian(rounded, [2, 0.7], { ...options, f0: polar([2, 0.7]) }), polarRows([2, 0.7])),
    ).toBeLessThan(2e-3);
  });

  test.each([Float64Array, Float32Array] as Float64ArrayConstructor[])("matrices of every shape, %o", (Type) => {
    // Exactly linear in steps of a quarter, whatever the order of summation.
    const shape = fc.record({ m: fc.integer({ min: 1, max: 40 }), n: fc.integer({ min: 1, max: 40 }) });
    const method = fc.constantFrom("forward", "backward", "central");
    fc.assert(
      fc.property(shape, method, fc.integer(), ({ m, n }, how, seed) => {
        const entry = (i: number, j: number) => ((i * 31 + j * 17 + seed) % 13) - 6;
        const f = (x: ArrayLike<number>) =>
          Array.from({ length: m }, (_, i) => Array.from(x).reduce((sum, v, j) => sum + entry(i, j) * v, i));
        const x = Type.from({ length: n }, (_, j) => (j % 5) - 2);
        const matrix = jacobian(f, x, { method: how, absStep: 0.25 });
        expect(matrix.toArray().map((row) => row.map((v) => v + 0))).toEqual(
          Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j))),
        );
        matrix.free();
      }),
      { numRuns: 60 },
    );
  });
});

describe("evaluations", () => {
  const count = (options: JacobianOptions) => {
    let calls = 0;
    jacobian(
      (x) => {
        calls += 1;
        return [x[0] as number, x[1] as number, (x[1] as number) * (x[2] as number)];
      },
      [1, 2, 3],
      options,
    );
    return calls;
  };

  test("2n, or n and the one at x unless f0 is given", () => {
    expect(count({})).toBe(6);
    expect(count({ method: "forward" })).toBe(4);
    expect(count({ method: "backward", f0: Float64Array.of(1, 2, 6) })).toBe(3);
    expect(count({ bounds: [[1, 0, 0], 10] })).toBe(7);
    expect(count({ bounds: [[1, 0, 0], 10], f0: [1, 2, 6] })).toBe(6);
  });

  test("none leaves the bounds", () => {
    const bound = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.record({ x: fc.double({ min: -1e3, max: 1e3, noNaN: true }), below: bound, above: bound }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.constantFrom("forward", "backward", "central"),
        (parameters, method) => {
          const x = parameters.map((p) => p.x);
          const lower = parameters.map((p) => p.x - p.below);
          const upper = parameters.map((p) => Math.max(p.x + p.above, p.x + Math.max(1, Math.abs(p.x)) * 1e-3));
          jacobian(
            (at) => {
              expect(at.every((v, i) => v >= (lower[i] as number) && v <= (upper[i] as number))).toBe(true);
              return at;
            },
            x,
            { method, bounds: [lower, upper] },
          );
        },
      ),
    );
  });
});

describe("memory", () => {
  test("an f that makes linear memory grow, and whose values lie in it", () => {
    const x = Float64Array.of(1, 2);
    const kept: NDArray[] = [];
    const matrix = jacobian(
      (at) => {
        // As much as is left: what comes next makes memory grow.
        const { used, reserved } = memoryUsage();
        if (kept.length === 0) kept.push(zeros([(reserved - used) / 8]));
        const values = array([3 * (at[0] as number), at[1] as number]);
        kept.push(values, zeros([2 ** 17]));
        return values;
      },
      x,
      { absStep: 0.25 },
    );
    expect(matrix.toArray()).toEqual([
      [3, 0],
      [0, 1],
    ]);
    for (const each of [matrix, ...kept]) each.free();
  });

  test("nothing is kept where f fails, and x is as it was", () => {
    const before = memoryUsage().used;
    const x = Float64Array.of(1, 2, 3);
    for (let fatal = 0; fatal < 6; ++fatal) {
      let calls = 0;
      const f = (at: Float64Array) => {
        if (calls++ === fatal) throw new Error("no");
        return [...at];
      };
      for (const options of [
        {},
        {
          sparsity: [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ],
          groups: [0, 1, 2],
        },
      ] as Any[]) {
        calls = 0;
        expect(() => jacobian(f, x, options)).toThrow("no");
      }
    }
    expect(memoryUsage().used).toBe(before);
    expect(x).toEqual(Float64Array.of(1, 2, 3));
  });
});

describe("errors", () => {
  const square = (x: ArrayLike<number>) => Array.from(x, (v) => v * v);
  const failing = (value: unknown, at = 3) => {
    let calls = 0;
    return (x: ArrayLike<number>) => (++calls === at ? value : square(x)) as number[];
  };
  const where = "while x[1] was 1.75 instead of 2";

  test.each([
    ["NaN", [1, Number.NaN], `The function returned NaN at [1] ${where}; finite numbers are needed.`],
    ["an infinity", Float64Array.of(Number.POSITIVE_INFINITY, 1), `The function returned Infinity at [0] ${where}`],
    ["fewer numbers", [1], `The function must return 2 numbers, as many as before; it returned 1 ${where}.`],
    ["a number alone", 1, "it returned 1 while"],
    ["a string", "12", `The function must return numbers; it returned "12" ${where}.`],
    ["strings", ["1", "2"], `The function must return numbers; it returned "1" at [0] ${where}.`],
    ["nested arrays", [[1], [2]], `it returned an array of length 1 at [0] ${where}.`],
    ["nothing", undefined, `it returned undefined ${where}.`],
    ["bigints", BigInt64Array.of(1n, 2n), `it returned BigInt64Array of length 2 ${where}.`],
  ])("f returns %s", (_, value, message) => {
    expect(() => jacobian(failing(value), [1, 2], { absStep: 0.25 })).toThrow(message);
  });

  test("f returns a promise, whose failure is swallowed", () => {
    const f = async () => {
      throw new Error("lost");
    };
    expect(() => jacobian(f as Any, [1, 2])).toThrow(
      "The function must return numbers; it returned a promise while x[0]",
    );
  });

  test("the values at x", () => {
    const forward = { method: "forward" } as const;
    expect(() => jacobian(() => [Number.NaN], [1], forward)).toThrow("The function returned NaN at [0]; finite");
    expect(() => jacobian(() => Number.NaN, [1], forward)).toThrow(
      "The function returned NaN; finite numbers are needed",
    );
  });

  test("f throws", () => {
    const cause = new Error("singular");
    const f = () => {
      throw cause;
    };
    try {
      jacobian(f, [1, 2], { absStep: 0.25 });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ message: "The function threw while x[0] was 0.75 instead of 1: singular", cause });
    }
  });

  test("f writes to its parameters", () => {
    const f = (x: Float64Array) => {
      x[1] = 7;
      return [...x];
    };
    for (const options of [
      {},
      {
        sparsity: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        groups: [0, 1, 2],
      },
    ] as Any[]) {
      expect(() => jacobian(f, [1, 2, 3], options)).toThrow(
        "The function must not write to its parameters; it made x[1] 7",
      );
    }
  });

  test("a quotient that overflows", () => {
    const f = ([a, b]: ArrayLike<number> & Iterable<number>) => [0, (a as number) < 0 ? -1e308 : 1e308, b as number];
    expect(() => jacobian(f as Any, [0, 0])).toThrow("The Jacobian is not finite, in row 1 and column 0: it overflows");
    expect(() => jacobian(f as Any, [0, 0], { sparsity: { indptr: [0, 0, 1, 2], indices: [0, 1] } })).toThrow(
      "The Jacobian is not finite, in row 1 and column 0: it overflows",
    );
  });

  test.each([
    [{}, "x must be one array", { a: [1] }, "jacobian takes x as one array of numbers; got an object of class Object."],
    [{}, "a number", 3, "jacobian takes x as one array of numbers; got 3."],
    [{}, "nested arrays", [[1], [2]], "jacobian takes x as one array of numbers; got an array of length 2."],
    [{}, "none", [], "x must have at least one parameter; it has none."],
    [{}, "a string", "12", 'x must be numbers, a float array, or a record or array of these; got "12".'],
    [{}, "bigints", BigInt64Array.of(1n), "x must be float64 or float32"],
    [{}, "NaN", [1, Number.NaN], "x[1] must be finite; it is NaN."],
    [{ method: "cs" }, "", [1], 'method must be "forward", "backward" or "central"; got "cs".'],
    [
      { relstep: 1 },
      "",
      [1],
      'jacobian has no option "relstep"; it takes method, relStep, absStep, bounds, f0, sparsity',
    ],
    [{ relStep: [1, 2] }, "", [1], "relStep must have shape [1]; got [2]."],
    [{ bounds: [2, 3] }, "", [1], "x[0] must be within its bounds, 2 and 3; it is 1."],
    [{ bounds: [1, 1] }, "", [1], "leave no room for a step."],
    [{ f0: [1, 2] }, "", [1], "The function must return 2 numbers, as many as before; it returned 1"],
    [{ f0: "1" }, "", [1], 'f0 must be what the function returns at x, finite numbers; got "1".'],
    [
      { f0: [Number.NaN] },
      "",
      [1],
      "f0 must be what the function returns at x, finite numbers; got an array of length 1.",
    ],
    [{ groups: [0] }, "", [1], "groups need sparsity beside them."],
  ])("options %j %s", (options, _, x, message) => {
    expect(() => jacobian(square as Any, x as Any, options as Any)).toThrow(message);
  });

  test("no function", () => {
    expect(() => jacobian([1] as Any, [1])).toThrow(
      "jacobian takes a function and parameters; the first is an array of length 1.",
    );
  });
});
