import source from "kernels/numdiff.wasm";
import { lazyKernels } from "../wasm/kernels.js";

type FloatKind = "f64" | "f32";

/** Which steps: the default, relative ones, absolute ones. */
export type StepRule = 0 | 1 | 2;

/** The exports of assembly/numdiff/index.ts. */
export type NumdiffKernels = {
  readonly [K in FloatKind as `oneSided_${K}`]: (
    hi: number,
    x: number,
    n: number,
    r: number,
    rule: StepRule,
    given: number,
    sign: 1 | -1,
  ) => void;
} & {
  readonly [K in FloatKind as `twoSided_${K}`]: (
    lo: number,
    hi: number,
    x: number,
    n: number,
    r: number,
    rule: StepRule,
    given: number,
  ) => void;
} & {
  readonly [K in FloatKind as `quotients_${K}`]: (
    g: number,
    fLo: number,
    fHi: number,
    lo: number,
    hi: number,
    n: number,
  ) => void;
};

export const numdiffKernels = /* @__PURE__ */ lazyKernels<NumdiffKernels>(source);
