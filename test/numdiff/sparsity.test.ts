import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, groupColumns, type JacobianOptions, jacobian, memoryUsage } from "../../src/index.js";
import { type Case, casesOf, FUNCTIONS, fromBits, optionsOf } from "./jacobian-cases.js";

type Any = never; // what no type allows, to see it refused

describe("SciPy's approx_derivative with sparsity, bit for bit", () => {
  test.each(casesOf("sparse"))("case %i", (_, given) => {
    const { f, m, x, points, jacobian: expected, pattern, groups } = given as Case;
    const start = Float64Array.from(fromBits(x));
    const seen: number[][] = [];
    const natural = groupColumns(pattern, { order: start.map((_, j) => j) });
    const result = jacobian(
      (at) => {
        seen.push(Array.from(at));
        return (FUNCTIONS[f] as (typeof FUNCTIONS)["chain"])(at, m, pattern);
      },
      start,
      { ...optionsOf(given), sparsity: pattern, groups: groups ?? natural },
    );
    const { indptr, indices, values } = expected as never as { indptr: number[]; indices: number[]; values: string[] };
    expect(result).toEqual({
      shape: [m, start.length],
      indptr: Int32Array.from(indptr),
      indices: Int32Array.from(indices),
      values: Float64Array.from(fromBits(values)),
    });
    const moved = seen.map((at) => at.map((v) => v + 0));
    const atX = moved.filter((at) => at.every((v, i) => v === start[i]));
    expect(atX.length).toBeLessThanOrEqual(1);
    expect(moved.slice(atX.length)).toEqual((fromBits(points) as number[][]).map((at) => at.map((v) => v + 0)));
  });
});

describe("SciPy's group_columns for the same order", () => {
  test.each(casesOf("groups"))("case %i", (_, given) => {
    const { pattern, order, groups } = given as { pattern: number[][]; order: number[]; groups: number[] };
    expect(groupColumns(pattern, { order })).toEqual(Int32Array.from(groups));
  });
});

/** An n x n band, `width` entries to each side of the diagonal. */
function band(n: number, width: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (Math.abs(i - j) <= width ? 1 : 0)));
}

function compressed(rows: number[][]): { shape: [number, number]; indptr: number[]; indices: number[] } {
  const indices = rows.map((row) => Array.from(row.keys()).filter((j) => row[j] !== 0));
  const indptr = [0];
  for (const row of indices) indptr.push((indptr.at(-1) as number) + row.length);
  return { shape: [rows.length, rows[0]?.length ?? 0], indptr, indices: indices.flat() };
}

const countOf = (groups: Int32Array) => new Set(groups).size;

/** A permutation of 0 to n - 1. */
const permutation = (n: number) =>
  fc.array(fc.integer(), { minLength: n, maxLength: n }).map((keys) => {
    const order = keys.map((_, i) => i);
    return order.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  });

const patterns = fc
  .record({ m: fc.integer({ min: 1, max: 12 }), n: fc.integer({ min: 1, max: 12 }) })
  .chain(({ m, n }) => {
    const entry = fc.integer({ min: 0, max: 3 }).map((v): number => (v === 0 ? 1 : 0));
    return fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: m, maxLength: m });
  });

