import { expect, test, vi } from "vitest";
import { array, configure, lbfgs, memoryUsage, minimize, sgd } from "../../src/index.js";
import { ParameterLayout, ParameterVector } from "../../src/params/parameters.js";
import { heap, views } from "../../src/wasm/heap.js";

test("a vector starts as zeros in memory that was used before", () => {
  const layout = new ParameterLayout({ w: [1, 2, 3], b: Float32Array.of(4) }, "params");
  const used = heap.allocate(layout.bytes);
  views.u8.fill(255, used.address, used.address + used.capacity);
  heap.free(used);
  const vector = new ParameterVector(layout);
  expect(vector.address).toBe(used.address);
  expect(vector.structure).toEqual({ w: new Float64Array(3), b: new Float32Array(1) });
  vector.free();
});

test("views of linear memory are read as they were given, though the vector makes it grow", () => {
  const start = array([1, 2, 3]);
  const allocate = heap.allocate.bind(heap);
  vi.spyOn(heap, "allocate").mockImplementation((bytes) => {
    configure({ initialMemory: memoryUsage().reserved + 2 ** 16 });
    return allocate(bytes);
  });
  const data = () => start.data as Float64Array;
  for (const rule of [sgd(), lbfgs()]) {
    const optimizer = rule.init({ w: data(), layout: { data: data(), shape: [3] } });
    expect([...optimizer.params.w, ...optimizer.params.layout.data]).toEqual([1, 2, 3, 1, 2, 3]);
    optimizer.free();
  }
  const { x } = minimize(([a, b, c]) => (a! - 1) ** 2 + (b! - 2) ** 2 + c! ** 2, data(), { maxIterations: 500 });
  expect(Array.from(x, Math.round)).toEqual([1, 2, 0]);
  vi.restoreAllMocks();
  start.free();
});
