import { expect, test } from "vitest";
import { array, gradient, type NDArray } from "../../src/index.js";

test("float32, complex and durations over float64 coordinates in one dimension asked for a kernel that does not exist", () => {
  const x = [0, 1, 3];
  expect(gradient(Float32Array.of(1, 2, 6), Float64Array.from(x))).toEqual(Float32Array.from(gradient([1, 2, 6], x)));
  const z = gradient(array([1, 0, 2, 1, 6, 3], { dtype: "complex128" }), x) as NDArray;
  expect((z.toArray() as number[][]).map(([re]) => re)).toEqual(gradient([1, 2, 6], x));
  expect((z.toArray() as number[][]).map(([, im]) => im)).toEqual(gradient([0, 1, 3], x));
  const days = array([0n, 100n, 300n], { dtype: "timedelta64", unit: "s" });
  expect((gradient(days, x) as NDArray).toArray()).toEqual([100n, 100n, 100n]);
});
