/** What `gradient` refuses, in which words, and that it refuses before it writes. NumPy's own errors: numpy.test.ts. */
import { describe, expect, test } from "vitest";
import { AxisError, array, gradient, type NDArray, zeros } from "../../src/index.js";

type Any = never; // what no type allows

const f = array([1, 2, 4, 7]);
const g = array([
  [1, 2, 6],
  [3, 4, 5],
]);

function freed(): NDArray {
  const gone = zeros(4);
  gone.free();
  return gone;
}

function detached(): Float64Array {
  const gone = new Float64Array(4);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  return gone;
}

const dates = array([1n, 2n, 3n, 5n], { dtype: "datetime64", unit: "s" });
const flat = new Float64Array([1, 2, 4, 8]);

type Row = readonly [what: string, call: () => unknown, type: new (...args: never[]) => Error, text: string];

const NOT_SAMPLES = " For the derivative of a function, such as a loss, use numericalGradient(f, x).";

const samples: Row[] = (
  [
    ["a function", (x: number) => x, "a function"],
    ["a number", 3.5, "3.5"],
    ["a bigint", 3n, "3n"],
    ["a string", "1,2", '"1,2"'],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["an object", {}, "an object of class Object"],
    ["a Set", new Set([1, 2]), "an object of class Set"],
    ["a promise", Promise.resolve([1, 2]), "an object of class Promise"],
    ["a DataView", new DataView(new ArrayBuffer(8)), "an object of class DataView"],
  ] as const
).map(([what, value, shown]) => [
  what,
  () => gradient(value as Any),
  TypeError,
  `gradient takes an array of samples; got ${shown}.${NOT_SAMPLES}`,
]);

const broken: Row[] = [
  [
    "rows of two lengths",
    () => gradient([[1, 2], [3]]),
    RangeError,
    "Ragged array: element [1] is an array of length 1 where an array of length 2 was expected.",
  ],
  [
    "a number among rows",
    () => gradient([[1, 2], 3] as Any),
    RangeError,
    "Ragged array: element [1] is 3 where an array of length 2 was expected.",
  ],
  [
    "a row among numbers",
    () => gradient([1, [2]] as Any),
    RangeError,
    "Ragged array: element [1] is an array of length 1 where a number was expected.",
  ],
  [
    "rows of two lengths, further in",
    () =>
      gradient([
        [
          [1, 2],
          [3, 4],
        ],
        [[5, 6], [7]],
      ] as Any),
    RangeError,
    "Ragged array: element [1][1] is an array of length 1 where an array of length 2 was expected.",
  ],
  [
    "a hole among rows",
    () =>
      gradient(
        Object.assign(
          [
            [1, 2],
            [3, 4],
          ],
          { length: 3 },
        ),
      ),
    RangeError,
    "Ragged array: element [2] is undefined where an array of length 2 was expected.",
  ],
  [
    "a short typed row",
    () => gradient([[1, 2], new Float32Array(1)] as Any),
    RangeError,
    "Ragged array: element [1] is Float32Array of length 1 where an array of length 2 was expected.",
  ],
  ["strings", () => gradient(["1", "2"] as Any), TypeError, 'Element [0] is "1" where a number was expected.'],
  [
    "null among numbers",
    () =>
      gradient([
        [1, 2],
        [3, null],
      ] as Any),
    TypeError,
    "Element [1][1] is null where a number was expected.",
  ],
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
  ["a hole", () => gradient([1, , 3] as Any), TypeError, "Element [1] is undefined where a number was expected."],
  [
    "bigints among numbers",
    () => gradient([1, 2n] as Any),
    TypeError,
    "Element [1] is 2n where a number was expected.",
  ],
  ["numbers among bigints", () => gradient([1n, 2] as Any), TypeError, "Element [1] is 2 where a bigint was expected."],
  [
    "a bigint of 65 bits",
    () => gradient([1n, 2n ** 64n] as Any),
    RangeError,
    "Element [1] is 18446744073709551616n, which does not fit int64.",
  ],
  [
    "a freed array",
    () => gradient(freed()),
    TypeError,
    "This array of shape [4] was freed and must not be used any more.",
  ],
  [
    "durations over a duration of another unit, which NumPy would convert",
    () => gradient(ticks, array([1n], { dtype: "timedelta64", unit: "s", shape: [] })),
    TypeError,
    "Samples in D need a spacing in D; got s.",
  ],
  [
    "freed coordinates",
    () => gradient(f, freed()),
    TypeError,
    "This array of shape [4] was freed and must not be used any more.",
  ],
  [
    "a detached array",
    () => gradient(detached()),
    TypeError,
    "The Float64Array of length 0 is detached: its buffer was transferred, or linear memory grew since the view was taken (take array.data anew after each call).",
  ],
  [
    "detached data",
    () => gradient({ data: detached(), shape: [2, 2] }),
    TypeError,
    "The Float64Array of length 0 is detached: its buffer was transferred, or linear memory grew since the view was taken (take array.data anew after each call).",
  ],
];

