import { describe, expect, test, vi } from "vitest";
import { array, type DType, gradient, memoryUsage, NDArray, zeros } from "../../src/index.js";

const HAS_FLOAT16 = "Float16Array" in globalThis;

/** Two elements of each type that survive there and back, and the class of `data`. */
const SAMPLES: [DType, [unknown, unknown], string][] = [
  ["float64", [0.1, -1e300], "Float64Array"],
  ["float32", [0.5, -(2 ** 100)], "Float32Array"],
  ["int8", [-128, 127], "Int8Array"],
  ["int16", [-32768, 32767], "Int16Array"],
  ["int32", [-(2 ** 31), 2 ** 31 - 1], "Int32Array"],
  ["int64", [-(2n ** 63n), 2n ** 63n - 1n], "BigInt64Array"],
  ["uint8", [0, 255], "Uint8Array"],
  ["uint16", [0, 65535], "Uint16Array"],
  ["uint32", [0, 2 ** 32 - 1], "Uint32Array"],
  ["uint64", [0n, 2n ** 64n - 1n], "BigUint64Array"],
  ["bool", [true, false], "Uint8Array"],
  [
    "complex64",
    [
      [0.5, -1],
      [2, 3],
    ],
    "Float32Array",
  ],
  [
    "complex128",
    [
      [0.1, -1],
      [2, 1e300],
    ],
    "Float64Array",
  ],
  ["datetime64", [0n, -86400n], "BigInt64Array"],
  ["timedelta64", [1n, -1n], "BigInt64Array"],
];
if (HAS_FLOAT16) SAMPLES.push(["float16", [0.5, -65504], "Float16Array"]);

describe.each(SAMPLES)("%s", (dtype, [first, second], view) => {
  test("goes through array, set, get, toArray and data", () => {
    const { used } = memoryUsage();
    const a = array([first, second, second, first] as number[], {
      dtype,
      ...(Array.isArray(first) ? {} : { shape: [2, 2] }),
    });
    const shape = Array.isArray(first) ? [4] : [2, 2];
    expect([a.dtype, a.shape, a.size, a.ndim]).toEqual([dtype, shape, 4, shape.length]);
    expect(a.data.constructor.name).toBe(view);
    const flat = [first, second, second, first];
    expect(a.toArray()).toEqual(shape.length === 1 ? flat : [flat.slice(0, 2), flat.slice(2)]);
    a.free();

    const z = zeros([3], dtype);
    const zero = { bigint: 0n, boolean: false, number: 0, object: [0, 0] }[typeof first as "number"];
    expect(z.toArray()).toEqual([zero, zero, zero]);
    z.set(second as number, 1);
    z.set(first as number, -1);
    expect(z.toArray()).toEqual([zero, second, first]);
    expect(z.get(2)).toEqual(first);
    z.free();
    expect(memoryUsage().used).toBe(used);
  });

  test("refuses elements of another type", () => {
    const a = zeros([2], dtype);
    const wrong = typeof first === "number" ? [1n, true] : typeof first === "bigint" ? [1, true] : [1n, "1"];
    for (const value of [...wrong, null, undefined, "0", [1]]) {
      expect(() => a.set(value as never, 0)).toThrow(new RegExp(`^An element of a ${dtype} array is a `));
    }
    expect(a.data.every((entry) => Number(entry) === 0)).toBe(true);
    a.free();
  });
});

test.skipIf(HAS_FLOAT16)("float16 says that the runtime lacks its class", () => {
  expect(() => zeros([2], "float16")).toThrow("float16 needs a runtime that has Float16Array; this one does not.");
});

