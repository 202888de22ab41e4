import source from "kernels/prodigy.wasm";
import { ABOVE_ZERO, AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { views } from "../../wasm/heap.js";
import { lazyKernels } from "../../wasm/kernels.js";
import { FLAG, type Group, type Ranges, type Schedule } from "../hyperparameters.js";
import type { FloatKind } from "../kernels.js";
import { type Part, type Rule, ruleOf, settle } from "../rule.js";

/** Options of `prodigy`. */
export interface ProdigyOptions {
  /** γ, what the estimated step size is multiplied by; 1 unless set, and for schedules that end at 0. */
  learningRate?: number | Schedule;
  /** β₁, the share of the mean gradient that is kept; 0.9 unless set. */
  beta1?: number | Schedule;
  /** β₂, the share of the mean square that is kept; 0.999 unless set. */
  beta2?: number | Schedule;
  /** ε, bounds the step where gradients vanish; 1e-8 unless set. */
  epsilon?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** d₀, the first estimate of the step size, below what is right; 1e-6 unless set. */
  d0?: number | Schedule;
  /** What estimates are multiplied by; 1 unless set. */
  dCoef?: number | Schedule;
  /** What the step size may grow by in one step; Infinity unless set. */
  growthRate?: number | Schedule;
  /** Whether weight decay acts on the parameters themselves, not through the moments; true unless set. */
  decoupledWeightDecay?: boolean;
  /** Whether to correct the moments for their start at 0, as Adam does. */
  useBiasCorrection?: boolean;
  /** Whether a learning rate that grows at first is kept out of the estimate. */
  safeguardWarmup?: boolean;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Pick<ProdigyOptions, "beta1" | "epsilon" | "weightDecay">)[];
}

/** Not Number.POSITIVE_INFINITY, for which bundlers would keep the ranges where the rule is not used. */
const UNBOUNDED = 1 / 0;

const RANGES: Ranges = {
  learningRate: [1, AT_LEAST_ZERO],
  beta1: [0.9, BELOW_ONE],
  beta2: [0.999, BELOW_ONE],
  epsilon: [1e-8, AT_LEAST_ZERO],
  weightDecay: [0, AT_LEAST_ZERO],
  d0: [1e-6, ABOVE_ZERO],
  dCoef: [1, ABOVE_ZERO],
  growthRate: [UNBOUNDED, { expected: "a number above 1", accepts: (x) => x > 1 }],
  decoupledWeightDecay: [true, FLAG],
  useBiasCorrection: [false, FLAG],
  safeguardWarmup: [false, FLAG],
  maximize: [false, FLAG],
};

/** There is one estimate for all. */
const SHARED = ["learningRate", "beta2", "d0", "dCoef", "growthRate"];

/** The exports of assembly/optim/prodigy.ts, which draws `totals`. */
type Kernels = {
  prodigyBegin(totals: number, h: number): void;
  prodigyEstimate(totals: number, h: number): number;
} & {
  [K in `prodigyMoments_${FloatKind}`]: (
    p: number,
    g: number,
    s: number,
    apart: number,
    n: number,
    h: number,
    totals: number,
  ) => void;
} & {
  [K in `prodigyStep_${FloatKind}`]: (
    p: number,
    s: number,
    apart: number,
    n: number,
    h: number,
    totals: number,
  ) => void;
};

const kernels = /* @__PURE__ */ lazyKernels<Kernels>(source);

function apply(parts: readonly Part[], totals: number): void {
  const [first] = parts;
  if (first === undefined) return;
  const all = kernels();
  all.prodigyBegin(totals, first.h);
  for (const { kind, p, g, s, apart, count, h } of parts)
    all[`prodigyMoments_${kind}`](p, g, s, apart, count, h, totals);
  if (!all.prodigyEstimate(totals, first.h)) {
    // Not a step to correct the bias by.
    for (const { h } of parts) views.f64[h / 8] = (views.f64[h / 8] as number) - 1;
    return;
  }
  for (const { kind, p, s, apart, count, h } of parts) all[`prodigyStep_${kind}`](p, s, apart, count, h, totals);
}

/**
 * Adam that needs no learning rate: it estimates its step size d by how far the parameters have come from their start p₀.
 *
 *     m = β₁ m + (1 - β₁) d g;   v = β₂ v + (1 - β₂) d² g²;   s = √β₂ s + d²/d₀ γ g
 *     r = √β₂ r + d²/d₀ γ Σ g (p₀ - p);   p = p - d γ (m / (√v + d' ε) + λ p);   d' = max(d, r / Σ|s|)
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = prodigy().init([2]);
 * for (let t = 0; t < 100; ++t) optimizer.step([2 * optimizer.params[0]]);
 * console.log(Math.abs(optimizer.params[0]) < 0.1); // true
 * @see K. Mishchenko and A. Defazio, Prodigy: An expeditiously adaptive parameter-free learner (2024); konstmish/prodigy
 */
export function prodigy(options: ProdigyOptions = {}): Rule {
  const { values, groups } = settle("prodigy", RANGES, options, undefined, SHARED);
  return ruleOf([
    {
      name: "prodigy",
      ranges: RANGES,
      values,
      groups,
      slots: ["expAvg", "expAvgSq", "s", "p0"],
      scalars: [],
      totals: ["d", "largest", "numerator", "along", "sizes", "dBefore"],
      perArray: false,
      prepare: () => {
        kernels();
      },
      apply,
    },
  ]);
}
