import source from "kernels/nn.wasm";
import type { FloatKind } from "../optim/kernels.js";
import { lazyKernels } from "../wasm/kernels.js";

/** The exports of assembly/nn/index.ts that have a type of numbers. */
interface Operations {
  /** @param form 0: A B, 1: Aᵀ B, 2: A Bᵀ */
  product(
    c: number,
    a: number,
    b: number,
    start: number,
    m: number,
    n: number,
    k: number,
    form: number,
    scratch: number,
  ): void;
  activate(kind: number, out: number, z: number, n: number): void;
  differentiate(kind: number, d: number, z: number, a: number, n: number): void;
  dropout(x: number, n: number, rate: number, k0: number, k1: number, step: number, layer: number): void;
  lossOf(kind: number, d: number, outputs: number, targets: number, rows: number, width: number, delta: number): number;
  hits(kind: number, outputs: number, targets: number, rows: number, width: number): number;
  softmax(out: number, z: number, rows: number, width: number): void;
  columnSums(out: number, d: number, rows: number, width: number): void;
  firstNotFinite(x: number, n: number): number;
}

type Exports = { readonly [K in keyof Operations as `${K}_${FloatKind}`]: Operations[K] } & {
  gather(out: number, from: number, indices: number, rows: number, rowBytes: number): void;
};

const exports = /* @__PURE__ */ lazyKernels<Exports>(source);

export type Kernels = Operations & Pick<Exports, "gather">;

const byKind: { [kind in FloatKind]?: Kernels } = {};

/** The kernels for one type of numbers, by names without it. */
export function kernelsOf(kind: FloatKind): Kernels {
  const all = exports();
  byKind[kind] ??= {
    product: all[`product_${kind}`],
    activate: all[`activate_${kind}`],
    differentiate: all[`differentiate_${kind}`],
    dropout: all[`dropout_${kind}`],
    lossOf: all[`lossOf_${kind}`],
    hits: all[`hits_${kind}`],
    softmax: all[`softmax_${kind}`],
    columnSums: all[`columnSums_${kind}`],
    firstNotFinite: all[`firstNotFinite_${kind}`],
    gather: all.gather,
  };
  return byKind[kind];
}
