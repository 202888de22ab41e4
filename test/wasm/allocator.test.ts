import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Allocator, type Block, LARGEST_MEMORY } from "../../src/wasm/allocator.js";

const PAGE = 65536;
const START = 2 ** 20;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** A memory that owns no bytes, so that 4 GiB of it cost nothing. */
class MockMemory {
  buffer = { byteLength: START };
  growths = 0;
  /** Bytes past which the engine refuses to grow. */
  engineLimit = 2 ** 32;

  grow(pages: number): number {
    if (!Number.isInteger(pages) || pages <= 0) throw new TypeError(`grow(${pages})`);
    const before = this.buffer.byteLength / PAGE;
    const bytes = (before + pages) * PAGE;
    if (bytes > this.engineLimit) throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    this.buffer = { byteLength: bytes };
    ++this.growths;
    return before;
  }
}

function make({ limit = 2 ** 32, engineLimit = 2 ** 32 } = {}) {
  const memory = new MockMemory();
  memory.engineLimit = engineLimit;
  return { memory, allocator: new Allocator(memory, START, limit) };
}

/** The error that `run` throws. */
function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function expectDisjoint(blocks: Iterable<Block>, reserved: number): void {
  let end = START;
  for (const { address, capacity } of [...blocks].sort((a, b) => a.address - b.address)) {
    expect(address).toBeGreaterThanOrEqual(end);
    expect(address % 64).toBe(0);
    end = address + capacity;
  }
  expect(end).toBeLessThanOrEqual(reserved);
}

describe("sizes", () => {
  test("a block has the bytes asked for, loses an eighth at most, and its capacity is a class of its own", () => {
    const { allocator } = make();
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: GiB })), (bytes) => {
        const block = allocator.allocate(bytes);
        expect(block.capacity).toBeGreaterThanOrEqual(bytes);
        expect(block.capacity).toBeLessThan(bytes * 1.125 + 64);
        expect(block.capacity % 64).toBe(0);
        allocator.free(block);
        expect(allocator.allocate(block.capacity)).toBe(block);
        allocator.free(block);
      }),
    );
  });

  test("no bytes are a block too, so that an empty array has an address of its own", () => {
    const { allocator } = make();
    const [a, b] = [allocator.allocate(0), allocator.allocate(0)];
    expect(a.capacity).toBe(64);
    expect(b.address).not.toBe(a.address);
  });

  test("sizes that cannot be counted are refused and leave the state intact", () => {
    const { allocator } = make();
    const before = allocator.allocate(64);
    for (const bytes of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 83, 2 ** 53, 2 ** 32 + 1]) {
      expect(() => allocator.allocate(bytes)).toThrow(RangeError);
    }
    expect(allocator.used).toBe(64);
    expect(allocator.allocate(64).address).toBe(before.address + 64);
  });
});

