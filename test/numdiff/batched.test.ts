import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, memoryUsage, NDArray, numericalGradient, zeros } from "../../src/index.js";

type Any = never; // what no type allows, to see it refused
type Points = NDArray<readonly [number, number]>;

const smooth = (x: ArrayLike<number>) => {
  let total = 0;
  for (let i = 0; i < x.length; ++i) {
    const v = x[i] as number;
    total += ((i + 1) * v * v - v) / (2 + v * v);
  }
  return total;
};

/** The function of rows that does what f does to each. */
function rowwise(f: (x: ArrayLike<number>) => number) {
  return (points: Points) => {
    const [k, n] = points.shape;
    const data = points.data as Float64Array;
    return Array.from({ length: k }, (_, row) => f(data.subarray(row * n, (row + 1) * n)));
  };
}

describe("batch", () => {
  const value = fc.oneof(fc.constantFrom(0, -0, 1, -1e-3), fc.double({ min: -1e3, max: 1e3, noNaN: true }));

  test.each([Float64Array, Float32Array])("has the bits and the points of the plain loop: %o", (Type) => {
    const property = fc.property(
      fc.array(value, { minLength: 1, maxLength: 9 }),
      fc.constantFrom("forward" as const, "backward" as const, "central" as const),
      fc.constantFrom({}, { absStep: 0.25 }, { relStep: 1e-3 }, { bounded: true }),
      fc.boolean(),
      (values, method, { bounded, ...step }: { bounded?: boolean; absStep?: number; relStep?: number }, known) => {
        const x = Type.from(values) as Float64Array;
        const bounds = [x, Array.from(x, (v) => v + 1)] as const;
        const options = { method, ...step, ...(bounded ? { bounds } : {}), ...(known ? { f0: smooth(x) } : {}) };
        const plain: Float64Array[] = [];
        const expected = numericalGradient(
          (at) => {
            plain.push(at.slice());
            return smooth(at);
          },
          x,
          { ...options, full: true },
        );
        const rows: Float64Array[] = [];
        const batched = numericalGradient(
          (points) => {
            expect([points.dtype, points.shape[1]]).toEqual([Type === Float64Array ? "float64" : "float32", x.length]);
            return rowwise((row) => {
              rows.push((row as Float64Array).slice());
              return smooth(row);
            })(points);
          },
          x,
          { ...options, batch: true, full: true },
        );
        expect(batched).toEqual(expected);
        expect(rows).toEqual(plain);
        expect(batched.evaluations).toBe(rows.length);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  test("one call, and a few where the matrix would pass 16 MiB", () => {
    const shapes: (readonly number[])[] = [];
    const few = (row: ArrayLike<number>) =>
      (row[0] as number) * (row[1] as number) + 3 * (row[row.length - 1] as number);
    const counted = (points: Points) => {
      shapes.push(points.shape);
      return rowwise(few)(points);
    };
    const small = Float64Array.from({ length: 1000 }, (_, i) => i + 1);
    expect(numericalGradient(counted, small, { batch: true })).toEqual(numericalGradient(few, small));
    expect(shapes).toEqual([[2000, 1000]]);
    shapes.length = 0;
    const large = Float64Array.from({ length: 3000 }, (_, i) => i + 1);
    const before = memoryUsage().used;
    for (const method of ["forward", "central"] as const) {
      expect(numericalGradient(counted, large, { method, batch: true })).toEqual(
        numericalGradient(few, large, { method }),
      );
    }
    expect(memoryUsage().used).toBe(before);
    expect(shapes.map(([k]) => k)).toEqual([699, 699, 699, 699, 205, ...new Array(8).fill(699), 408]);
    shapes.length = 0;
    const huge = new Float32Array(5 * 2 ** 20); // a single row takes 20 MiB
    const last = (points: Points) => {
      shapes.push(points.shape);
      return shapes.length === 3 ? [Number.NaN] : [1];
    };
    expect(() => numericalGradient(last, huge, { batch: true })).toThrow("for row 0 while x[1] was");
    expect(shapes).toEqual(new Array(3).fill([1, huge.length]));
    expect(memoryUsage().used).toBe(before);
  });

  test("the values come in any array, for x of any single one", () => {
    const x = array(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "float32" },
    );
    const product = rowwise((row) => (row[0] as number) * (row[3] as number));
    const kinds: ((values: number[]) => number[] | Float64Array | NDArray)[] = [
      (values) => values,
      (values) => Float64Array.from(values),
      (values) => Float32Array.from(values) as Any as Float64Array,
      (values) => Int8Array.from(values, (v) => 4 * v) as Any as Float64Array,
      (values) => array(values),
      (values) => array(values.map((v) => [v])),
    ];
    for (const [k, kind] of kinds.entries()) {
      const kept: NDArray[] = [];
      const gradient = numericalGradient(
        (points) => {
          const values = kind(product(points));
          if (values instanceof NDArray) kept.push(values);
          return values;
        },
        x,
        { batch: true, absStep: 0.25 },
      );
      expect(gradient.toArray()).toEqual(
        k === 3
          ? [
              [16, 0],
              [0, 4],
            ]
          : [
              [4, 0],
              [0, 1],
            ],
      );
      for (const each of [gradient, ...kept]) each.free();
    }
    x.free();
    expect(numericalGradient((points) => points.data as Float64Array, [3], { batch: true, absStep: 0.5 })).toEqual([1]);
    expect(numericalGradient((points) => points, Int8Array.of(3), { batch: true, absStep: 0.5 })).toEqual(
      Float64Array.of(1),
    );
  });

  test("the matrix survives growth of linear memory, and is free afterwards", () => {
    const before = memoryUsage();
    const arrays: NDArray[] = [];
    const gradient = numericalGradient(
      (points) => {
        const view = points.data;
        while (view.length > 0 && memoryUsage().reserved < 2 ** 29) arrays.push(zeros([2 ** 21]));
        expect(view.length).toBe(0);
        return rowwise(smooth)(points);
      },
      [1, 2, 3],
      { batch: true },
    );
    expect(gradient).toEqual(numericalGradient(smooth, [1, 2, 3]));
    for (const each of arrays) each.free();
    expect(memoryUsage().used).toBe(before.used);
    let kept: Points | undefined;
    numericalGradient(
      (points) => {
        kept = points;
        return rowwise(smooth)(points);
      },
      [1],
      { batch: true },
    );
    expect(() => kept?.data).toThrow("was freed");
  });

  test("a loss that sorts its matrix in place disturbs nobody", () => {
    const x = Float64Array.of(3, 1, 2);
    const sorting = (points: Points) => {
      const values = rowwise(smooth)(points);
      (points.data as Float64Array).sort();
      return values;
    };
    expect(numericalGradient(sorting, x, { batch: true })).toEqual(numericalGradient(smooth, x));
    expect(x).toEqual(Float64Array.of(3, 1, 2));
  });

  const many = (act: (values: number[]) => unknown) => (points: Points) =>
    act(rowwise((row) => row[0] as number)(points));
  test.each<[string, (points: Points) => unknown, unknown, new () => Error, string]>([
    [
      "too few",
      many((v) => v.slice(1)),
      [1, 2],
      RangeError,
      "The loss must return 4 values, one for each row; it returned 3.",
    ],
    ["too many", many((v) => [...v, 1]), [1, 2], RangeError, "it returned 5."],
    ["a number", () => 3, [1, 2], TypeError, "The loss must return 4 values, one for each row; it returned 3."],
    ["nothing", () => undefined, [1, 2], TypeError, "it returned undefined."],
    ["text", () => "1234", [1, 2], TypeError, 'it returned "1234".'],
    [
      "a DataView",
      () => new DataView(new ArrayBuffer(4)),
      [1, 2],
      TypeError,
      "it returned an object of class DataView.",
    ],
    [
      "a promise",
      async () => {
        throw new Error("never heard of");
      },
      [1, 2],
      TypeError,
      "The loss must return 4 values; it returned a promise. Promises are awaited by numericalGradient with the option concurrency.",
    ],
    [
      "NaN",
      many((v) => v.with(3, Number.NaN)),
      [1, 2],
      RangeError,
      "The loss returned NaN for row 3 while x[1] was 2.5 instead of 2; a finite number is needed.",
    ],
    [
      "text in an array",
      many((v) => (v as unknown[]).with(0, "1")),
      [1, 2],
      TypeError,
      'it returned "1" for row 0 while x[0] was 0.5',
    ],
    ["bigints", many((v) => BigInt64Array.from(v, () => 1n)), [1, 2], TypeError, "it returned 1n for row 0"],
    [
      "a promise in an array",
      many((v) => v.map(async (one) => one)),
      [1, 2],
      TypeError,
      "it returned a promise for row 0",
    ],
    [
      "an error",
      () => {
        throw new SyntaxError("no such thing");
      },
      [1, 2],
      Error,
      "The loss threw in a batch of 4 points: no such thing",
    ],
    [
      "for a number",
      () => [1],
      3,
      TypeError,
      "batch needs x to be a single array, whose points are rows of a matrix; x is a number.",
    ],
    ["for a record", () => [1], { a: [1] }, TypeError, "x is a record or an array of arrays."],
    ["for arrays", () => [1], [[1], [2]], TypeError, "x is a record or an array of arrays."],
  ])("errors: %s", (_, loss, x, type, message) => {
    const before = memoryUsage().used;
    const call = () => numericalGradient(loss as Any, x as Any, { batch: true, absStep: 0.5 } as Any);
    expect(call).toThrow(message);
    expect(call).toThrow(type);
    expect(memoryUsage().used).toBe(before);
  });

  test("at x itself", () => {
    const call = () => numericalGradient(() => [Number.NaN, 1], [1], { batch: true, method: "forward" });
    expect(call).toThrow(new RangeError("The loss returned NaN for row 0; a finite number is needed."));
  });
});

test("batch and full are true or false", () => {
  for (const name of ["batch", "full"]) {
    expect(() => numericalGradient(() => 1, [1], { [name]: 1 })).toThrow(
      new TypeError(`${name} must be true or false; got 1.`),
    );
  }
});
