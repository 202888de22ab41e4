import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  array,
  type JacobianOptions,
  jacobian,
  memoryUsage,
  type NDArray,
  type SparseMatrix,
} from "../../src/index.js";

type Any = never; // what no type allows, to see it refused
type Points = NDArray<readonly [number, number]>;

/** Value i is of x[i] and x[i + 1]. */
const pairs = (x: ArrayLike<number>) => Array.from(x, (v, i) => v * v + Math.sin(x[i + 1] ?? 1));
const PATTERN = (n: number) =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(j === i || j === i + 1)));

const ANSWERS: { [name: string]: (rows: number[][]) => unknown } = {
  nested: (rows) => rows,
  "arrays of floats": (rows) => rows.map((row) => Float64Array.from(row)),
  flat: (rows) => Float64Array.from(rows.flat()),
  resident: (rows) => array(rows),
  single: (rows) => Float32Array.from(rows.flat()),
};

describe("batches give the bits of calls for one point each", () => {
  test.each(Object.entries(ANSWERS))("%s", (name, answer) => {
    const { used } = memoryUsage();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom("forward", "backward", "central"),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (n, method, float32, bounded, known) => {
          const Type = (float32 ? Float32Array : Float64Array) as Float64ArrayConstructor;
          const x = Type.from({ length: n }, (_, j) => j / 3 - 1);
          const rounded = name === "single" ? (row: number[]) => Float32Array.from(row) : (row: number[]) => row;
          const one = (at: ArrayLike<number>) => rounded(pairs(at));
          const given: { free(): void }[] = [];
          let calls = 0;
          const many = (points: Points) => {
            calls += 1;
            expect([points.dtype, points.shape[1]]).toEqual([float32 ? "float32" : "float64", n]);
            const rows = answer(points.toArray().map((row) => Array.from(one(row))));
            if (rows instanceof Object && "free" in rows) given.push(rows as NDArray);
            return rows as number[][];
          };
          const options: JacobianOptions = {
            method,
            ...(bounded && { bounds: [x, 100] as const }),
            ...(known && { f0: one(x) }),
          };
          const [dense, other] = [jacobian(one, x, options), jacobian(many, x, { ...options, batch: true })];
          expect(other.toArray()).toEqual(dense.toArray());
          expect(calls).toBeLessThanOrEqual(name === "single" ? 2 : 1);
          calls = 0;
          const sparse = jacobian(many, x, { ...options, sparsity: PATTERN(n), batch: true }) as SparseMatrix;
          expect(sparse).toEqual(jacobian(one, x, { ...(options as object), sparsity: PATTERN(n) }));
          expect(calls).toBeLessThanOrEqual(name === "single" ? 2 : 1);
          for (const each of [dense, other, ...given]) each.free();
        },
      ),
      { numRuns: 50 },
    );
    expect(memoryUsage().used).toBe(used);
  });

  test("a number for each point is one row of the Jacobian", () => {
    const f = (points: Points) => points.toArray().map(([a, b]) => (a as number) * (b as number));
    expect(jacobian(f, [2, 3], { batch: true, absStep: 0.25 })).toEqual([[3, 2]]);
    const typed = (points: Points) => Float64Array.from(f(points));
    expect(jacobian(typed, [2, 3], { batch: true, absStep: 0.25, method: "forward" })).toEqual([[3, 2]]);
  });

  test("the points themselves may be the answer", () => {
    expect(jacobian((points) => points, [2, 3], { batch: true, absStep: 0.25 })).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test("more points than 16 MiB hold come in several matrices", () => {
    const n = 1500;
    const shapes: number[] = [];
    const f = (points: Points) => {
      shapes.push(points.shape[0]);
      const data = points.data as Float64Array;
      return Float64Array.from({ length: points.shape[0] }, (_, row) => 2 * (data[row * n + 7] as number));
    };
    const x = new Float64Array(n);
    const matrix = jacobian(f, x, { batch: true, absStep: 0.25 });
    expect(shapes).toEqual([1398, 1398, 204]);
    expect(matrix.data).toEqual(new Float64Array(n).with(7, 2));
    matrix.free();
  });
});

test.each([
  [
    (points: Points) => points.toArray().slice(1),
    "The function must return a row for each of 4 points; it returned 3 rows.",
  ],
  [
    () => new Float64Array(6),
    "The function must return a row for each of 4 points; it returned Float64Array of length 6.",
  ],
  [() => "rows", 'The function must return numbers; it returned "rows" for 4 points.'],
  [async () => [], "The function must return numbers; it returned a promise for 4 points."],
  [
    () => [[1], [2], [3, 4], [5]],
    "The function must return 1 numbers, as many as before; it returned 2 while x[1] was",
  ],
  [() => [[1], [2], [3], [Number.NaN]], "The function returned NaN at [0] while x[1] was 2.25 instead of 2;"],
  [
    () => {
      throw new Error("no");
    },
    "The function threw in a batch of 4 points: no",
  ],
])("errors %#", (f, message) => {
  const { used } = memoryUsage();
  expect(() => jacobian(f as Any, [1, 2], { batch: true, absStep: 0.25 })).toThrow(message);
  expect(memoryUsage().used).toBe(used);
  expect(() => jacobian(f as Any, [1, 2], { batch: 1 } as Any)).toThrow("batch must be true or false; got 1.");
});