describe("growth to the 4 GiB edge", () => {
  test("pages are added on demand, and onGrow is called once for each growth", () => {
    const memory = new MockMemory();
    let calls = 0;
    const allocator = new Allocator(memory, START, 2 ** 32, () => ++calls);
    expect(memory.growths).toBe(0);
    for (let i = 0; i < 1000; ++i) allocator.allocate(MiB);
    expect(calls).toBe(memory.growths);
    // Each growth detaches every view: a thousand blocks must not cost a thousand growths.
    expect(calls).toBeLessThan(50);
    expect(allocator.reserved).toBeLessThanOrEqual(1.25 * (allocator.used + START));
  });

  test("pointers past 2 GiB are positive, and the last block ends where the last page begins", () => {
    const { memory, allocator } = make();
    const blocks: Block[] = [];
    expect(() => {
      for (;;) blocks.push(allocator.allocate(64 * MiB));
    }).toThrow(RangeError);
    expect(blocks.length).toBe(63); // 64 * 64 MiB, less START and the last page
    for (const { address } of blocks) expect(address).toBe(address >>> 0);
    expect(blocks.filter(({ address }) => address > 2 ** 31).length).toBe(31);
    // What is left is handed out in smaller blocks, to the last byte.
    for (let size = 32 * MiB; size >= 64; size /= 2) {
      for (;;) {
        try {
          blocks.push(allocator.allocate(size));
        } catch {
          break;
        }
      }
    }
    expectDisjoint(blocks, memory.buffer.byteLength);
    expect(memory.buffer.byteLength).toBe(LARGEST_MEMORY);
    expect(allocator.used).toBe(LARGEST_MEMORY - START);
    const last = Math.max(...blocks.map(({ address, capacity }) => address + capacity));
    expect(last).toBe(LARGEST_MEMORY);
    expect(last >>> 0).toBe(last);
  });

  test("the error says what was asked for, what is in use, what is reserved and what the limit is", () => {
    const { memory, allocator } = make({ limit: 100 * MiB });
    allocator.allocate(64 * MiB);
    const { message } = thrown(() => allocator.allocate(50 * MiB + 1));
    expect(message).toBe(
      `Out of linear memory: ${50 * MiB + 1} bytes were asked for while ${64 * MiB} of ${memory.buffer.byteLength} ` +
        `reserved bytes are in use and the limit is ${100 * MiB} bytes; free arrays or raise ` +
        "configure({ maximumMemory }).",
    );
  });

  test("tryAllocate gives what allocate gives, and undefined where that throws", () => {
    const { allocator } = make({ limit: 10 * MiB });
    const block = allocator.tryAllocate(5 * MiB);
    expect(block?.capacity).toBe(5 * MiB);
    for (const bytes of [6 * MiB, 2 ** 33, Number.NaN]) {
      expect(allocator.tryAllocate(bytes)).toBeUndefined();
      expect(() => allocator.allocate(bytes)).toThrow(RangeError);
    }
    expect(allocator.used).toBe(5 * MiB);
  });

  test("state is intact after an allocation that failed", () => {
    const { memory, allocator } = make({ limit: 10 * MiB });
    const kept = allocator.allocate(4 * MiB);
    const { used, reserved } = allocator;
    expect(() => allocator.allocate(8 * MiB)).toThrow(RangeError);
    expect([allocator.used, allocator.reserved, memory.growths]).toEqual([used, reserved, 1]);
    const next = allocator.allocate(2 * MiB);
    expect(next.address).toBe(kept.address + kept.capacity);
    allocator.free(kept);
    expect(allocator.allocate(4 * MiB).address).toBe(kept.address);
  });

  test("the limit bounds what is reserved, and raising it makes room", () => {
    const { allocator } = make({ limit: 8 * MiB });
    expect(() => allocator.allocate(8 * MiB)).toThrow(RangeError);
    allocator.limit = 16 * MiB;
    allocator.allocate(8 * MiB);
    expect(allocator.reserved).toBeLessThanOrEqual(16 * MiB);
    allocator.limit = 2 ** 40;
    expect(allocator.limit).toBe(LARGEST_MEMORY);
  });

  test("close to the limit, growth takes the rest at once", () => {
    const { memory, allocator } = make({ limit: GiB });
    allocator.allocate(896 * MiB);
    const { growths } = memory;
    for (let i = 0; i < 100; ++i) allocator.allocate(MiB);
    expect(memory.growths - growths).toBeLessThanOrEqual(1);
    expect(allocator.reserved).toBe(GiB);
  });

  test("reserve grows once, never shrinks and says so when the engine refuses", () => {
    const { memory, allocator } = make({ engineLimit: 64 * MiB });
    expect([32, 16].map((size) => allocator.reserve(size * MiB))).toEqual([true, true]);
    expect([allocator.reserved, memory.growths, allocator.used]).toEqual([32 * MiB, 1, 0]);
    expect(allocator.reserve(128 * MiB)).toBe(false);
    expect(allocator.reserved).toBe(32 * MiB);
  });
});

describe("an engine that refuses to grow", () => {
  test("gets what fits asked for, if more than that is refused", () => {
    const { allocator } = make({ engineLimit: 20 * MiB });
    allocator.allocate(16 * MiB);
    allocator.allocate(3 * MiB);
    expect(allocator.reserved).toBe(20 * MiB);
  });

  test("is not asked again for as much, and what is freed later is reused", () => {
    const { memory, allocator } = make({ engineLimit: 20 * MiB });
    const a = allocator.allocate(8 * MiB);
    const b = allocator.allocate(8 * MiB);
    const grow = vi.spyOn(memory, "grow");
    expect(() => allocator.allocate(16 * MiB)).toThrow(RangeError);
    const asked = grow.mock.calls.length;
    expect(asked).toBeGreaterThan(0);
    expect(() => allocator.allocate(16 * MiB)).toThrow(RangeError);
    expect(grow.mock.calls.length).toBe(asked);
    expect(allocator.used).toBe(16 * MiB);
    allocator.free(a);
    allocator.free(b);
    expect(allocator.allocate(16 * MiB).address).toBe(a.address);
    expect(allocator.used).toBe(16 * MiB);
  });

  test("is asked again once the limit is set anew", () => {
    const { memory, allocator } = make({ engineLimit: 20 * MiB });
    expect(() => allocator.allocate(32 * MiB)).toThrow(RangeError);
    memory.engineLimit = 2 ** 32;
    expect(() => allocator.allocate(32 * MiB)).toThrow(RangeError);
    allocator.limit = GiB;
    expect(allocator.allocate(32 * MiB).address).toBe(START);
  });
});

