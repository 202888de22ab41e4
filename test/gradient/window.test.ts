import { expect, test } from "vitest";
import { LINE_BYTES, TILE_BYTES, WINDOW_BYTES } from "../../src/gradient/scratch.js";
import { gradient, zeros } from "../../src/index.js";
import { addressOf } from "../../src/ndarray/ndarray.js";
import { SCRATCH_END } from "../../src/wasm/heap.js";

/** The longest rows of doubles of which a tile and its neighbours fit the window. */
const longest = (WINDOW_BYTES - 2 * LINE_BYTES - TILE_BYTES) / 16;

test("rows about as long as the window for streaming is: nothing is written past it", () => {
  const next = zeros(64);
  expect(addressOf(next)).toBe(SCRATCH_END);
  for (let inner = longest - 9; inner <= longest + 9; ++inner) {
    const data = Float64Array.from({ length: 4 * inner }, (_, i) => (i * 977) % 4093);
    const { data: result } = gradient({ data, shape: [4, inner] }, { axis: 0 });
    let wrong = 0;
    for (let i = 0; i < data.length; ++i) {
      const lower = Math.max(i % inner, i - inner);
      const upper = Math.min(i + inner, (i % inner) + 3 * inner);
      const rise = (data[upper] as number) - (data[lower] as number);
      if (result[i] !== (rise * inner) / (upper - lower)) ++wrong;
    }
    expect([inner, wrong]).toEqual([inner, 0]);
  }
  expect(next.data.every((entry) => entry === 0)).toBe(true);
});
