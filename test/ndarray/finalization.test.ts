import { expect, test } from "vitest";
import { array, gradient, memoryUsage, type NDArray, zeros } from "../../src/index.js";
import { addressOf } from "../../src/ndarray/ndarray.js";
import { collect } from "../collect.js";

/** What `make` returns, made in a call of its own so that nothing on the stack still holds what it made. */
async function outOf<T>(make: () => T): Promise<T> {
  await null;
  return make();
}

test("a forgotten array is collected and its memory used again", async () => {
  const { used } = memoryUsage();
  const address = await outOf(() => addressOf(zeros([1000])));
  expect(memoryUsage().used).toBeGreaterThan(used);
  await collect(() => memoryUsage().used === used);
  expect(memoryUsage().used).toBe(used);
  const again = zeros([1000]);
  expect(addressOf(again)).toBe(address);
  again.free();
});

test("a forgotten array whose data is still held is not used again, until the data is forgotten too", async () => {
  const { used } = memoryUsage();
  let held: unknown = await outOf(() => array(new Float64Array(1000).fill(7)).data);
  const canary = await outOf(() => void zeros([2000]));
  expect(canary).toBeUndefined();
  await collect(() => memoryUsage().used === used + 8192);
  expect(memoryUsage().used).toBe(used + 8192);
  const others = Array.from({ length: 4 }, () => array(new Float64Array(1000).fill(1)));
  expect((held as Float64Array).every((entry) => entry === 7)).toBe(true);
  for (const other of others) other.free();
  held = undefined;
  await collect(() => memoryUsage().used === used);
  expect(memoryUsage().used).toBe(used);
});

test("an array in use is not collected, and one that was freed is not given back twice", async () => {
  const { used } = memoryUsage();
  const kept = array(new Float64Array(1000).fill(3));
  await outOf(() => zeros([1000]).free());
  const canary = zeros([500]);
  await outOf(() => void zeros([500]));
  await collect(() => memoryUsage().used === used + 8192 + 4096);
  expect(memoryUsage().used).toBe(used + 8192 + 4096);
  const [a, b] = [zeros([1000]), zeros([1000])];
  expect(new Set([kept, canary, a, b].map((each) => addressOf(each))).size).toBe(4);
  expect(kept.get(999)).toBe(3);
  for (const each of [kept, canary, a, b]) each.free();
  expect(memoryUsage().used).toBe(used);
});

test("a loop that forgets its results but yields stays in the memory of a few", async () => {
  const { used, reserved } = memoryUsage();
  const f = zeros([100_000]);
  for (let round = 0; round < 30; ++round) {
    for (let i = 0; i < 10; ++i) gradient(f) as NDArray;
    await collect(() => memoryUsage().used < used + 2 ** 21);
  }
  expect(memoryUsage().used).toBeLessThan(used + 2 ** 21);
  expect(memoryUsage().reserved).toBe(reserved);
  f.free();
});
