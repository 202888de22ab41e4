import { expect, test } from "vitest";
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
