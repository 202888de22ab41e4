import { afterEach, describe, expect, test } from "vitest";
import { array, configure, gradient, memoryUsage, type NDArray, zeros } from "../../src/index.js";
import { heap, views } from "../../src/wasm/heap.js";

const kept: NDArray[] = [];
afterEach(() => {
  for (const each of kept.splice(0)) each.free();
});

/** Has linear memory grow, which detaches every view of it. */
function grow(): void {
  const { reserved } = memoryUsage();
  heap.reserve(reserved + 65536);
  expect(memoryUsage().reserved).toBeGreaterThan(reserved);
}

/** Makes and keeps arrays until making one has grown linear memory. */
function throughGrowth(make: () => NDArray, check: (made: NDArray) => void): void {
  for (let grown = false; !grown; ) {
    const { buffer } = views;
    const made = make();
    kept.push(made);
    grown = views.buffer !== buffer;
    check(made);
  }
}

const N = 100_000;
const squares = Float64Array.from({ length: N }, (_, i) => i * i);

describe("views are made anew after growth", () => {
  test("data is one view as long as memory stays, and a new one of the same elements after growth", () => {
    const a = array([1, 2, 3]);
    const before = a.data;
    expect(a.data).toBe(before);
    grow();
    expect(before.length).toBe(0);
    expect(a.data === before).toBe(false);
    expect(Array.from(a.data as Float64Array)).toEqual([1, 2, 3]);
    expect([a.get(1), a.toArray()]).toEqual([2, [1, 2, 3]]);
    a.set(7, 1);
    expect(a.data[1]).toBe(7);
  });

  test("an array in linear memory keeps its elements through the growth that makes room for its gradient", () => {
    const x = array(squares);
    throughGrowth(
      () => gradient(x),
      (g) => expect(g.get(5)).toBe(10),
    );
    expect(x.data).toEqual(squares);
  });

  test("a view of linear memory as f, as coordinates and as values is read through growth", () => {
    const x = array(squares);
    const at = array(Float64Array.from({ length: N }, (_, i) => 2 * i));
    throughGrowth(
      () => array(x.data.subarray(3) as Float64Array),
      (copy) => expect(copy.get(0)).toBe(9),
    );
    throughGrowth(
      () => gradient({ data: x.data, shape: [N] }, at.data) as NDArray,
      (g) => expect(g.get(5)).toBe(5),
    );
  });

  test("a reversed view of linear memory was read as NaN when its result had memory grow", () => {
    const x = array(squares);
    const reversed = () => ({ data: x.data, shape: [N], strides: [-1], offset: N - 1 });
    throughGrowth(
      () => gradient(reversed()) as NDArray,
      (g) => expect(g.get(N - 6)).toBe(-10),
    );
    throughGrowth(
      () => array(reversed()),
      (copy) => expect(copy.get(0)).toBe((N - 1) ** 2),
    );
    const uneven = array(Float64Array.from({ length: N }, (_, i) => -(i ** 3)));
    throughGrowth(
      () => gradient(x, { data: uneven.data, shape: [N], strides: [-1], offset: N - 1 }),
      (g) => expect(g.get(5)).not.toBeNaN(),
    );
  });

  test("a complex layout over linear memory keeps its lanes through growth", () => {
    const z = array(squares, { dtype: "complex128" });
    const shape = [N / 2];
    throughGrowth(
      () => array({ data: z.data, dtype: "complex128", shape, strides: [-1], offset: N / 2 - 1 }),
      (copy) => expect(copy.get(N / 2 - 1)).toEqual([0, 1]),
    );
  });
});

describe("a view that growth detached", () => {
  function detached(): Float64Array {
    const view = array([1, 2, 4]).data as Float64Array;
    grow();
    return view;
  }

  test("is refused as f, as coordinates, as out, as values and as the data of an array-like, and the error says why", () => {
    const view = detached();
    const message = /detached/;
    expect(() => gradient(view)).toThrow(TypeError);
    expect(() => gradient(view)).toThrow(/linear memory grew since the view was taken/);
    expect(() => gradient([1, 2, 4], view)).toThrow(message);
    expect(() => gradient([1, 2, 4], { out: view })).toThrow(message);
    expect(() => array(view)).toThrow(message);
    for (const strides of [undefined, [-1]]) {
      const layout = { data: view, shape: [3], ...(strides && { strides, offset: 2 }) };
      expect(() => array(layout)).toThrow(message);
      expect(() => gradient(layout)).toThrow(message);
    }
  });

  test("is told from an empty one", () => {
    expect(array(zeros([0]).data).shape).toEqual([0]);
    expect(array(new Float64Array(0)).shape).toEqual([0]);
  });

  test("a view whose buffer was transferred away is refused as well", () => {
    const view = new Float64Array(4);
    structuredClone(view, { transfer: [view.buffer] });
    expect(() => gradient(view)).toThrow(/its buffer was transferred/);
  });
});

test("configure({ initialMemory }) reserves, so that views stay valid until it is used up", () => {
  configure({ initialMemory: memoryUsage().reserved + 2 ** 24 });
  const x = array(squares);
  const { data } = x;
  for (let i = 0; i < 16; ++i) kept.push(gradient(x));
  expect(x.data).toBe(data);
});
