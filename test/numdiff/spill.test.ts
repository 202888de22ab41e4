import { expect, test } from "vitest";
import { configure, jacobian, memoryUsage } from "../../src/index.js";
import { addressOf } from "../../src/ndarray/ndarray.js";
import { heap } from "../../src/wasm/heap.js";

test("a Jacobian that linear memory has no room for lands in JavaScript memory, with the same bits", () => {
  const f = (x: Float64Array) => x.map((v, i) => v * v + Math.sin(x[(i + 1) % x.length] as number));
  const x = Float64Array.from({ length: 181 }, (_, i) => i / 100);
  const resident = jacobian(f, x);
  const expected = resident.toArray();
  resident.free();
  // One MiB besides the scratch, of which an eighth is left: less than the matrix has.
  configure({ maximumMemory: 2 * 2 ** 20 });
  const ballast = heap.allocate(7 * 2 ** 17);
  const { used } = memoryUsage();
  const spilled = jacobian(f, x);
  expect([addressOf(spilled), memoryUsage().used]).toEqual([-1, used]);
  expect(spilled.toArray()).toEqual(expected);
  heap.free(ballast);
});