describe("an NDArray", () => {
  test("is in C order", () => {
    const a = zeros([2, 3, 4]);
    expect(a.strides).toEqual([12, 4, 1]);
    a.set(7, 1, -1, 2);
    expect(a.data.indexOf(7 as never)).toBe(12 + 8 + 2);
    expect(zeros([]).strides).toEqual([]);
    expect(zeros([3, 0, 2]).strides).toEqual([0, 2, 1]);
  });

  test("takes as many indices as it has axes, each within its axis", () => {
    const a = zeros([2, 3]);
    expect(() => a.get(1)).toThrow("An array of shape [2,3] takes 2 indices; got 1.");
    expect(() => a.get(0, 0, 0)).toThrow(RangeError);
    expect(() => a.get(0, 3)).toThrow("Index 3 is out of bounds for axis 1 with size 3.");
    expect(() => a.set(1, -3, 0)).toThrow("Index -3 is out of bounds for axis 0 with size 2.");
    expect(() => a.get(0.5, 0)).toThrow(RangeError);
    expect(() => a.get(Number.NaN, 0)).toThrow(RangeError);
    expect(() => zeros([0]).get(0)).toThrow(RangeError);
  });

  test("of no axes has one element", () => {
    const a = array(5);
    expect([a.shape, a.size, a.get(), a.toArray()]).toEqual([[], 1, 5, 5]);
    a.set(6);
    expect(a.toArray()).toBe(6);
  });

  test("of no elements nests as its shape says", () => {
    expect(zeros([0]).toArray()).toEqual([]);
    expect(zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(zeros([0, 2]).toArray()).toEqual([]);
    expect(zeros([2, 0]).data.length).toBe(0);
  });
});

describe("free", () => {
  test("gives memory back once, however often it is called, and never that of the next owner", () => {
    const { used } = memoryUsage();
    const a = zeros([100]);
    a.free();
    a.free();
    const b = zeros([100]);
    a.free();
    a[Symbol.dispose]();
    expect(memoryUsage().used).toBe(used + 832);
    const c = zeros([100]);
    c.data.fill(1 as never);
    expect(b.toArray()).toEqual(new Array(100).fill(0));
    for (const each of [b, c]) each.free();
    expect(memoryUsage().used).toBe(used);
  });

  test("is what Symbol.dispose calls", () => {
    const { used } = memoryUsage();
    const a = zeros([100]);
    a[Symbol.dispose]();
    expect(memoryUsage().used).toBe(used);
  });

  test("makes every use a TypeError that names the shape", () => {
    const a = array([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    const kept = array([1, 2]);
    a.free();
    const uses: (() => unknown)[] = [
      () => a.data,
      () => a.get(0, 0),
      () => a.set(1, 0, 0),
      () => a.toArray(),
      () => array(a),
      () => gradient(a),
      () => gradient([[1, 2], [3, 4]], { out: [a, a], axis: [0, 1] }), // biome-ignore format: a matrix
      () => gradient(kept, a),
    ];
    for (const use of uses) {
      expect(use).toThrow(TypeError);
      expect(use).toThrow("This array of shape [2,2] was freed and must not be used any more.");
    }
    expect([a.dtype, a.shape, a.strides]).toEqual(["float64", [2, 2], [2, 1]]);
  });
});

test("a runtime without Symbol.dispose, such as WebKit, has free all the same", async () => {
  const { dispose } = Symbol;
  expect(typeof dispose).toBe("symbol");
  // The property cannot be taken away: a stand-in lacks it while the module is evaluated.
  const real = Symbol;
  const bare = new Proxy((name: string) => real(name), {
    get: (_, key) => (key === "dispose" ? undefined : Reflect.get(real, key)),
  });
  vi.stubGlobal("Symbol", bare);
  vi.resetModules();
  const fresh = await import("../../src/index.js");
  vi.unstubAllGlobals();
  expect(fresh.NDArray).not.toBe(NDArray);
  const a = fresh.zeros([4]);
  expect(Reflect.ownKeys(fresh.NDArray.prototype)).not.toContain(dispose);
  expect(Reflect.ownKeys(fresh.NDArray.prototype)).not.toContain("undefined");
  const { used } = fresh.memoryUsage();
  a.free();
  expect(fresh.memoryUsage().used).toBe(used - 64);
});