describe("groupColumns", () => {
  test("columns of a group share no row, and every column has one", () => {
    fc.assert(
      fc.property(patterns, (rows) => {
        const groups = groupColumns(rows);
        expect(groups.length).toBe(rows[0]?.length);
        for (const row of rows) {
          const used = Array.from(groups).filter((_, j) => row[j]);
          expect(new Set(used).size).toBe(used.length);
        }
        expect(Math.max(...groups) + 1).toBe(countOf(groups));
      }),
    );
  });

  test("never more groups than in the order of the columns", () => {
    fc.assert(
      fc.property(patterns, (rows) => {
        const order = Array.from((rows[0] as number[]).keys());
        expect(countOf(groupColumns(rows))).toBeLessThanOrEqual(countOf(groupColumns(rows, { order })));
      }),
    );
  });

  test("a band has as many groups as it is wide, its columns permuted or not", () => {
    for (const width of [0, 1, 2, 5]) {
      expect(countOf(groupColumns(band(40, width)))).toBe(2 * width + 1);
      fc.assert(
        fc.property(permutation(40), (order) => {
          const rows = band(40, width).map((row) => order.map((j) => row[j] as number));
          expect(countOf(groupColumns(rows))).toBe(2 * width + 1);
        }),
        { numRuns: 10 },
      );
    }
  });

  test("the five-point Laplacian of a grid has five groups, where the order of the columns gives seven", () => {
    const n = 16;
    const near = (i: number, j: number) =>
      Math.abs(Math.floor(i / n) - Math.floor(j / n)) + Math.abs((i % n) - (j % n)) <= 1;
    const rows = Array.from({ length: n * n }, (_, i) => Array.from({ length: n * n }, (_, j) => Number(near(i, j))));
    expect(countOf(groupColumns(rows, { order: Array.from(rows.keys()) }))).toBe(7);
    expect(countOf(groupColumns(rows))).toBe(5);
  });

  test("every form of a pattern, and what jacobian returned", () => {
    const rows = band(5, 1);
    const expected = Int32Array.of(0, 1, 2, 0, 1);
    const { shape, indptr, indices } = compressed(rows);
    const resident = array(rows);
    const answered = jacobian((x) => x, [1, 2, 3, 4, 5], { sparsity: rows });
    for (const pattern of [
      rows,
      rows.map((row) => row.map((v) => v === 1)) as Any,
      resident,
      { data: Uint8Array.from(rows.flat()), shape: [5, 5] },
      { shape, indptr: Int32Array.from(indptr), indices: Uint16Array.from(indices) },
      { shape, indptr, indices: [1, 0, 2, 0, 1, 3, 2, 1, 4, 3, 2, 3, 4] }, // not in order within rows
      answered,
    ]) {
      expect(groupColumns(pattern)).toEqual(expected);
    }
    resident.free();
    expect(groupColumns(rows.map((row) => row.map((v) => (v ? Number.NaN : 0))))).toEqual(expected);
  });

  test("no columns, no rows, empty columns", () => {
    expect(groupColumns({ shape: [2, 0], indptr: [0, 0, 0], indices: [] })).toEqual(new Int32Array(0));
    expect(groupColumns({ shape: [0, 3], indptr: [0], indices: [] })).toEqual(Int32Array.of(0, 0, 0));
    expect(groupColumns([[0, 1, 0, 1]])).toEqual(Int32Array.of(0, 0, 0, 1));
  });
});

