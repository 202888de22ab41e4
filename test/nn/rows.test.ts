import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gather, guarded, place, TYPES } from "./layers.js";

describe.each(TYPES)("$type", (of) => {
  test("sums of columns, in any shape and place, with nothing written beside them", () => {
    for (const rows of [1, 2, 3, 4, 5, 7, 31, 32, 33, 64, 101]) {
      for (let width = 1; width <= 21; ++width) {
        const values = Array.from({ length: rows * width }, (_, i) => Math.fround(Math.sin(i * i)));
        const d = place(of.Numbers, 0, values, width % 4);
        const sums = guarded(of.Numbers, new Array(width).fill(9), rows % 4, (out) =>
          of.columnSums(out.byteOffset, d.byteOffset, rows, width),
        );
        for (const [j, sum] of sums.entries()) {
          const column = values.filter((_, i) => i % width === j);
          const expected = column.reduce((a, b) => a + b);
          const size = column.reduce((a, b) => a + Math.abs(b), 0);
          expect(Math.abs(sum - expected), `column ${j} of ${rows} x ${width}`).toBeLessThanOrEqual(
            4 * of.epsilon * size,
          );
        }
      }
    }
  });

  test("a sum over many rows is one of blocks, whose roundings are fewer", () => {
    const d = place(of.Numbers, 0, new Array(50_000).fill(0.1));
    const out = place(of.Numbers, 6, [0]);
    of.columnSums(out.byteOffset, d.byteOffset, 50_000, 1);
    const exact = 50_000 * (d[0] as number);
    expect(Math.abs((out[0] as number) / exact - 1)).toBeLessThan((50_000 / 64) * of.epsilon);
  });

  test("the first number that is not finite", () => {
    for (let n = 0; n <= 40; ++n) {
      const values = Array.from({ length: n }, (_, i) => (i % 2 ? -1e30 : 0));
      expect(of.firstNotFinite(place(of.Numbers, 0, values, n % 4).byteOffset, n)).toBe(-1);
      for (let at = 0; at < n; ++at) {
        const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][at % 3] as number;
        const x = place(of.Numbers, 0, values, n % 4);
        x[at] = bad;
        x[n - 1] = Number.NaN;
        expect(of.firstNotFinite(x.byteOffset, n)).toBe(at);
      }
    }
  });
});

test("rows are gathered in the order of the indices, of any number of words, and nothing beside them is written", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }),
      (words, indices) => {
        const from = place(
          Float32Array,
          0,
          Array.from({ length: 10 * words }, (_, i) => i),
        );
        const { byteOffset } = place(Uint32Array, 1, indices);
        const found = guarded(Float32Array, new Array(indices.length * words).fill(-1), words % 4, (out) =>
          gather(out.byteOffset, from.byteOffset, byteOffset, indices.length, 4 * words),
        );
        expect(found).toEqual(indices.flatMap((i) => [...from.subarray(i * words, (i + 1) * words)]));
      },
    ),
  );
});
