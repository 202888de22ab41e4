import { describe, expect, test } from "vitest";
import { array, gradient, memoryUsage, zeros } from "../../src/index.js";

describe("array", () => {
  test("copies, and takes shape and type from the values unless told", () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const a = array(values);
    values[0] = 9;
    expect([a.dtype, a.shape, a.toArray()]).toEqual(["float32", [4], [1, 2, 3, 4]]);
    expect(array(values, { shape: [2, 2] }).shape).toEqual([2, 2]);
    expect(array(values, { shape: Int32Array.of(4, 1) as never }).shape).toEqual([4, 1]);
    expect(array([5], { shape: [] }).toArray()).toBe(5);
    expect([array(5).shape, array(5n).dtype, array(true).dtype] as unknown).toEqual([[], "int64", "bool"]);
    expect(array([1, 2]).dtype).toBe("float64");
  });

  test.each([
    ["int8", [1.9, -1.9, 300], [1, -1, 44]],
    ["int64", [1.9, -1.9], [1n, -1n]],
    ["float32", [0.1, 16777217], [Math.fround(0.1), 16777216]],
    ["bool", [0, -0, 0.5, Number.NaN], [false, false, true, true]],
    ["float64", [true, false], [1, 0]],
    ["int64", [true, false], [1n, 0n]],
    ["float64", [2n ** 53n + 1n, -1n], [2 ** 53, -1]],
    ["bool", [0n, 2n], [false, true]],
    ["datetime64", [-1n], [-1n]],
    ["timedelta64", [1, 2], [1n, 2n]],
  ] as const)("values become %s as NumPy casts them", (dtype, values, expected) => {
    expect(array(values as never, { dtype }).toArray()).toEqual(expected);
    const data = [...values].reverse() as number[];
    const reversed = { data, shape: [data.length], strides: [-1], offset: data.length - 1 };
    expect(array(reversed, { dtype }).toArray()).toEqual(expected);
  });

  test("typed integers of 64 bits wrap, and keep all bits between each other", () => {
    expect(array(BigInt64Array.of(-1n), { dtype: "uint64" }).toArray()).toEqual([2n ** 64n - 1n]);
    expect(array(BigUint64Array.of(2n ** 63n + 1n)).toArray()).toEqual([2n ** 63n + 1n]);
  });

  test("complex values are pairs: flat, along the last axis, or in any arrangement with a shape", () => {
    const dtype = "complex128";
    const flat = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(array(flat, { dtype }).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    expect(
      array(
        [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        { dtype },
      ).shape,
    ).toEqual([2, 2]);
    expect(array([flat], { dtype, shape: [2, 2] }).shape).toEqual([2, 2]);
    expect(array(Float64Array.from(flat), { dtype, shape: [4, 1] }).get(3, 0)).toEqual([7, 8]);
    const z = array(flat, { dtype });
    expect(array(z, { dtype: "complex64" }).toArray()).toEqual(z.toArray());
    expect(() => array([1, 2, 3], { dtype })).toThrow("complex128 takes re, im in turn; got 3 values.");
    expect(() => array(z, { dtype: "float64" })).toThrow("Complex values cannot become float64.");
  });

  test("complex values in rows of four lost their shape", () => {
    const rows = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    const options = { dtype: "complex128" } as const;
    expect(() => array(rows, options)).toThrow(
      "complex128 takes re, im along the last axis, or a shape; got shape [2,4].",
    );
    expect(array(rows, { ...options, shape: [2, 2] }).get(1, 0)).toEqual([5, 6]);
  });

  test("dates and durations keep their unit, and their gradient has it", () => {
    const days = array([1n, 5n, 9n], { dtype: "datetime64", unit: "D" });
    const copy = array(days);
    expect([copy.dtype, copy.unit, copy.toArray()]).toEqual(["datetime64", "D", [1n, 5n, 9n]]);
    const g = gradient(days);
    expect([g.dtype, g.unit, g.toArray()]).toEqual(["timedelta64", "D", [4n, 4n, 4n]]);
    expect(() => array([1n], { dtype: "datetime64", unit: 1 as never })).toThrow("unit must be a string; got 1.");
  });

  test.each([
    [{ shape: [3] }, RangeError, "4 values do not fill shape [3], which has 3 elements."],
    [{ shape: [] }, RangeError, "4 values do not fill shape [], which has 1 elements."],
    [{ shape: [-2, -2] }, RangeError, "shape must hold integers of 0 or more; got [-2, -2]."],
    [{ shape: ["4"] }, RangeError, 'shape must hold integers of 0 or more; got ["4"].'],
    [{ shape: 4 }, TypeError, "shape must be an array of lengths; got 4."],
    [{ dtype: "double" }, TypeError, /^dtype must be one of float64, .*; got "double"\.$/],
    [{ dtype: "toString" }, TypeError, /^dtype must be one of/],
  ])("options %j are refused, with nothing leaked", (options, Kind, message) => {
    const { used } = memoryUsage();
    expect(() => array([1, 2, 3, 4], options as never)).toThrow(Kind);
    expect(() => array([1, 2, 3, 4], options as never)).toThrow(message);
    expect(memoryUsage().used).toBe(used);
  });
});

describe("zeros", () => {
  test("clears memory that was used before", () => {
    const a = array(new Float64Array(100).fill(7));
    a.free();
    expect(zeros([100]).data.every((entry) => entry === 0)).toBe(true);
  });

  test("takes a number for one axis", () => {
    expect(zeros(3).shape).toEqual([3]);
    expect(() => zeros(-1)).toThrow("shape must hold integers of 0 or more; got [-1].");
    expect(() => zeros(1.5)).toThrow(RangeError);
    expect(() => zeros("3" as never)).toThrow(TypeError);
  });

  test("does not write to the caller's shape, nor to it later", () => {
    const shape = [2, 2];
    const a = zeros(shape);
    shape[0] = 5;
    expect(a.shape).toEqual([2, 2]);
  });

  test("says what was asked for and what is in use when neither memory has room", () => {
    const { used } = memoryUsage();
    expect(() => zeros([2 ** 40])).toThrow(
      `Out of memory: ${2 ** 43} bytes were asked for while ${used} are in use in linear memory, whose limit is ${2 ** 30} bytes, and the JavaScript engine has no room either.`,
    );
    expect(() => zeros([2 ** 40])).toThrow(RangeError);
    expect(memoryUsage().used).toBe(used);
    expect(zeros([2]).toArray()).toEqual([0, 0]);
  });
});

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
