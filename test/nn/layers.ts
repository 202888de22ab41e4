import { readFileSync } from "node:fs";
import source from "kernels/nn.wasm";
import { memory } from "../../src/wasm/heap.js";
import { lazyKernels } from "../../src/wasm/kernels.js";

/** The exports of assembly/nn but for the product. */
interface Layers {
  activate(kind: number, out: number, z: number, n: number): void;
  differentiate(kind: number, d: number, z: number, a: number, n: number): void;
  lossOf(kind: number, d: number, outputs: number, targets: number, rows: number, width: number, delta: number): number;
  softmax(out: number, z: number, rows: number, width: number): void;
  hits(kind: number, outputs: number, targets: number, rows: number, width: number): number;
  columnSums(out: number, d: number, rows: number, width: number): void;
  firstNotFinite(x: number, n: number): number;
  dropout(x: number, n: number, rate: number, k0: number, k1: number, step: number, layer: number): void;
}

type Exports = { [K in keyof Layers as `${K}_f32` | `${K}_f64`]: Layers[K] } & {
  gather(out: number, from: number, indices: number, rows: number, rowBytes: number): void;
};

const exports = lazyKernels<Exports>(source)();

export const gather = exports.gather;

const of = (type: "f32" | "f64") => {
  const named = <K extends keyof Layers>(name: K) => exports[`${name}_${type}`] as Layers[K];
  return {
    activate: named("activate"),
    differentiate: named("differentiate"),
    lossOf: named("lossOf"),
    softmax: named("softmax"),
    hits: named("hits"),
    columnSums: named("columnSums"),
    firstNotFinite: named("firstNotFinite"),
    dropout: named("dropout"),
  };
};

/** Both types, by name, with the array of each. */
export const TYPES = [
  { type: "float32", Numbers: Float32Array, epsilon: 2 ** -23, ...of("f32") },
  { type: "float64", Numbers: Float64Array, epsilon: 2 ** -52, ...of("f64") },
] as const;

export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

export const ACTIVATIONS = ["identity", "relu", "leakyRelu", "gelu", "silu", "tanh", "sigmoid", "softplus"] as const;
export const LOSSES = ["mse", "mae", "huber", "probabilities", "labels", "binary"] as const;

/** Past the scratch memory, which the kernels use; nothing else of these tests lies in the heap. */
const FREE = 2 ** 21;
const APART = 2 ** 20;

/** The i-th of some places in linear memory, with `values` in it; not aligned to a vector unless `shift` is a multiple of 16 bytes. */
export function place(Type: typeof Uint32Array, i: number, values: ArrayLike<number>, shift?: number): Uint32Array;
export function place(
  Type: typeof Float32Array | typeof Float64Array,
  i: number,
  values: ArrayLike<number>,
  shift?: number,
): Numbers;
export function place(
  Type: typeof Float32Array | typeof Float64Array | typeof Uint32Array,
  i: number,
  values: ArrayLike<number>,
  shift = 0,
): Numbers | Uint32Array {
  const array = new Type(memory.buffer, FREE + i * APART + shift * Type.BYTES_PER_ELEMENT, values.length);
  array.set(values);
  return array;
}

/** Runs `change` on `values` between guards, and sees to it that these stay. */
export function guarded(
  Type: typeof Float32Array | typeof Float64Array,
  values: ArrayLike<number>,
  shift: number,
  change: (array: Numbers) => void,
): number[] {
  const guards = Array.from({ length: 8 }, (_, k) => 0.5 + k);
  const all = place(Type, 7, [...guards, ...Array.from(values), ...guards], shift);
  change(all.subarray(8, 8 + values.length) as Numbers);
  const outside = [...all.subarray(0, 8), ...all.subarray(8 + values.length)];
  if (outside.join() !== [...guards, ...guards].join()) throw new Error(`Something was written outside: ${outside}.`);
  return [...all.subarray(8, 8 + values.length)];
}

/** |a - b| in units in the last place of b, whose least is that of the smallest normal number over 2^52 or 2^23. */
export function ulps(a: number, b: number, epsilon: number): number {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const smallest = epsilon === 2 ** -52 ? 2 ** -1022 : 2 ** -126;
  const size = Math.max(Math.abs(b), smallest);
  return Math.abs(a - b) / (2 ** Math.floor(Math.log2(size)) * epsilon);
}

/** Lines of nn.jsonl that have `key`, which nn.py describes. */
export function linesWith<Line>(key: string): readonly Line[] {
  return readFileSync(new URL("../fixtures/nn.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((line) => key in line);
}
