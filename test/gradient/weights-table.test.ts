import { expect, test } from "vitest";
import { TABLES } from "../../src/gradient/scratch.js";
import { gradient, type NDArray } from "../../src/index.js";

test("weights of a row whose number times 8 is the address of the table were taken for even spacing", () => {
  // The kernels get the address of row 0's weights, which is 0 here when the tile begins at this row.
  const row = TABLES / 8;
  const [n, inner] = [row + 10, 512];
  expect(row % (4096 / inner)).toBe(0);
  const x = Float64Array.from({ length: n }, (_, i) => i + (i % 3) / 7);
  const f = Float64Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i)));
  const line = gradient(f, x);
  const field = gradient({ data: f, shape: [n, inner], strides: [1, 0] }, x, { axis: 0 }) as NDArray;
  const wrong = [];
  for (let i = 0; i < n; ++i) for (const j of [0, inner - 1]) if (field.get(i, j) !== line[i]) wrong.push(i);
  expect(wrong).toEqual([]);
  field.free();
});
