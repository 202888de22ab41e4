import source from "kernels/adafactor.wasm";
import { sizeOf } from "../../ndarray/ndarray.js";
import { AT_LEAST_ZERO } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `adafactor`. */
export interface AdafactorOptions {
  /** γ, the size of a step as a share of the array's root mean square, bounded by 1/√t; 0.01 unless set. */
  learningRate?: number | Schedule;
  /** δ: the mean squares take in tᵟ of what is new at step t; -0.8 unless set. */
  beta2Decay?: number | Schedule;
  /** ε₁, bounds the step where gradients vanish; 0, unless set, stands for the machine epsilon of the array's type. */
  epsilon1?: number | Schedule;
  /** ε₂, what an array's root mean square counts as at least; 0.001 unless set. */
  epsilon2?: number | Schedule;
  /** d, what the root mean square of an update is clipped to; 1 unless set. */
  d?: number | Schedule;
  /** λ, pulls parameters toward 0; 0 unless set. */
  weightDecay?: number | Schedule;
  /** Whether to climb instead. */
  maximize?: boolean;
  /** Parameters with values of their own, or frozen. */
  groups?: readonly (Group & Omit<AdafactorOptions, "groups" | "maximize">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "adafactor",
  source,
  ranges: {
    learningRate: [0.01, AT_LEAST_ZERO],
    beta2Decay: [-0.8, { expected: "a finite number of 0 or less", accepts: (x) => x <= 0 && x > -1 / 0 }],
    epsilon1: [0, AT_LEAST_ZERO],
    epsilon2: [1e-3, AT_LEAST_ZERO],
    d: [1, { expected: "a finite number of 1 or more", accepts: (x) => x >= 1 && x < 1 / 0 }],
    weightDecay: [0, AT_LEAST_ZERO],
    maximize: [false, FLAG],
  },
  slots: () => ["expAvgSq"],
  perArray: true,
  slotSize(shape) {
    const [rows, columns] = lastTwo(shape);
    return rows === 0 ? columns : (sizeOf(shape) / (rows * columns) || 0) * (rows + columns);
  },
  matrixOf: (shape) => lastTwo(shape),
  scratch: (shape, bytes) => (shape.at(-1) ?? 1) * bytes + 16,
});

/** The rows and columns of an array's matrices; 0 rows for a vector, which is not factored. */
function lastTwo(shape: readonly number[]): readonly [rows: number, columns: number] {
  return [shape.at(-2) ?? 0, shape.at(-1) ?? 1];
}

/**
 * Adam with little memory: of the mean squares of a matrix, the last two axes of an array, it keeps those of the rows and
 * of the columns.
 *
 *     r = r + tᵟ (mean of g² over rows - r);   c = c + tᵟ (mean of g² over columns - c);   v = r c / max(mean of r, ε₁)
 *     u = g / max(√v, ε₁);   p = p - γ λ p - max(ε₂, RMS(p)) min(γ, 1/√t) / max(1, RMS(u)/d) u
 *
 * Of a vector, v is the mean square itself.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = adafactor({ learningRate: 0.1 }).init({ w: array([[2, 2], [2, 2]]) });
 * optimizer.step({ w: [[4, 4], [4, 4]] });
 * console.log(optimizer.params.w.get(0, 0).toFixed(6)); // 1.800000
 * @see torch.optim.Adafactor; N. Shazeer and M. Stern, Adafactor: adaptive learning rates with sublinear memory cost (2018)
 */
export function adafactor(options: AdafactorOptions = {}): Rule {
  return rule(options);
}
