import family from "kernels/addScaled.wasm";
import { lazyKernels } from "../wasm/kernels.js";
import type { FloatKind } from "./kernels.js";

type Exports = Readonly<Record<`addScaled_${FloatKind}`, (y: number, x: number, n: number, c: number) => void>>;

/** y = y + c x; a family of its own, for it is all of the operations on vectors that an optimizer by itself needs. */
export const addScaled = /* @__PURE__ */ lazyKernels<Exports>(family);
