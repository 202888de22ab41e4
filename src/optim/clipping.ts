import source from "kernels/clipping.wasm";
import { lazyKernels } from "../wasm/kernels.js";
import type { FloatKind } from "./kernels.js";

/** The exports of assembly/optim/clipping.ts. */
interface Operations {
  scale(x: number, n: number, c: number): void;
  clamp(x: number, n: number, c: number): void;
}

type Exports = { readonly [K in keyof Operations as `${K}_${FloatKind}`]: Operations[K] };

export const clippingKernels = /* @__PURE__ */ lazyKernels<Exports>(source);
