import source from "kernels/random.wasm";
import { expect, test } from "vitest";
import { anySeed, checkSeed, randomWords } from "../../src/random/philox.js";
import { SCRATCH, SCRATCH_END, views } from "../../src/wasm/heap.js";
import { lazyKernels } from "../../src/wasm/kernels.js";

const hex = (words: Iterable<number>) => Array.from(words, (word) => word.toString(16).padStart(8, "0")).join(" ");

test.each([
  [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  [[-1, -1, -1, -1], [-1, -1], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
  [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
])("the known answers of Random123: counter %o, key %o", (counter, key, words) => {
  const { philox } = lazyKernels<{ philox(out: number, blocks: number, ...rest: number[]): void }>(source)();
  philox(SCRATCH, 1, ...counter, ...key);
  expect(hex(new Uint32Array(views.buffer, SCRATCH, 4))).toBe(words);
});

test("words depend on the seed, all 53 bits of it, on the stream and on their place, and on nothing else", () => {
  expect(hex(randomWords(4, 0, 0))).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  const all = [
    randomWords(4, 1, 0),
    randomWords(4, 2 ** 32, 0),
    randomWords(4, 2 ** 32 + 1, 0),
    randomWords(4, 2 ** 53 - 1, 0),
    randomWords(4, 0, 1),
    randomWords(8, 0, 0).subarray(4),
  ].map(hex);
  expect(all).toEqual([
    "e3e80670 e50a0ebc 95f222c0 b615aa27",
    "fdde3e0b fa7e58b6 3380ec46 d8d55c4f",
    "a1cfb571 2cef5b95 d51dc87d 02fadfa7",
    "52a9a061 90bc1c93 d3ed3372 a73237a9",
    "844515e1 f08d6eaa 0f19c053 83f875f0",
    "f8e4cca4 5cb200db b1a574eb 097eff67",
  ]);
});

test("a number of words that is no multiple of four, or none, is a part of the same", () => {
  const many = randomWords(9, 5, 3);
  for (let n = 0; n < 9; ++n) expect(randomWords(n, 5, 3)).toEqual(many.slice(0, n));
});

test("more words than fit in the scratch memory go on where the first ended", () => {
  const atOnce = (SCRATCH_END - SCRATCH) / 4;
  const words = randomWords(2 * atOnce + 5, 7, 0);
  const { philox } = lazyKernels<{ philox(out: number, blocks: number, ...rest: number[]): void }>(source)();
  philox(SCRATCH, 2, atOnce / 2, 0, 0, 0, 7, 0);
  expect(words.subarray(2 * atOnce)).toEqual(new Uint32Array(views.buffer, SCRATCH, 5));
});

test("bits are as often 0 as 1, also from one seed to the next", () => {
  const counts = new Array(32).fill(0);
  for (let seed = 0; seed < 4096; ++seed) {
    const [word = 0] = randomWords(1, seed, 0);
    for (let bit = 0; bit < 32; ++bit) counts[bit] += (word >>> bit) & 1;
  }
  // Five standard deviations, which are 32.
  for (const count of counts) expect(Math.abs(count - 2048)).toBeLessThan(160);
});

test("seeds are integers from 0 to 2^53 - 1", () => {
  expect(checkSeed(2 ** 53 - 1)).toBe(2 ** 53 - 1);
  for (const seed of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => checkSeed(seed)).toThrow(new RangeError(`seed must be an integer from 0 to 2^53 - 1; got ${seed}.`));
  expect(() => checkSeed("1")).toThrow(new TypeError('seed must be a number; got "1".'));
  expect(() => checkSeed(1n)).toThrow(new TypeError("seed must be a number; got 1n."));
  expect(checkSeed(anySeed())).not.toBe(anySeed());
});