const layouts: Row[] = [
  [
    "too few data",
    () => gradient({ data: flat, shape: [2, 3] }),
    RangeError,
    "The layout of shape [2,3] and offset 0 reaches from element 0 to 5, but data has 4.",
  ],
  [
    "a start below 0",
    () => gradient({ data: flat, shape: [2, 2], strides: [-2, 1] }),
    RangeError,
    "The layout of shape [2,2], strides [-2,1] and offset 0 reaches from element -2 to 1, but data has 4.",
  ],
  [
    "an end past the data",
    () => gradient({ data: flat, shape: [2, 2], stride: [2, 1], offset: 1 }),
    RangeError,
    "The layout of shape [2,2], strides [2,1] and offset 1 reaches from element 1 to 4, but data has 4.",
  ],
  [
    "too few complex data",
    () => gradient({ data: flat, shape: [3], dtype: "complex128" }),
    RangeError,
    "The layout of shape [3] and offset 0 reaches from element 0 to 2, but data has 2.",
  ],
  [
    "too few strides",
    () => gradient({ data: flat, shape: [2, 2], strides: [1] }),
    RangeError,
    "strides must be one integer for each of the 2 axes; got [1].",
  ],
  [
    "a fraction of a stride",
    () => gradient({ data: flat, shape: [2, 2], strides: [1.5, 1] }),
    RangeError,
    "strides must hold integers; got [1.5,1].",
  ],
  [
    "strides that are a string",
    () => gradient({ data: flat, shape: [4], strides: "1" as Any }),
    TypeError,
    'strides must be an array; got "1".',
  ],
  [
    "an offset below 0",
    () => gradient({ data: flat, shape: [2], offset: -1 }),
    RangeError,
    "offset must be an integer of 0 or more; got -1.",
  ],
  [
    "a negative length",
    () => gradient({ data: flat, shape: [-2] }),
    RangeError,
    "shape must hold lengths of 0 or more; got [-2].",
  ],
  [
    "a shape that is a string",
    () => gradient({ data: flat, shape: "4" as Any }),
    TypeError,
    'shape must be an array; got "4".',
  ],
  [
    "data that are a string",
    () => gradient({ data: "1234" as Any, shape: [4] }),
    TypeError,
    'data must be a typed array or an array of numbers; got "1234".',
  ],
  [
    "nested data",
    () => gradient({ data: [[1, 2]] as Any, shape: [1, 2] }),
    TypeError,
    "data must be flat; got nested arrays.",
  ],
  [
    "a dtype that is not that of the data",
    () => gradient({ data: flat, shape: [4], dtype: "float32" }),
    TypeError,
    "data of dtype float32 must be a Float32Array; got Float64Array of length 4.",
  ],
];

