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
});
