import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { array, configure, type DType, gradient, memoryUsage, NDArray, zeros } from "../../src/index.js";
import { addressOf } from "../../src/ndarray/ndarray.js";
import { heap, SCRATCH_END } from "../../src/wasm/heap.js";

const MiB = 2 ** 20;
configure({ maximumMemory: 4 * MiB });

/** Takes all of linear memory, so that the next array has to lie outside. */
const ballast: { free(): void }[] = [];
function fill(): void {
  for (let size = 4 * MiB; size >= 64; size /= 2) {
    for (;;) {
      try {
        const block = heap.allocate(size);
        ballast.push({ free: () => heap.free(block) });
      } catch {
        break;
      }
    }
  }
  expect(memoryUsage().used).toBe(heap.limit - SCRATCH_END);
}
beforeEach(fill);
afterEach(makeRoom);

function makeRoom(): void {
  for (const each of ballast.splice(0)) each.free();
}

const isOutside = (a: NDArray) => addressOf(a) === -1;
const bits = ({ data: { buffer, byteOffset, byteLength } }: NDArray) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("hex");

describe("when linear memory is full", () => {
  test("an array lands in JavaScript memory and is of the same class, with the same methods", () => {
    const a = array([
      [1, 2],
      [3, 4],
    ]);
    expect(isOutside(a)).toBe(true);
    expect(a).toBeInstanceOf(NDArray);
    a.set(9, 1, -1);
    expect([a.get(1, 1), a.toArray(), a.strides]).toEqual([
      9,
      [
        [1, 2],
        [3, 9],
      ],
      [2, 1],
    ]);
    expect(a.data).toBe(a.data);
    const { used } = memoryUsage();
    a.free();
    a.free();
    expect(memoryUsage().used).toBe(used);
    for (const use of [() => a.data, () => a.get(0, 0), () => gradient(a), () => array(a), () => a.toArray()]) {
      expect(use).toThrow("This array of shape [2,2] was freed and must not be used any more.");
    }
  });

  test("a small array does not pay for an error that nobody sees", () => {
    const made = vi.spyOn(globalThis, "RangeError");
    expect(isOutside(zeros([2]))).toBe(true);
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  test("zeros are zeros of each type", () => {
    for (const dtype of ["float32", "int64", "bool", "complex64"] as DType[]) {
      const z = zeros([2], dtype);
      expect(isOutside(z)).toBe(true);
      expect(z.data.every((entry) => Number(entry) === 0)).toBe(true);
    }
  });

  // n: within one tile, several tiles, and more than the window.
  test.each([5, 1000, 9973, 100_003])("gradient of %i elements has the same bits in every place", (n) => {
    const values = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i));
    const x = Float64Array.from({ length: n }, (_, i) => i + Math.cos(i) / 4);
    for (const dtype of ["float64", "float32", "int32", "complex64"] as DType[]) {
      for (const spacing of [[], [0.1], [x]]) {
        const length = dtype === "complex64" ? 2 * n : n;
        const source = () =>
          array(
            Float64Array.from({ length }, (_, i) => 1000 * (values[i % n] as number)),
            { dtype },
          );
        const outside = source();
        const fromOutside = gradient(outside, ...spacing, { edgeOrder: 2 }) as NDArray;
        expect([isOutside(outside), isOutside(fromOutside)]).toEqual([true, true]);
        makeRoom();
        const inside = source();
        const within = gradient(inside, ...spacing, { edgeOrder: 2 }) as NDArray;
        const mixed = gradient(outside, ...spacing, { edgeOrder: 2 }) as NDArray;
        expect([inside, within, mixed].map(isOutside)).toEqual([false, false, false]);
        const expected = bits(within);
        expect([expected.length > 0, bits(fromOutside) === expected, bits(mixed) === expected]).toEqual([
          true,
          true,
          true,
        ]);
        expect([fromOutside.dtype, fromOutside.shape]).toEqual([within.dtype, within.shape]);
        for (const each of [inside, within, mixed]) each.free();
        fill();
      }
    }
  });

  test("results return to linear memory as soon as there is room", () => {
    const outside = array([1, 2, 4]);
    expect(isOutside(gradient(outside))).toBe(true);
    makeRoom();
    const within = gradient(outside);
    expect(isOutside(within)).toBe(false);
    expect(within.toArray()).toEqual([1, 1.5, 2]);
    within.free();
  });

  test("raising maximumMemory makes room", () => {
    configure({ maximumMemory: 5 * MiB });
    const a = array([1, 2, 4]);
    expect(isOutside(a)).toBe(false);
    a.free();
    configure({ maximumMemory: 4 * MiB });
  });

  test("an array outside serves as out", () => {
    const out = zeros([3]);
    expect(isOutside(out)).toBe(true);
    expect(gradient([1, 2, 4], { out })).toBe(out);
    expect(out.toArray()).toEqual([1, 1.5, 2]);
    expect(() => gradient(out, { out })).toThrow(/shares memory/);
  });

  test("typed and nested arrays need no linear memory at all", () => {
    const { used } = memoryUsage();
    const f = Float64Array.from({ length: 100_000 }, (_, i) => i * i);
    const g = gradient(f);
    expect([g[1], g[99_998]]).toEqual([2, 2 * 99_998]);
    expect(
      gradient(
        [
          [1, 2],
          [3, 5],
        ],
        { axis: 0 },
      ),
    ).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(memoryUsage().used).toBe(used);
  });
});

test("an array whose buffer was transferred away was read as undefined", () => {
  const a = array([1, 2, 4]);
  expect(isOutside(a)).toBe(true);
  const { buffer } = a.data;
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  for (const use of [() => a.get(0), () => a.toArray(), () => a.data, () => gradient(a), () => array(a)]) {
    expect(use).toThrow(/transferred/);
  }
});