const options: Row[] = [
  [
    "NumPy's spelling",
    () => gradient(f, { edge_order: 2 } as Any),
    TypeError,
    'gradient has no option "edge_order"; it takes axis, edgeOrder, out.',
  ],
  [
    "an unknown option",
    () => gradient(f, { axes: 0 } as Any),
    TypeError,
    'gradient has no option "axes"; it takes axis, edgeOrder, out.',
  ],
  [
    "an axis that is NaN",
    () => gradient(f, { axis: Number.NaN }),
    TypeError,
    "axis must be an integer or an array of integers; got NaN.",
  ],
  [
    "half an axis",
    () => gradient(f, { axis: 1.5 }),
    TypeError,
    "axis must be an integer or an array of integers; got 1.5.",
  ],
  [
    "an axis that is a string",
    () => gradient(f, { axis: "0" as Any }),
    TypeError,
    'axis must be an integer or an array of integers; got "0".',
  ],
  [
    "strings among axes",
    () => gradient(g, { axis: [0, "1"] as Any }),
    TypeError,
    'axis must be an integer or an array of integers; got "1".',
  ],
  ["an axis too high", () => gradient(g, { axis: 2 }), AxisError, "axis 2 is out of bounds for array of dimension 2"],
  ["edge order 0", () => gradient(f, { edgeOrder: 0 as Any }), RangeError, "edgeOrder must be 1 or 2; got 0."],
  ["edge order 1.5", () => gradient(f, { edgeOrder: 1.5 as Any }), RangeError, "edgeOrder must be 1 or 2; got 1.5."],
  [
    "edge order NaN",
    () => gradient(f, { edgeOrder: Number.NaN as Any }),
    RangeError,
    "edgeOrder must be 1 or 2; got NaN.",
  ],
  [
    "an edge order that is a string",
    () => gradient(f, { edgeOrder: "1" as Any }),
    TypeError,
    'edgeOrder must be 1 or 2; got "1".',
  ],
];

const spacings: Row[] = (
  [
    ["undefined", undefined, "a number or an array of coordinates; got undefined."],
    ["null", null, "a number or an array of coordinates; got null."],
    ["a string", "1", 'a number or an array of coordinates; got "1".'],
    ["a function", () => 1, "a number or an array of coordinates; got a function."],
    ["a bigint", 2n, "a number or an array of coordinates; got 2n."],
    ["true", true, "a number or an array of coordinates; got true."],
    [
      "complex numbers",
      array([1, 0, 2, 0, 3, 0, 4, 0], { dtype: "complex64" }),
      "real numbers; got an array of complex64.",
    ],
    ["dates", dates, "real numbers; got an array of datetime64."],
  ] as const
).map(([what, value, text]) => [what, () => gradient(g, 1, value as Any), TypeError, `Spacing 2 must be ${text}`]);

/** Outputs whose elements are 7, and that must still be 7 when the call has thrown. */
const seven = array([7, 7, 7, 7]);
const sevens = () =>
  array([
    [7, 7, 7],
    [7, 7, 7],
  ]);
const own = sevens();
const ticks = array([7n, 7n, 7n, 7n], { dtype: "timedelta64", unit: "D" });
const typed = new Float64Array(4).fill(7);
const shared = new Float64Array(11).fill(7);
const SHARES = "shares memory with an input or another output; give each its own.";

