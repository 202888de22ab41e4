import { expect, test } from "vitest";
import { configure, jacobian, memoryUsage } from "../../src/index.js";
import { addressOf } from "../../src/ndarray/ndarray.js";
import { heap } from "../../src/wasm/heap.js";

const MiB = 2 ** 20;

test("a Jacobian that linear memory has no room for lands in JavaScript memory, with the same bits", () => {
  const f = (x: Float64Array) => x.map((v, i) => v * v + Math.sin(x[(i + 1) % x.length] as number));
  const x = Float64Array.from({ length: 601 }, (_, i) => i / 100);
  const resident = jacobian(f, x);
  const expected = Float64Array.from(resident.data as Float64Array);
  resident.free();
  configure({ maximumMemory: 2 * MiB });
  const ballast = heap.allocate(MiB / 2);
  const { used } = memoryUsage();
  const spilled = jacobian(f, x);
  expect([addressOf(spilled), memoryUsage().used]).toEqual([-1, used]);
  expect(spilled.data).toEqual(expected);
  heap.free(ballast);
});
