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
