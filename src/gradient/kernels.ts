import source from "kernels/gradient.wasm";
import { lazyKernels } from "../wasm/kernels.js";

/** A float type by its bytes: 2, 4 or 8. */
export type FloatBytes = 2 | 4 | 8;
export type FloatName = "f16" | "f32" | "f64";

export const FLOAT_NAME: { readonly [bytes in FloatBytes]: FloatName } = { 2: "f16", 4: "f32", 8: "f64" };

/** The exports of assembly/gradient/index.ts. */
export type GradientKernels = {
  planEven(plan: number, h: number, edgeOrder: number, s: FloatBytes, w: FloatBytes): void;
  planIntegerEdges(plan: number, h: bigint): void;
  planUneven(plan: number, p0: number, q0: number, p1: number, q1: number, edgeOrder: number, s: FloatBytes): void;
  /** One axis over a run of elements; see assembly/gradient/sweep.ts. */
  along(
    out: number,
    f: number,
    bytes: number,
    lanes: number,
    w: FloatBytes,
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
} & {
  readonly [P in "f32" | "f64" as `unevenOnce_${P}`]: (
    out: number,
    f: number,
    count: number,
    i: number,
    n: number,
    plan: number,
    x: number,
  ) => void;
} & { readonly [S in FloatName as `step_${S}`]: (x: number) => number } & {
  readonly [S in FloatName as `evenSteps_${S}`]: (x: number, count: number, d: number) => number;
} & { readonly [S in FloatName as `weights_${S}`]: (A: number, apart: number, x: number, count: number) => void };

export const gradientKernels = /* @__PURE__ */ lazyKernels<GradientKernels>(source);
