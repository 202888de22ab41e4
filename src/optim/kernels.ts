import source from "kernels/optim.wasm";
import { lazyKernels } from "../wasm/kernels.js";

type FloatKind = "f64" | "f32";

/** The exports of assembly/optim/index.ts. */
export type OptimKernels = {
  readonly [K in FloatKind as `sgd_${K}`]: (
    p: number,
    g: number,
    b: number,
    n: number,
    learningRate: number,
    momentum: number,
    dampening: number,
    weightDecay: number,
    nesterov: number,
    first: number,
  ) => void;
} & { readonly [K in FloatKind as `maximumNorm_${K}`]: (x: number, n: number) => number };

export const optimKernels = /* @__PURE__ */ lazyKernels<OptimKernels>(source);
