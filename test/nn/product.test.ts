import fc from "fast-check";
import source from "kernels/nn.wasm";
import { describe, test } from "vitest";
import { memory, SCRATCH, SCRATCH_END } from "../../src/wasm/heap.js";
import { lazyKernels } from "../../src/wasm/kernels.js";

type Kernel = (
  c: number,
  a: number,
  b: number,
  start: number,
  m: number,
  n: number,
  k: number,
  form: number,
  scratch: number,
) => void;
const kernels = lazyKernels<{ product_f32: Kernel; product_f64: Kernel }>(source);

type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
interface Case {
  m: number;
  n: number;
  k: number;
  form: number;
  a: Floats;
  b: Floats;
  start?: Floats | undefined;
}

const KINDS = [Float32Array, Float64Array] as const;
const FORMS = [0, 1, 2];
/** A byte of NaN in both types. */
const POISON = 0xff;

/** What a loop over k gives that begins with start: the kernel has no other order. */
function expected({ m, n, k, form, a, b, start }: Case): Floats {
  const round = a instanceof Float32Array ? Math.fround : (x: number) => x;
  const c = new (a.constructor as typeof Float64Array)(m * n);
  for (let i = 0; i < m; ++i) {
    for (let j = 0; j < n; ++j) {
      let sum = start === undefined ? 0 : start[j];
      for (let l = 0; l < k; ++l) {
        const x = form === 1 ? a[l * m + i] : a[i * k + l];
        const y = form === 2 ? b[j * k + l] : b[l * n + j];
        sum = round(sum + round(x * y));
      }
      c[i * n + j] = sum;
    }
  }
  return c;
}

/**
 * The kernel's C, every matrix in poisoned memory, `gap` elements before each; the last one ends where memory ends, so
 * that reading on would trap. Whatever else is written shows.
 */
function product({ m, n, k, form, a, b, start }: Case, gap = 1, order = [0, 1, 2, 3]): Floats {
  const kind = a.constructor as typeof Float64Array;
  const size = kind.BYTES_PER_ELEMENT;
  const lengths = [m * n, m * k, n * k, start === undefined ? 0 : n];
  const at = [0, 0, 0, 0];
  let end = memory.buffer.byteLength;
  for (const which of order) {
    at[which] = end - size * lengths[which];
    end = at[which] - size * gap;
  }
  const window = new Uint8Array(memory.buffer, end - 1024);
  window.fill(POISON);
  new Uint8Array(memory.buffer, SCRATCH, SCRATCH_END - SCRATCH).fill(POISON);
  const views = at.map((address, which) => new kind(memory.buffer, address, lengths[which]));
  views[1].set(a);
  views[2].set(b);
  if (start !== undefined) views[3].set(start);
  const before = window.slice();
  const run = size === 4 ? kernels().product_f32 : kernels().product_f64;
  run(at[0], at[1], at[2], start === undefined ? 0 : at[3], m, n, k, form, SCRATCH);
  const c = views[0].slice();
  views[0].fill(0);
  before.fill(0, at[0] - window.byteOffset, at[0] - window.byteOffset + views[0].byteLength);
  if (Buffer.compare(before, window) !== 0) throw new Error(`${m} x ${n} x ${k}, form ${form}, writes outside of C.`);
  return c;
}

function random(kind: (typeof KINDS)[number], m: number, n: number, k: number, form: number, started: boolean): Case {
  let state = 1 + m + 100 * n + 10_000 * k;
  const values = (length: number): Floats => {
    const x = new kind(length);
    for (let i = 0; i < length; ++i) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      x[i] = state / 2 ** 31;
    }
    return x;
  };
  return { m, n, k, form, a: values(m * k), b: values(k * n), start: started ? values(n) : undefined };
}

function expectSame(actual: Floats, wanted: Floats, what: string): void {
  for (let i = 0; i < wanted.length; ++i) {
    if (!Object.is(actual[i], wanted[i])) throw new Error(`${what}: ${actual[i]} at ${i}, not ${wanted[i]}`);
  }
}

const named = ({ m, n, k, form }: Case) => `${m} x ${n} x ${k}, form ${form}`;

describe.each(KINDS)("%o", (kind) => {
  test.each(FORMS)("form %i has the bits of a plain loop for every small m, n and k", (form) => {
    for (let m = 1; m <= 9; ++m) {
      for (let n = 1; n <= 17; ++n) {
        for (let k = 1; k <= 9; ++k) {
          const one = random(kind, m, n, k, form, (m + n + k) % 2 === 0);
          expectSame(product(one, 1 + (k % 4)), expected(one), named(one));
        }
      }
    }
  });

  test("so it has at sizes of several blocks, wherever the matrices lie and whichever lies last", () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 200, max: 600 }));
    fc.assert(
      fc.property(
        fc.tuple(sizes, sizes, sizes).filter(([m, n, k]) => m * n * k < 4e6),
        fc.constantFrom(...FORMS),
        fc.boolean(),
        fc.integer({ min: 1, max: 16 }),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        ([m, n, k], form, started, gap, order) => {
          const one = random(kind, m, n, k, form, started);
          expectSame(product(one, gap, order), expected(one), named(one));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(FORMS)("form %i passes NaN and Infinity on as the loop does, and to no element beside", (form) => {
    for (const [m, n, k] of [
      [6, 11, 5],
      [37, 29, 270],
      [1, 9, 3],
      [9, 1, 3],
    ]) {
      const one = random(kind, m, n, k, form, true);
      for (const [x, value] of [
        [one.a, Infinity],
        [one.b, -Infinity],
        [one.a, NaN],
        [one.start as Floats, Infinity],
      ] as const) {
        const at = Math.floor(x.length / 2);
        const kept = x[at];
        x[at] = value;
        expectSame(product(one), expected(one), named(one));
        x[at] = kept;
      }
    }
  });

  test("a row of C is the same whether it is computed alone or among others", () => {
    const { a, b, start } = random(kind, 50, 70, 300, 0, true);
    const all = product({ m: 50, n: 70, k: 300, form: 0, a, b, start });
    for (const i of [0, 7, 49]) {
      const alone = product({ m: 1, n: 70, k: 300, form: 0, a: a.slice(300 * i, 300 * (i + 1)), b, start });
      expectSame(alone, all.slice(70 * i, 70 * (i + 1)), `row ${i}`);
    }
  });
});