describe("reuse", () => {
  test("a freed block serves the next request of its class", () => {
    const { memory, allocator } = make();
    const a = allocator.allocate(1000);
    allocator.allocate(1000);
    allocator.free(a);
    expect(allocator.allocate(990)).toBe(a);
    expect(memory.growths).toBe(1);
  });

  test("freeing twice is harmless", () => {
    const { allocator } = make();
    const a = allocator.allocate(1000);
    allocator.free(a);
    allocator.free(a);
    expect(allocator.used).toBe(0);
    expect(allocator.allocate(1000)).toBe(a);
    expect(allocator.allocate(1000)).not.toBe(a);
  });

  test("neighbours are merged, in whatever order they were freed, before memory grows", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const { allocator } = make({ limit: START + 8 * MiB + MiB });
        const blocks = order.map(() => allocator.allocate(MiB));
        const guard = allocator.allocate(MiB);
        for (const k of order) allocator.free(blocks[k] as Block);
        const { reserved } = allocator;
        const whole = allocator.allocate(8 * MiB);
        expect(whole.address).toBe(START);
        expect(allocator.reserved).toBe(reserved);
        expectDisjoint([whole, guard], reserved);
      }),
    );
  });

  test("a free end of memory counts toward the next growth", () => {
    const { allocator } = make({ limit: START + 16 * MiB });
    const a = allocator.allocate(12 * MiB);
    allocator.free(a);
    expect(allocator.allocate(16 * MiB).address).toBe(START);
  });

  test("a hole that is left between live blocks is cut into smaller ones, the smallest that suffices first", () => {
    const { allocator } = make({ limit: 64 * MiB });
    const [large, , small] = [8, 1, 4, 1].map((n) => allocator.allocate(n * MiB)) as [Block, Block, Block, Block];
    allocator.free(large);
    allocator.free(small);
    allocator.allocate(40 * MiB); // cannot be cut, so merging turns them into runs
    expect(() => allocator.allocate(32 * MiB)).toThrow(RangeError);
    expect(allocator.allocate(3 * MiB).address).toBe(small.address);
    expect(allocator.allocate(6 * MiB).address).toBe(large.address);
    expect(allocator.allocate(MiB).address).toBe(small.address + 3 * MiB);
  });

  test("a million pairs of allocate and free take no more memory than the first few", () => {
    const { allocator } = make();
    const sizes = [8, 800, 8000, 80_000, 800_000, 8_000_000, 4096, 100, 12_345, 7_654_321];
    const round = () => {
      const blocks = sizes.map((bytes) => allocator.allocate(bytes));
      for (const block of blocks) allocator.free(block);
    };
    round();
    const { reserved } = allocator;
    for (let i = 0; i < 100_000; ++i) round();
    expect(allocator.reserved).toBe(reserved);
    expect(allocator.used).toBe(0);
  });

  test("random sizes with a bounded live set stay within twice that set", () => {
    const { allocator } = make();
    let state = 1;
    const random = (n: number) => (state = (state * 48271) % 2147483647) % n;
    const live: Block[] = [];
    let peak = 0;
    for (let i = 0; i < 100_000; ++i) {
      if (live.length === 64) {
        const at = random(64);
        allocator.free(live[at] as Block);
        live[at] = live[63] as Block;
        live.pop();
      }
      live.push(allocator.allocate(1 + random(2 ** (4 + random(18)))));
      peak = Math.max(peak, allocator.used);
    }
    expectDisjoint(live, allocator.reserved);
    expect(allocator.reserved).toBeLessThan(2 * peak + 2 * START);
  });
});

test("a hundred thousand scattered holes made every small allocation search them all", () => {
  const { allocator } = make();
  const blocks = Array.from({ length: 200_000 }, () => allocator.allocate(64));
  const holes = blocks.filter((_, i) => i % 2 === 0);
  for (const hole of holes) allocator.free(hole);
  allocator.allocate(MiB); // merges, in vain
  const { reserved } = allocator;
  const addresses = holes.map(() => allocator.allocate(64).address);
  expect(addresses).toEqual(holes.map(({ address }) => address));
  expect(allocator.reserved).toBe(reserved);
});

/** Sizes that meet: classes that share blocks, neighbours that merge, and some that no limit allows. */
const size = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.integer({ min: 0, max: 4 * MiB }),
  fc.constantFrom(64, 512, 4096, 65536, MiB),
  fc.integer({ min: 4 * MiB, max: 2 ** 33 }),
);

