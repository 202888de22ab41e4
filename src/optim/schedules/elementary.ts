import cosine from "kernels/cosine.wasm";
import pow from "kernels/pow.wasm";
import { lazyKernels } from "../../wasm/kernels.js";

// Math.cos and Math.pow differ between engines in the last bit; training must not.
const cosines = /* @__PURE__ */ lazyKernels<{ raisedCosine_f64(x: number): number }>(cosine);
const powers = /* @__PURE__ */ lazyKernels<{ pow_f64(x: number, y: number): number }>(pow);

/** (1 + cos πx) / 2, which falls from 1 to 0 for x from 0 to 1. */
export function raisedCosine(x: number): number {
  return cosines().raisedCosine_f64(x);
}

/** xʸ */
export function power(x: number, y: number): number {
  return powers().pow_f64(x, y);
}

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