const outputs: Row[] = [
  [
    "the wrong shape",
    () => gradient(g, { axis: 0, out: array([7, 7, 7, 7, 7, 7], { shape: [3, 2] }) }),
    RangeError,
    "out must have shape [2,3]; got [3,2].",
  ],
  [
    "the right size in one axis",
    () => gradient(g, { axis: 0, out: zeros(6) }),
    RangeError,
    "out must have shape [2,3]; got [6].",
  ],
  [
    "the wrong type",
    () => gradient(f, { out: zeros(4, "float32") }),
    TypeError,
    "out must be of dtype float64; got float32.",
  ],
  [
    "the wrong class",
    () => gradient(f, { out: new Float32Array(4) }),
    TypeError,
    "out must be of dtype float64; got Float32Array of length 4.",
  ],
  [
    "the type of integers",
    () => gradient(new Int32Array(4), { out: new Int32Array(4) }),
    TypeError,
    "out must be of dtype float64; got Int32Array of length 4.",
  ],
  [
    "the wrong unit",
    () => gradient(dates, { out: ticks }),
    TypeError,
    "out must be of dtype timedelta64[s]; got timedelta64[D].",
  ],
  [
    "the wrong length",
    () => gradient(f, { out: new Float64Array(5) }),
    RangeError,
    "out must have length 4; got Float64Array of length 5.",
  ],
  [
    "one for two axes",
    () => gradient(g, { out: own }),
    TypeError,
    "out must be an array of 2 NDArrays or typed arrays; got an object of class NDArray.",
  ],
  [
    "three for two axes",
    () => gradient(g, { out: [own, sevens(), sevens()] }),
    TypeError,
    "out must be an array of 2 NDArrays or typed arrays; got an array of length 3.",
  ],
  [
    "a plain array", // was: "one array for each of the 1 axes; got 4"
    () => gradient(f, { out: [7, 7, 7, 7] as Any }),
    TypeError,
    "out must be an NDArray or a typed array; got an array of length 4.",
  ],
  [
    "a plain array within an array",
    () => gradient(f, { out: [[7, 7, 7, 7]] as Any }),
    TypeError,
    "out must be an NDArray or a typed array; got an array of length 4.",
  ],
  ["null", () => gradient(f, { out: null as Any }), TypeError, "out must be an NDArray or a typed array; got null."],
  [
    "the second of the wrong type",
    () => gradient(g, { out: [own, zeros([2, 3], "float32")] }),
    TypeError,
    "out must be of dtype float64; got float32.",
  ],
  ["the same for both axes", () => gradient(g, { out: [own, own] }), RangeError, `out[1] ${SHARES}`],
  [
    "a freed array",
    () => gradient(f, { out: freed() }),
    TypeError,
    "This array of shape [4] was freed and must not be used any more.",
  ],
  [
    "a detached array",
    () => gradient(f, { out: detached() }),
    TypeError,
    "The Float64Array of length 0 is detached: its buffer was transferred, or linear memory grew since the view was taken (take array.data anew after each call).",
  ],
  ["f", () => gradient(seven, { out: seven }), RangeError, `out ${SHARES}`],
  ["a view of f", () => gradient(seven, { out: seven.data }), RangeError, `out ${SHARES}`],
  ["the coordinates", () => gradient(f, seven, { out: seven }), RangeError, `out ${SHARES}`],
  ["typed coordinates", () => gradient(f, typed, { out: typed }), RangeError, `out ${SHARES}`],
  [
    "the last element of f",
    () => gradient(shared.subarray(0, 6), { out: shared.subarray(5) }),
    RangeError,
    `out ${SHARES}`,
  ],
  [
    "the data of a strided f",
    () => gradient({ data: typed, shape: [4], strides: [-1], offset: 3 }, { out: typed }),
    RangeError,
    `out ${SHARES}`,
  ],
  ["NumPy's error", () => gradient(f, 0, { edgeOrder: 2, out: seven }), RangeError, "float division by zero"],
];

describe.each([
  ["what is no array", samples],
  ["broken arrays", broken],
  ["layouts", layouts],
  ["options", options],
  ["spacings", spacings],
  ["out", outputs],
] as const)("%s", (_, rows) => {
  test.each(rows as Row[])("%s", (_, call, type, text) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(type);
    expect((error as Error).constructor).toBe(type);
    expect((error as Error).message).toBe(text);
    for (const kept of [seven, own]) expect(new Set(kept.data as Float64Array)).toEqual(new Set([7]));
    for (const kept of [typed, shared]) expect(new Set(kept)).toEqual(new Set([7]));
    expect(new Set(ticks.data as unknown as BigInt64Array)).toEqual(new Set([7n]));
  });
});

describe("what is not an error", () => {
  test("neighbours in one buffer may be input and output", () => {
    const both = new Float64Array([1, 2, 4, 7, 0, 0, 0, 0]);
    const out = both.subarray(4);
    expect(gradient(both.subarray(0, 4), { out })).toBe(out);
    expect([...both]).toEqual([1, 2, 4, 7, 1, 1.5, 2.5, 3]);
  });

  test("empty and 0-d arrays, as in NumPy", () => {
    expect(gradient(array(3))).toEqual([]);
    expect(gradient(g, { axis: [] })).toEqual([]);
    expect(gradient(g, { axis: [], out: [] })).toEqual([]);
    expect(gradient(zeros([0, 3]), { axis: 1 }).shape).toEqual([0, 3]);
    expect(() => gradient([])).toThrow("Shape of array too small");
  });

  test("undefined options are left out, and another library's dtype says nothing", () => {
    const options = { axis: undefined, edgeOrder: undefined, out: undefined };
    expect(gradient([1, 2, 4], options)).toEqual([1, 1.5, 2]);
    expect((gradient({ data: flat, shape: [4], dtype: "double" }) as NDArray).toArray()).toEqual([1, 1.5, 3, 4]);
  });
});
