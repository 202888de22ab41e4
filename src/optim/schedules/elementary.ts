import source from "kernels/elementary.wasm";
import { lazyKernels } from "../../wasm/kernels.js";

/** The exports of assembly/elementary. */
interface Elementary {
  power(x: number, y: number): number;
  raisedCosine(x: number): number;
}

/** Math.pow and Math.cos differ between engines in the last bit; training must not. */
export const elementary = /* @__PURE__ */ lazyKernels<Elementary>(source);

/** xⁿ for a small integer n, by multiplications, which are the same everywhere. */
export function integerPower(x: number, n: number): number {
  let y = 1;
  for (let square = x, k = n; k > 0; k = Math.floor(k / 2), square *= square) if (k % 2 === 1) y *= square;
  return y;
}

/** From one number to another, which it gives exactly at a share of 1. */
export function mix(from: number, to: number, share: number): number {
  return share === 1 ? to : from + (to - from) * share;
}
