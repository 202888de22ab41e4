import source from "kernels/gradient.wasm";
import { lazyKernels } from "../wasm/kernels.js";

/** One axis over a run of elements; see assembly/gradient/sweep.ts. */
type Along = (
  out: number,
  f: number,
  count: number,
  i: number,
  t: number,
  n: number,
  inner: number,
  step: number,
  plan: number,
  table: number,
  apart: number,
) => void;

/** A float type by its bytes: 2, 4 or 8. */
export type FloatBytes = 2 | 4 | 8;
export type FloatName = "f16" | "f32" | "f64";

export const FLOAT_NAME: { readonly [bytes in FloatBytes]: FloatName } = { 2: "f16", 4: "f32", 8: "f64" };

/** Element type, or element type and the wider type that is computed in. */
export type Precision = FloatName | "f16_f32" | "f16_f64" | "f32_f64" | "c64" | "c64_f64" | "c128" | "td";

/** The exports of assembly/gradient/index.ts. */
export type GradientKernels = {
  planEven(plan: number, h: number, edgeOrder: number, s: FloatBytes, w: FloatBytes): void;
  planIntegerEdges(plan: number, h: bigint): void;
  planUneven(plan: number, p0: number, q0: number, p1: number, q1: number, edgeOrder: number, s: FloatBytes): void;
} & { readonly [P in Precision as `along_${P}`]: Along } & {
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

const alongKernels: { [P in Precision]?: Along } = {};

/** The kernel of a precision, looked up once: composing its name at each call shows on short arrays. */
export function alongKernel(precision: Precision): Along {
  return (alongKernels[precision] ??= gradientKernels()[`along_${precision}`]);
}
