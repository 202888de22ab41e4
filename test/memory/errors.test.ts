import { expect, test, vi } from "vitest";
import {
  array,
  derivative,
  gradient,
  memoryUsage,
  minimize,
  NDArray,
  numericalGradient,
  sgd,
  zeros,
} from "../../src/index.js";
import { heap } from "../../src/wasm/heap.js";

const f = array([[1, 2, 4], [7, 11, 16], [1, 3, 9]]); // biome-ignore format: a matrix
const one = zeros([1]);
const nine = zeros([9]);
const flags = array([true, false]);
const optimizer = sgd().init([1, 2]);
const fail = () => {
  throw new Error("this failed");
};

// Every call fails, whether before or after it took memory.
test.each<[string, () => unknown]>([
  ["an axis out of bounds", () => gradient(f, { axis: 2 })],
  ["too few samples", () => gradient(one)],
  ["coordinates that do not match", () => gradient(f, [1, 2], [1, 2, 3])],
  ["an unknown option", () => gradient(f, { edge_order: 2 } as never)],
  ["an out of another shape", () => gradient(f, { axis: 0, out: nine as never })],
  ["an out that shares memory", () => gradient(f, { axis: 0, out: f })],
  ["booleans", () => gradient(flags)],
  ["a function", () => gradient(fail as never)],
  ["results that fit nowhere", () => gradient({ data: [1], shape: [2 ** 21, 2 ** 21], strides: [0, 0] })],
  ["a copy that fits nowhere", () => array({ data: [1], shape: [2 ** 21, 2 ** 21], strides: [0, 0] })],
  ["ragged rows", () => array([[1, 2], [3]])], // biome-ignore format: a matrix
  ["a value that fits no integer", () => array([1, Number.NaN], { dtype: "int64" })],
  ["a loss that throws", () => numericalGradient(fail, [1, 2])],
  ["a loss that is no number", () => numericalGradient((() => "1") as never, [1, 2])],
  ["a loss that throws within minimize", () => minimize(fail, [1, 2])],
  ["gradients of another structure", () => optimizer.step([1, 2, 3] as never)],
])("%s: memory in use is what it was", (_, run) => {
  const { used } = memoryUsage();
  expect(run).toThrow();
  expect(memoryUsage().used).toBe(used);
  expect(f.toArray()).toEqual([[1, 2, 4], [7, 11, 16], [1, 3, 9]]); // biome-ignore format: a matrix
});

test("results that were made before the sweep or the next one failed are given back", async () => {
  const grid = zeros([3, 3]);
  const { used } = memoryUsage();
  const tryAllocate = heap.tryAllocate.bind(heap);
  vi.spyOn(heap, "tryAllocate").mockImplementationOnce(tryAllocate).mockImplementationOnce(fail);
  expect(() => gradient(grid)).toThrow("this failed");
  vi.spyOn(heap, "tryAllocate").mockImplementationOnce(tryAllocate).mockImplementationOnce(fail);
  expect(() => derivative(Math.sin, grid)).toThrow("this failed");
  vi.restoreAllMocks();
  expect(memoryUsage().used).toBe(used);

  vi.resetModules();
  vi.doMock("kernels/gradient.wasm", () => ({ default: "gradient" })); // the name alone
  const slim = await import("../../src/slim.js"); // before init
  const f = slim.array([1, 2, 4]);
  const before = slim.memoryUsage().used;
  for (let i = 0; i < 3; ++i) expect(() => slim.gradient(f)).toThrow("steepest/slim carries no kernels");
  expect(slim.memoryUsage().used).toBe(before);
});

test.each<[string, (x: { a: NDArray; b: NDArray }) => unknown]>([
  ["numericalGradient", (x) => numericalGradient(sumOf, x)],
  ["numericalGradient with errors", (x) => numericalGradient(sumOf, x, { method: "adaptive", full: true })],
  ["minimize", (x) => minimize(sumOf, x, { maxIterations: 2 })],
])("%s: whichever array finds no memory, those before it are given back", (_, run) => {
  const x: { a: NDArray; b: NDArray } = { a: zeros([3]), b: zeros([2, 2]) };
  const { used } = memoryUsage();
  const counting = vi.spyOn(heap, "tryAllocate");
  const results = run(x);
  const calls = counting.mock.calls.length;
  for (const array of arraysIn(results)) array.free();
  vi.restoreAllMocks();
  expect(memoryUsage().used).toBe(used);
  expect(calls).toBeGreaterThan(2);
  for (let failing = 0; failing < calls; ++failing) {
    const spy = vi.spyOn(heap, "tryAllocate");
    const tryAllocate = Object.getPrototypeOf(heap).tryAllocate.bind(heap);
    for (let call = 0; call < failing; ++call) spy.mockImplementationOnce(tryAllocate);
    spy.mockImplementationOnce(fail);
    expect(() => run(x)).toThrow("this failed");
    vi.restoreAllMocks();
    expect([failing, memoryUsage().used]).toEqual([failing, used]);
  }
  for (const array of arraysIn(x)) array.free();
});

function sumOf({ a, b }: { a: NDArray; b: NDArray }): number {
  return (a.get(0) - 1) ** 2 + (b.get(1, 1) - 2) ** 2;
}

function arraysIn(value: unknown): NDArray[] {
  if (value instanceof NDArray) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(arraysIn) : [];
}
