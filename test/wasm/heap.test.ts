import { describe, expect, test, vi } from "vitest";
import { array, configure, gradient, memoryUsage, zeros } from "../../src/index.js";
import { addressOf } from "../../src/ndarray/ndarray.js";
import { LARGEST_MEMORY } from "../../src/wasm/allocator.js";
import { heap, memory, onGrowth, SCRATCH_END } from "../../src/wasm/heap.js";
import { collect } from "../collect.js";

const MiB = 2 ** 20;

describe("memoryUsage", () => {
  test("counts what arrays take, and what the system gave", () => {
    const { used, reserved } = memoryUsage();
    expect(reserved).toBe(memory.buffer.byteLength);
    const a = zeros([1024]);
    expect(memoryUsage().used).toBe(used + 8192);
    a.free();
    expect(memoryUsage().used).toBe(used);
  });
});

describe("configure", () => {
  test("refuses what is no size, and says what it got", () => {
    const { limit } = heap;
    const { reserved } = memoryUsage();
    for (const bytes of [-1, 2 ** 32 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const message = `must be between 0 and 2^32 bytes; got ${bytes}.`;
      expect(() => configure({ initialMemory: bytes })).toThrow(new RangeError(`initialMemory ${message}`));
      expect(() => configure({ maximumMemory: bytes })).toThrow(new RangeError(`maximumMemory ${message}`));
    }
    expect(() => configure({ maximumMemory: "1 GiB" as never })).toThrow(TypeError);
    expect(() => configure({ maxMemory: 1 } as never)).toThrow(/no option "maxMemory"; it takes/);
    for (const options of [undefined, null, 2 ** 30]) {
      expect(() => configure(options as never)).toThrow(/The options of configure must be an object; got /);
    }
    expect(() => configure({ initialMemory: 65 * MiB, maximumMemory: 64 * MiB })).toThrow(
      `initialMemory, ${65 * MiB} bytes, exceeds maximumMemory, ${64 * MiB} bytes.`,
    );
    expect([heap.limit, memoryUsage().reserved]).toEqual([limit, reserved]);
  });

  test("reserves whole pages at once", () => {
    const { reserved } = memoryUsage();
    configure({ initialMemory: reserved + 1 });
    expect(memoryUsage().reserved).toBe(reserved + 65536);
    configure({ initialMemory: 0 });
    expect(memoryUsage().reserved).toBe(reserved + 65536);
  });

  test("takes 2^32 for all that a pointer reaches", () => {
    const { limit } = heap;
    configure({ maximumMemory: 2 ** 32 });
    expect(heap.limit).toBe(LARGEST_MEMORY);
    configure({ maximumMemory: limit });
  });

  test("an initialMemory that the engine refused left maximumMemory changed", () => {
    const { limit } = heap;
    const { grow } = memory;
    memory.grow = () => {
      throw new RangeError("refused");
    };
    try {
      const initialMemory = memoryUsage().reserved + MiB;
      expect(() => configure({ initialMemory, maximumMemory: 512 * MiB })).toThrow(/the engine refused to reserve/);
    } finally {
      memory.grow = grow;
    }
    expect(heap.limit).toBe(limit);
  });
});

describe("onGrowth", () => {
  test("renews holders after each growth, until they say they are done", () => {
    const holder = { renew: vi.fn() };
    const done = onGrowth(holder);
    heap.reserve(memoryUsage().reserved + 65536);
    expect(holder.renew).toHaveBeenCalledTimes(1);
    done();
    heap.reserve(memoryUsage().reserved + 65536);
    expect(holder.renew).toHaveBeenCalledTimes(1);
  });

  test("holders that were forgotten left a reference each while memory did not grow", async () => {
    for (let round = 0; round < 20; ++round) {
      for (let i = 0; i < 500; ++i) onGrowth({ renew() {} });
      let rounds = 0;
      await collect(() => ++rounds > 2);
    }
    const deref = vi.spyOn(WeakRef.prototype, "deref");
    heap.reserve(memoryUsage().reserved + 65536);
    expect(deref.mock.calls.length).toBeLessThan(2500);
    deref.mockRestore();
  });
});

// Blocks that nobody writes to cost address space only.
test("kernels compute past 2 GiB, up to the last byte that a pointer reaches, as they do below", () => {
  configure({ maximumMemory: 2 ** 32 });
  const n = 8192;
  const values = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
  const coordinates = Float64Array.from({ length: n }, (_, i) => i + Math.cos(i) / 3);
  const below = array(values);
  const expected = [gradient(below).data.slice(), gradient(below, coordinates, { edgeOrder: 2 }).data.slice()];

  const large = (bytes: number) => heap.allocate(bytes);
  const ballast = [large(2 ** 31)];
  const middle = array(values);
  // Leaves just the room of three arrays below the end.
  for (let size = 2 ** 30; size >= 65536; size /= 2) {
    for (;;) {
      const used = heap.used + SCRATCH_END;
      if (used + size + 3 * values.byteLength > LARGEST_MEMORY) break;
      ballast.push(large(size));
    }
  }
  const last = array(values);
  expect(addressOf(middle)).toBeGreaterThan(2 ** 31);
  expect(addressOf(last)).toBeGreaterThan(LARGEST_MEMORY - 2 ** 22);
  for (const f of [middle, last]) {
    for (const [k, run] of [() => gradient(f), () => gradient(f, coordinates, { edgeOrder: 2 })].entries()) {
      const g = run();
      expect(Buffer.from(g.data.buffer, g.data.byteOffset, g.data.byteLength)).toEqual(Buffer.from(expected[k].buffer));
      g.free();
    }
  }
  for (const block of ballast) heap.free(block);
});