describe("jacobian with sparsity", () => {
  /** Value i is of x[i - width] to x[i + width]. */
  const banded = (width: number) => (x: ArrayLike<number>) =>
    Float64Array.from(x, (_, i) => {
      let total = 0;
      for (let j = Math.max(0, i - width); j <= Math.min(x.length - 1, i + width); ++j)
        total += Math.sin((i + 1) * (x[j] as number)) * (j + 1);
      return total;
    });

  test("the entries of the pattern, bit for bit those of the dense matrix", () => {
    fc.assert(
      fc.property(
        patterns,
        fc.constantFrom("forward", "backward", "central"),
        fc.boolean(),
        fc.boolean(),
        (rows, method, single, bounded) => {
          const n = (rows[0] as number[]).length;
          const f = (x: ArrayLike<number>) =>
            rows.map((row, i) => row.reduce((sum, v, j) => (v ? sum + Math.cos((x[j] as number) * (i + 2)) : sum), 0));
          const Type = (single ? Float32Array : Float64Array) as Float64ArrayConstructor;
          const x = Type.from({ length: n }, (_, j) => j / 3 - 1);
          const options = { method, ...(bounded ? { bounds: [x, 100] } : {}) } as JacobianOptions;
          const dense = jacobian(f, x, options);
          const sparse = jacobian(f, x, { ...options, sparsity: rows });
          const { indptr, indices } = compressed(rows);
          expect([Array.from(sparse.indptr), Array.from(sparse.indices)]).toEqual([indptr, indices]);
          expect(sparse.shape).toEqual(dense.shape);
          expect(sparse.values.constructor).toBe(single ? Float32Array : Float64Array);
          const entries = rows.flatMap((row, i) => row.flatMap((v, j) => (v ? [dense.get(i, j)] : [])));
          expect(Array.from(sparse.values)).toEqual(entries);
          dense.free();
        },
      ),
    );
  });

  test("a band of 10,000 parameters costs as many differences as it is wide", () => {
    const n = 10_000;
    const { used } = memoryUsage();
    for (const width of [1, 2]) {
      const indptr = [0];
      const indices: number[] = [];
      for (let i = 0; i < n; ++i) {
        for (let j = Math.max(0, i - width); j <= Math.min(n - 1, i + width); ++j) indices.push(j);
        indptr.push(indices.length);
      }
      const x = Float64Array.from({ length: n }, (_, j) => (j % 7) / 7);
      const f = (at: ArrayLike<number>) =>
        Float64Array.from(at, (v, i) => v * v * (at[i - width] ?? 1) * (at[i + width] ?? 1));
      let calls = 0;
      const counted = (at: Float64Array) => {
        calls += 1;
        return f(at);
      };
      const { values } = jacobian(counted, x, { sparsity: { indptr, indices } });
      expect(calls).toBe(2 * (2 * width + 1));
      calls = 0;
      jacobian(counted, x, { sparsity: { indptr, indices }, method: "forward" });
      expect(calls).toBe(2 * width + 2);
      let worst = 0;
      for (let i = 0; i < n; i += 101) {
        const [v, a, b] = [x[i] as number, x[i - width] ?? 1, x[i + width] ?? 1];
        for (let p = indptr[i] as number; p < (indptr[i + 1] as number); ++p) {
          const distance = (indices[p] as number) - i;
          const others = distance === -width ? v * v * b : distance === width ? v * v * a : 0;
          const exact = distance === 0 ? 2 * v * a * b : others;
          worst = Math.max(worst, Math.abs((values[p] as number) - exact));
        }
      }
      expect(worst).toBeLessThan(1e-9);
    }
    expect(memoryUsage().used).toBe(used);
  });

  test("float32 values of float64 parameters get larger steps, for one evaluation more", () => {
    const x = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    let calls = 0;
    const f = (at: ArrayLike<number>) => {
      calls += 1;
      return Float32Array.from(banded(1)(at));
    };
    const { values } = jacobian(f, x, { sparsity: band(4, 1) });
    const exact = jacobian(banded(1), x, { sparsity: band(4, 1) });
    expect(calls).toBe(7);
    expect(Math.max(...values.map((v, p) => Math.abs(v - (exact.values[p] as number))))).toBeLessThan(2e-2);
  });

  test("groups of the caller's own, gaps among them", () => {
    let calls = 0;
    const f = (x: Float64Array) => {
      calls += 1;
      return x;
    };
    const sparsity = band(4, 0);
    expect(jacobian(f, [1, 2, 3, 4], { sparsity, groups: [3, 0, 3, 3], absStep: 0.25 }).values).toEqual(
      Float64Array.of(1, 1, 1, 1),
    );
    expect(calls).toBe(4);
  });
});

