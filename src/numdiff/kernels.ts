import source from "kernels/numdiff.wasm";
import { lazyKernels } from "../wasm/kernels.js";

/** Which steps: the default, relative ones, absolute ones. */
export type StepRule = 0 | 1 | 2;

/** The exports of assembly/numdiff/index.ts for one type of parameters; addresses may be 0 where points.ts says so. */
interface Kernels {
  points(
    x: number,
    lo: number,
    hi: number,
    n: number,
    r: number,
    rule: StepRule,
    given: number,
    sign: 1 | -1,
    lower: number,
    upper: number,
  ): number;
  quotients(g: number, x: number, lo: number, hi: number, f0: number, fLo: number, fHi: number, n: number): number;
  rows(to: number, x: number, lo: number, hi: number, n: number, first: number, count: number): void;
  column(to: number, x: number, lo: number, hi: number, f0: number, fLo: number, fHi: number, m: number): number;
  transpose(to: number, stride: number, from: number, m: number, k: number): void;
}

type Exports = { readonly [K in keyof Kernels as `${K}_${"f64" | "f32"}`]: Kernels[K] };

const numdiffKernels = /* @__PURE__ */ lazyKernels<Exports>(source);

/** The kernels by the type of the parameters. */
export const KERNELS = {
  f64: /* @__PURE__ */ lazyTable("f64"),
  f32: /* @__PURE__ */ lazyTable("f32"),
};

function lazyTable(kind: "f64" | "f32"): () => Kernels {
  let table: Kernels | undefined;
  return () => {
    if (table === undefined) {
      const all = numdiffKernels();
      table = {
        points: all[`points_${kind}`],
        quotients: all[`quotients_${kind}`],
        rows: all[`rows_${kind}`],
        column: all[`column_${kind}`],
        transpose: all[`transpose_${kind}`],
      };
    }
    return table;
  };
}