test("random sequences agree with a model: no overlap, exact sums, failures without trace", () => {
  const command = fc.oneof(
    fc.record({ allocate: size }),
    fc.record({ allocate: size }),
    fc.record({ free: fc.nat({ max: 1000 }), again: fc.boolean() }),
    fc.record({ limit: fc.integer({ min: START, max: 64 * MiB }) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), fc.integer({ min: 2, max: 64 }), (commands, engine) => {
      const { memory, allocator } = make({ limit: 32 * MiB, engineLimit: engine * MiB });
      const live = new Set<Block>();
      let largest = allocator.limit;
      for (const each of commands) {
        const before = { used: allocator.used, reserved: allocator.reserved };
        if ("allocate" in each) {
          try {
            const block = allocator.allocate(each.allocate);
            expect(live.has(block)).toBe(false);
            expect(block.capacity).toBeGreaterThanOrEqual(each.allocate);
            live.add(block);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            expect({ used: allocator.used, reserved: allocator.reserved }).toEqual(before);
          }
        } else if ("free" in each) {
          const block = [...live][each.free % Math.max(1, live.size)];
          if (block === undefined) continue;
          allocator.free(block);
          if (each.again) allocator.free(block);
          live.delete(block);
        } else {
          allocator.limit = each.limit;
          largest = Math.max(largest, each.limit);
        }
        let sum = 0;
        for (const { capacity } of live) sum += capacity;
        expect(allocator.used).toBe(sum);
        expectDisjoint(live, memory.buffer.byteLength);
        expect(memory.buffer.byteLength).toBeLessThanOrEqual(Math.min(Math.ceil(largest / PAGE) * PAGE, engine * MiB));
      }
      // With everything freed, the largest class that fits in what is reserved needs no growth.
      for (const block of live) allocator.free(block);
      expect(allocator.used).toBe(0);
      allocator.limit = 2 ** 32;
      const { growths } = memory;
      const room = memory.buffer.byteLength - START;
      if (room > 0) allocator.allocate(2 ** Math.floor(Math.log2(room)));
      expect(memory.growths).toBe(growths);
    }),
    { numRuns: 300 },
  );
});

describe("finalization", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A registry whose garbage collector is the test. */
  function stubRegistry() {
    const entries = new Map<object, { held: unknown; collect: (held: unknown) => void }>();
    class FakeRegistry {
      constructor(readonly collect: (held: unknown) => void) {}
      register(_: object, held: unknown, token: object) {
        expect(entries.has(token)).toBe(false);
        entries.set(token, { held, collect: this.collect });
      }
      unregister(token: object) {
        return entries.delete(token);
      }
    }
    vi.stubGlobal("FinalizationRegistry", FakeRegistry);
    return {
      entries,
      collect(block: Block) {
        const entry = entries.get(block);
        expect(entry).toBeDefined();
        entries.delete(block);
        entry?.collect(entry.held);
      },
    };
  }

  test("a forgotten block comes back, again and again", () => {
    const registry = stubRegistry();
    const { allocator } = make();
    let block = allocator.allocate(1000);
    const { address } = block;
    for (let i = 0; i < 3; ++i) {
      registry.collect(block);
      expect(allocator.used).toBe(0);
      block = allocator.allocate(1000);
      expect(block.address).toBe(address);
      expect(allocator.used).toBe(block.capacity);
    }
  });

  test("a block that was freed and used again is still given back when it is forgotten", () => {
    const registry = stubRegistry();
    const { allocator } = make();
    const block = allocator.allocate(1000);
    allocator.free(block);
    expect(allocator.allocate(1000)).toBe(block);
    registry.collect(block);
    expect(allocator.used).toBe(0);
  });

  test("blocks that merging did away with are not watched any more, those cut from their room are", () => {
    const registry = stubRegistry();
    const { allocator } = make({ limit: START + 2 * MiB });
    const halves = [allocator.allocate(MiB), allocator.allocate(MiB)];
    for (const half of halves) allocator.free(half);
    const whole = allocator.allocate(2 * MiB);
    expect([...registry.entries.keys()]).toEqual([whole]);
    registry.collect(whole);
    expect(allocator.used).toBe(0);
    expect(allocator.allocate(2 * MiB).address).toBe(whole.address);
  });

  test("a runtime without FinalizationRegistry frees what it is told to and nothing else", () => {
    vi.stubGlobal("FinalizationRegistry", undefined);
    const { allocator } = make();
    const block = allocator.allocate(1000);
    allocator.free(block);
    expect(allocator.used).toBe(0);
    expect(allocator.allocate(1000)).toBe(block);
  });
});
