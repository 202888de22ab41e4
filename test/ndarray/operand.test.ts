import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { array, gradient, memoryUsage, zeros } from "../../src/index.js";

describe("nested arrays", () => {
  test("of any depth, with typed rows as well", () => {
    expect(array([[[1, 2]], [[3, 4]]]).shape).toEqual([2, 1, 2]);
    expect(array([Float32Array.of(1, 2), [3, 4]]).toArray()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    expect(array([]).shape).toEqual([0]);
    expect(array([[], []]).shape).toEqual([2, 0]);
  });

  test.each([
    [[[1, 2], [3]], "Ragged array: element [1] is an array of length 1 where an array of length 2 was expected."],
    [[[1, 2], 3], "Ragged array: element [1] is 3 where an array of length 2 was expected."],
    [[1, [2]], "Ragged array: element [1] is an array of length 1 where a number was expected."],
    [
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      "Ragged array: element [1][1] is an array of length 2 where an array of length 1 was expected.",
    ],
    [[[[1], [2]], [[3]]], "Ragged array: element [1] is an array of length 1 where an array of length 2 was expected."],
    [[[], [1]], "Ragged array: element [1] is an array of length 1 where an array of length 0 was expected."],
    [
      [Float64Array.of(1, 2), Float64Array.of(1)],
      "Ragged array: element [1] is Float64Array of length 1 where an array of length 2 was expected.",
    ],
  ])("%j is refused with the index where it breaks", (values, message) => {
    for (const use of [() => array(values as number[]), () => gradient(values as number[])]) {
      expect(use).toThrow(new RangeError(message));
    }
  });

  test.each([
    [[1, "2"], 'Element [1] is "2" where a number was expected.'],
    [[[1], [null]], "Element [1][0] is null where a number was expected."],
    [[1, undefined], "Element [1] is undefined where a number was expected."],
    [[1n, 2], "Element [1] is 2 where a bigint was expected."],
    [[true, 0], "Element [1] is 0 where a boolean was expected."],
    [[() => 1], "Element [0] is a function where a number was expected."],
  ])("%s hold an element of another type", (values, message) => {
    const { used } = memoryUsage();
    expect(() => array(values as number[])).toThrow(new TypeError(message));
    expect(memoryUsage().used).toBe(used);
  });
});

describe("what is no array", () => {
  test.each([
    [null],
    [undefined],
    ["1,2"],
    [{}],
    [new Map()],
    [() => 1],
    [new DataView(new ArrayBuffer(8))],
    [new ArrayBuffer(8)],
  ])("%s is refused by array", (value) => {
    expect(() => array(value as never)).toThrow(/^array takes numbers, nested arrays, a typed array or/);
  });
});

describe("array-likes", () => {
  const data = Float64Array.from({ length: 24 }, (_, i) => i);

  test("without strides are in C order, from an offset on", () => {
    expect(array({ data, shape: [2, 3] }).toArray()).toEqual([[0, 1, 2], [3, 4, 5]]); // biome-ignore format: a matrix
    expect(array({ data, shape: [2], offset: 22 }).toArray()).toEqual([22, 23]);
    expect(array({ data: [1, 2], shape: [2] }).toArray()).toEqual([1, 2]);
  });

  test("transposed, reversed, broadcast, of no axes, of no elements", () => {
    expect(array({ data, shape: [3, 2], strides: [1, 3] }).toArray()).toEqual([[0, 3], [1, 4], [2, 5]]); // biome-ignore format: a matrix
    expect(array({ data, shape: [3], strides: [-2], offset: 5 }).toArray()).toEqual([5, 3, 1]);
    expect(array({ data, shape: [2, 2], strides: [0, 1] }).toArray()).toEqual([[0, 1], [0, 1]]); // biome-ignore format: a matrix
    expect(array({ data, shape: [4], strides: [0], offset: 3 }).toArray()).toEqual([3, 3, 3, 3]);
    expect(array({ data, shape: [], offset: 7 }).toArray()).toBe(7);
    expect(array({ data, shape: [], strides: [], offset: 7 }).toArray()).toBe(7);
    expect(array({ data: new Float64Array(0), shape: [0, 3], strides: [-9, 5] }).shape).toEqual([0, 3]);
  });

  test("any layout within bounds reads what its formula says; any other is refused", () => {
    const axis = fc.record({ length: fc.integer({ min: 0, max: 4 }), stride: fc.integer({ min: -6, max: 6 }) });
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 4 }), fc.nat({ max: 26 }), fc.boolean(), (axes, offset, resident) => {
        const shape = axes.map(({ length }) => length);
        const strides = axes.map(({ stride }) => stride);
        const expected: number[] = [];
        const walk = (k: number, at: number): void => {
          if (k === axes.length) expected.push(at);
          else for (let i = 0; i < (shape[k] as number); ++i) walk(k + 1, at + i * (strides[k] as number));
        };
        walk(0, offset);
        const source = resident ? array(data) : undefined;
        const layout = { data: source?.data ?? data, shape, strides, offset };
        if (expected.every((at) => at >= 0 && at < data.length)) {
          const copy = array(layout);
          expect(copy.shape).toEqual(shape);
          expect(Array.from(copy.data as Float64Array)).toEqual(expected);
          copy.free();
        } else {
          expect(() => array(layout)).toThrow(/reaches from element/);
        }
        source?.free();
      }),
      { numRuns: 500 },
    );
  });

  test("scijs ndarrays of every layout", () => {
    const matrix = ndarray(data, [4, 6]);
    for (const view of [
      matrix,
      matrix.transpose(1, 0),
      matrix.step(-1, 2),
      matrix.step(2, -1).transpose(1, 0),
      matrix.lo(1, 2).hi(2, 3),
      matrix.pick(2, null),
      matrix.pick(1, 1),
      ndarray([5, 6, 7], [3]),
      ndarray(Float32Array.of(1, 2), [2]),
      ndarray(new Uint8ClampedArray([1, 2]), [2]),
      ndarray(BigInt64Array.of(1n, 2n), [2]),
    ]) {
      const copy = array(view);
      expect(copy.shape).toEqual(view.shape);
      const index = view.shape.map(() => 0);
      for (let flat = 0; flat < copy.size; ++flat) {
        for (let k = index.length - 1, rest = flat; k >= 0; rest = Math.floor(rest / view.shape[k--]))
          index[k] = rest % view.shape[k];
        expect(copy.get(...index)).toBe(view.get(...index));
      }
    }
    expect(array(ndarray(Float32Array.of(1, 2), [2])).dtype).toBe("float32");
  });

  test("gradient gives the same bits for every layout of the same values", () => {
    const plain = array(Float64Array.from(data, Math.sin), { shape: [4, 6] });
    const expected = gradient(plain).map((g) => g.toArray());
    const flipped = Float64Array.from(data, (_, i) => Math.sin(23 - i));
    const columns = Float64Array.from(data, (_, i) => Math.sin((i % 4) * 6 + Math.floor(i / 4)));
    for (const layout of [
      { data: flipped, shape: [4, 6], strides: [-6, -1], offset: 23 },
      { data: columns, shape: [4, 6], strides: [1, 4] },
      { data: array(columns).data, shape: [4, 6], strides: [1, 4] },
    ]) {
      const result = gradient(layout) as { toArray(): unknown }[];
      expect(result.map((g) => g.toArray())).toEqual(expected);
    }
  });

  test.each([
    [
      { shape: [5, 5] },
      RangeError,
      "The layout of shape [5,5] and offset 0 reaches from element 0 to 24, but data has 24.",
    ],
    [
      { shape: [2], strides: [-1] },
      RangeError,
      "The layout of shape [2], strides [-1] and offset 0 reaches from element -1 to 0, but data has 24.",
    ],
    [
      { shape: [2], offset: 23 },
      RangeError,
      "The layout of shape [2] and offset 23 reaches from element 23 to 24, but data has 24.",
    ],
    [{ shape: [2], offset: -1 }, RangeError, "offset must be an integer of 0 or more; got -1."],
    [{ shape: [2], offset: 0.5 }, RangeError, "offset must be an integer of 0 or more; got 0.5."],
    [{ shape: [2], strides: [1, 1] }, RangeError, "strides must be one integer for each of the 1 axes; got [1,1]."],
    [{ shape: [2], strides: [0.5] }, RangeError, "strides must hold integers; got [0.5]."],
    [{ shape: [2], strides: 1 }, TypeError, "strides must be an array; got 1."],
    [{ shape: [-1] }, RangeError, "shape must hold lengths of 0 or more; got [-1]."],
    [{ shape: [1.5] }, RangeError, "shape must hold integers; got [1.5]."],
    [{ shape: 3 }, TypeError, "shape must be an array; got 3."],
    [{ shape: [2], unit: 1 }, TypeError, "unit must be a string; got 1."],
    [
      { shape: [2], dtype: "float32" },
      TypeError,
      "data of dtype float32 must be a Float32Array; got Float64Array of length 24.",
    ],
    [{ shape: [2], data: "ab" }, TypeError, 'data must be a typed array or an array of numbers; got "ab".'],
    [{ shape: [2], data: [[1, 2]] }, TypeError, "data must be flat; got nested arrays."],
  ])("%j is refused", (layout, Kind, message) => {
    const { used } = memoryUsage();
    for (const use of [array, gradient] as ((value: unknown) => unknown)[]) {
      expect(() => use({ data, ...layout })).toThrow(new Kind(message));
    }
    expect(memoryUsage().used).toBe(used);
  });

  test("names of types that other libraries have say nothing; ours choose among types of one class", () => {
    expect(array({ data, shape: [2], dtype: "generic" }).dtype).toBe("float64");
    expect(array({ data, shape: [2], dtype: "complex128" }).toArray()).toEqual([[0, 1], [2, 3]]); // biome-ignore format: pairs
    const ticks = { data: BigInt64Array.of(1n, 3n), shape: [2], dtype: "datetime64", unit: "D" };
    expect([array(ticks).dtype, array(ticks).unit]).toEqual(["datetime64", "D"]);
  });

  test("dtype counts for plain data, too", () => {
    const read = (data: unknown[], dtype: string, shape = [data.length]) => array({ data, shape, dtype } as never);
    expect(read([1, 2, 0.1], "float32").data).toEqual(Float32Array.of(1, 2, 0.1));
    expect(read([1, 2, 3, 4], "complex64", [2]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(read([2n ** 64n - 1n], "uint64").data).toEqual(BigUint64Array.of(2n ** 64n - 1n));
    expect(read([], "int16").dtype).toBe("int16");
    expect(() => read([1, 2], "int64")).toThrow(
      "data of dtype int64 must be a BigInt64Array; got an array of length 2.",
    );
  });

  test("complex layouts count elements, not their parts", () => {
    const z = { data, dtype: "complex128", shape: [3], strides: [-2], offset: 5 };
    expect(array(z).toArray()).toEqual([[10, 11], [6, 7], [2, 3]]); // biome-ignore format: pairs
    expect(() => array({ ...z, offset: 12 })).toThrow(/to 12, but data has 12/);
  });

  test("an NDArray is an array-like itself, and its copy is its own", () => {
    const a = array([1, 2]);
    const copy = array(a);
    copy.set(9, 0);
    expect(a.toArray()).toEqual([1, 2]);
    expect(array(zeros([2, 0])).shape).toEqual([2, 0]);
  });
});
