import random from "kernels/random.wasm";
import { describe, expect, test } from "vitest";
import { SCRATCH, views } from "../../src/wasm/heap.js";
import { lazyKernels } from "../../src/wasm/kernels.js";
import { guarded, place, TYPES } from "./layers.js";

const { philox } = lazyKernels<{ philox(out: number, blocks: number, ...rest: number[]): void }>(random)();

/** Words of the counters (0, step, layer, 1), (1, step, layer, 1), ... */
function words(n: number, k0: number, k1: number, step: number, layer: number): Uint32Array {
  philox(SCRATCH, Math.ceil(n / 4), 0, step, layer, 1, k0, k1);
  return new Uint32Array(views.buffer, SCRATCH, n).slice();
}

describe.each(TYPES)("$type", (of) => {
  test("what is kept is told by the words of Philox, of any number of elements, and nothing beside them is written", () => {
    for (const rate of [0, 0.1, 0.5, 0.75]) {
      const factor = new of.Numbers([1 / (1 - rate)])[0] as number;
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 100, 1023, 1025, 2049]) {
        const [k0, k1, step, layer] = [n * 2654435761, 7, n + 3, n % 3] as const;
        const x = Array.from({ length: n }, (_, i) => i + 1);
        const found = guarded(of.Numbers, x, n % 4, ({ byteOffset }) =>
          of.dropout(byteOffset, n, rate, k0, k1, step, layer),
        );
        const expected = new of.Numbers(n);
        const mask = words(n, k0, k1, step, layer);
        for (let i = 0; i < n; ++i)
          expected[i] = (mask[i] as number) < Math.floor(rate * 2 ** 32) ? 0 : factor * (i + 1);
        expect(found).toEqual([...expected]);
      }
    }
  });

  test("drops its share, other elements at every step, in every layer and by every key", () => {
    const n = 40_000;
    const kept = (...[k0, k1, step, layer]: [number, number, number, number]) => {
      const x = place(of.Numbers, 0, new Array(n).fill(1));
      of.dropout(x.byteOffset, n, 0.3, k0, k1, step, layer);
      return Array.from(x, (y) => y !== 0);
    };
    const masks = [kept(1, 2, 3, 4), kept(5, 2, 3, 4), kept(1, 5, 3, 4), kept(1, 2, 5, 4), kept(1, 2, 3, 5)];
    expect(kept(1, 2, 3, 4)).toEqual(masks[0]);
    for (const [i, mask] of masks.entries()) {
      // Five standard deviations.
      expect(Math.abs(mask.filter(Boolean).length / n - 0.7)).toBeLessThan(0.0115);
      for (const other of masks.slice(0, i)) {
        const both = mask.filter((one, j) => one && other[j]).length;
        expect(Math.abs(both / n - 0.49)).toBeLessThan(0.0125);
      }
    }
  });
});