describe("errors", () => {
  const f = (x: Float64Array) => x;
  const good = { shape: [3, 3], indptr: [0, 1, 2, 3], indices: [0, 1, 2] };

  test.each([
    [3, "sparsity must be a matrix (nested arrays or an NDArray) or { indptr, indices, shape }; got 3."],
    ["band", 'got "band".'],
    [Float64Array.of(1, 0, 1), "got Float64Array of length 3."],
    [[1, 0, 1], "sparsity must have two axes; its shape is [3]."],
    [[[1, 0, 1], [1]], "Ragged array"],
    [[[1, 0, 1]], "The function must return 1 numbers, one for each row of sparsity; it returned 3 while"],
    [
      [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      "sparsity must have a column for each of the 3 parameters; its shape is [3, 2].",
    ],
    [{ ...good, indices: [0, 1, 3] }, "sparsity.indices must hold integers of 0 or more and below 3; [2] is 3."],
    [{ ...good, indices: [0, -1, 2] }, "[1] is -1."],
    [{ ...good, indices: [0, 1.5, 2] }, "[1] is 1.5."],
    [{ ...good, indices: "012" }, 'sparsity.indices must be an array of integers; got "012".'],
    [{ ...good, indptr: [0, 2, 2, 3], indices: [1, 1, 2] }, "sparsity.indices names column 1 twice in row 0."],
    [{ ...good, indptr: [0, 2, 1, 3] }, "sparsity.indptr must not descend; [2] is 1 after 2."],
    [
      { ...good, indptr: [0, 1, 2, 4] },
      "sparsity.indptr must begin with 0 and end with 3, the number of indices; got 0 and 4.",
    ],
    [{ ...good, indptr: [1, 1, 2, 3] }, "got 1 and 3."],
    [{ indptr: [], indices: [] }, "got none."],
    [{ ...good, shape: [2, 3] }, "sparsity.shape must be [m, n], m one less than the 4 entries of indptr; got [2,3]."],
    [{ ...good, shape: 3 }, "got 3."],
    [{ ...good, shape: [3, 2.5] }, "sparsity.shape must hold integers"],
    [{ ...good, shape: [3, 4] }, "sparsity must have a column for each of the 3 parameters; its shape is [3, 4]."],
  ])("sparsity %j", (sparsity, message) => {
    expect(() => jacobian(f, [1, 2, 3], { sparsity: sparsity as Any })).toThrow(message);
  });

  test.each([
    [[0, 0, 1], "Columns 0 and 1 share row 1 of sparsity and must not be in one group, as they are in 0."],
    [[0, 1], "groups must have one number for each of the 3 parameters; got an array of length 2."],
    [[0, 1, 3], "groups must hold integers of 0 or more and below 3; [2] is 3."],
    [[0, 1, -1], "[2] is -1."],
    ["012", 'groups must be an array of integers; got "012".'],
  ])("groups %j", (groups, message) => {
    const sparsity = [
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 1],
    ];
    expect(() => jacobian(f, [1, 2, 3], { sparsity, groups: groups as Any })).toThrow(message);
  });

  test("groupColumns", () => {
    expect(() => groupColumns({ indptr: [0, 1], indices: [0] })).toThrow(
      "pattern needs shape: [m, n] beside indptr and indices, which do not say how many columns.",
    );
    expect(() => groupColumns([[1, 1]], { order: [0, 0] })).toThrow("order must name each of the 2 columns once; got");
    expect(() => groupColumns([[1, 1]], { order: [0] })).toThrow("order must name each of the 2 columns once; got");
    expect(() => groupColumns([[1, 1]], { order: [0, 2] })).toThrow(
      "order must hold integers of 0 or more and below 2",
    );
    expect(() => groupColumns([[1, 1]], { seed: 0 } as Any)).toThrow(
      'groupColumns has no option "seed"; it takes order.',
    );
    const complex = array([1, 0], { shape: [1, 1], dtype: "complex128" });
    expect(() => groupColumns(complex)).toThrow("pattern must not be complex128.");
    complex.free();
  });

  test("the evaluation that failed is told by its group", () => {
    const failing = (x: Float64Array) => (x[1] === 2 ? x : x.map(() => Number.NaN));
    expect(() => jacobian(failing, [1, 2, 3], { sparsity: band(3, 1), absStep: 0.5 })).toThrow(
      "The function returned NaN at [0] while the parameters of group 1 were moved; finite numbers are needed.",
    );
  });
});
