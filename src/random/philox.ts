import source from "kernels/random.wasm";
import { checkNumber, type Range } from "../ndarray/ranges.js";
import { SCRATCH, SCRATCH_END, views } from "../wasm/heap.js";
import { lazyKernels } from "../wasm/kernels.js";

/** The exports of assembly/random/index.ts. */
interface Kernels {
  philox(out: number, blocks: number, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void;
}

const kernels = /* @__PURE__ */ lazyKernels<Kernels>(source);

const WORDS_AT_ONCE = (SCRATCH_END - SCRATCH) / 4;

/**
 * Random words of 32 bits, from Philox4x32-10: the same for the same seed and stream in every runtime.
 *
 * Seeds that follow one another are as independent as any, and so are the 2^32 streams of each.
 *
 * @param seed an integer from 0 to 2^53 - 1
 */
export function randomWords(count: number, seed: number, stream: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(count);
  for (let from = 0; from < count; from += WORDS_AT_ONCE) {
    const some = Math.min(WORDS_AT_ONCE, count - from);
    kernels().philox(SCRATCH, Math.ceil(some / 4), from / 4, 0, stream, 0, seed | 0, Math.floor(seed / 2 ** 32));
    words.set(new Uint32Array(views.buffer, SCRATCH, some), from);
  }
  return words;
}

/** A seed that no one chose, where none is given. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 53);
}

const SEED: Range = {
  expected: "an integer from 0 to 2^53 - 1",
  accepts: (seed) => Number.isSafeInteger(seed) && seed >= 0,
};

export function checkSeed(seed: unknown): number {
  return checkNumber("seed", SEED, seed);
}
