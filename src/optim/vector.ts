import source from "kernels/vector.wasm";
import { lazyKernels } from "../wasm/kernels.js";
import type { FloatKind } from "./kernels.js";

/** The exports of assembly/optim/vector.ts. */
interface Operations {
  maximumNorm(x: number, n: number): number;
  sumOfSquares(x: number, n: number): number;
  scale(x: number, n: number, c: number): void;
  clamp(x: number, n: number, c: number): void;
}

type Exports = { readonly [K in keyof Operations as `${K}_${FloatKind}`]: Operations[K] };

export const vectorKernels = /* @__PURE__ */ lazyKernels<Exports>(source);
