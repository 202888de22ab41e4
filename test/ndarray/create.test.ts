import { describe, expect, test } from "vitest";
import { array, memoryUsage, zeros } from "../../src/index.js";

describe("regressions", () => {
  test("a shape with more elements than can be counted broke the allocator for good", () => {
    const { used } = memoryUsage();
    const huge = Array.from({ length: 25 }, () => 2 ** 53 - 1);
    expect(() => zeros(huge)).toThrow(/more elements than can be counted/);
    expect(() => zeros([...huge, 0])).toThrow(/more elements than can be counted/);
    const strides = huge.map(() => 0);
    expect(() => array({ data: [1], shape: huge, strides })).toThrow(/more elements than can be counted/);
    expect(memoryUsage().used).toBe(used);
  });

  test("complex data of an odd length was read past its end", () => {
    const data = new Float32Array(5).fill(7);
    expect(() => array({ data, dtype: "complex64", shape: [3] })).toThrow(
      /reaches from element 0 to 2, but data has 2/,
    );
    expect(array({ data, dtype: "complex64", shape: [2] }).get(1)).toEqual([7, 7]);
  });

  test("nested rows that growth had detached read as rows of no elements", () => {
    const row = new Float64Array(2);
    structuredClone(row, { transfer: [row.buffer] });
    expect(() => array([row, row])).toThrow(/detached/);
  });

  test("an array that holds itself nested without end", () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => array(endless as number[])).toThrow(/at most 64 deep/);
  });

  test("bigints from 2^63 on were refused as uint64, and are not taken for int64", () => {
    expect(array([2n ** 64n - 1n], { dtype: "uint64" }).toArray()).toEqual([2n ** 64n - 1n]);
    expect(() => array([0n, 2n ** 64n], { dtype: "uint64" })).toThrow(/\[1\] is 18446744073709551616n, .* fit uint64/);
    expect(() => array([-1n], { dtype: "uint64" })).toThrow(RangeError);
    expect(() => array([2n ** 63n])).toThrow(/fit int64/);
  });

  test("a value that no 64-bit integer can hold leaked the array that was to hold it", () => {
    const { used } = memoryUsage();
    expect(() => array([1, Number.NaN], { dtype: "int64" })).toThrow("NaN cannot become a 64-bit integer.");
    const layout = { data: [1, Number.POSITIVE_INFINITY], shape: [2], strides: [-1], offset: 1 };
    expect(() => array(layout, { dtype: "uint64" })).toThrow("Infinity cannot become a 64-bit integer.");
    expect(memoryUsage().used).toBe(used);
  });
});
