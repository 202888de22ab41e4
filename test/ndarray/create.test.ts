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
});
