import source from "kernels/norms.wasm";
import { lazyKernels } from "../wasm/kernels.js";
import type { FloatKind } from "./kernels.js";

/** The exports of assembly/optim/norms.ts. */
interface Operations {
  maximumNorm(x: number, n: number): number;
  sumOfSquares(x: number, n: number): number;
}

type Exports = { readonly [K in keyof Operations as `${K}_${FloatKind}`]: Operations[K] };

export const normKernels = /* @__PURE__ */ lazyKernels<Exports>(source);
