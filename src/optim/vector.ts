import addition from "kernels/addScaled.wasm";
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

/** y = y + c x; apart, for it is all of them that an optimizer by itself needs. */
export const addScaled =
  /* @__PURE__ */ lazyKernels<
    Readonly<Record<`addScaled_${FloatKind}`, (y: number, x: number, n: number, c: number) => void>>
  >(addition);
