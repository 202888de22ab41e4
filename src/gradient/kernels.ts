import source from "kernels/gradient.wasm";
import { lazyKernels } from "../wasm/kernels.js";

/** A float type by its bytes. */
export type FloatBytes = 2 | 4 | 8;

/** What an element is and in which precision it is computed; see assembly/gradient/number.ts. */
export type ElementCode = number;

export function elementCode(size: number, w: FloatBytes, lanes: number): ElementCode {
  return size | (w << 8) | (lanes << 16);
}

/** The exports of assembly/gradient/index.ts. */
export interface GradientKernels {
  planEven(plan: number, h: number, edgeOrder: number, s: FloatBytes, w: FloatBytes): void;
  planInteger(plan: number, h: bigint): void;
  planUneven(plan: number, x: number, size: FloatBytes, edgeOrder: number, right: number): void;
  /** One axis over a run of elements. */
  along(
    type: ElementCode,
    out: number,
    f: number,
    start: number,
    count: number,
    n: number,
    inner: number,
    step: number,
    plan: number,
    table: number,
    apart: number,
    streams: number,
  ): void;
  step(x: number, size: FloatBytes): number;
  evenSteps(x: number, size: FloatBytes, count: number, d: number): number;
  weights(A: number, apart: number, x: number, size: FloatBytes, count: number, w: 4 | 8): void;
}

export const gradientKernels = /* @__PURE__ */ lazyKernels<GradientKernels>(source);
