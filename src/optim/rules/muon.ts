import source from "kernels/muon.wasm";
import { AT_LEAST_ZERO, BELOW_ONE } from "../../ndarray/ranges.js";
import { FLAG, type Group, type Schedule } from "../hyperparameters.js";
import { defineRule, type Rule } from "../rule.js";

/** Options of `muon`. */
export interface MuonOptions {
  /** γ, the size of a step; 0.001 unless set. */
  learningRate?: number | Schedule;
  /** μ, the share of the mean gradient that is kept; 0.95 unless set. */
  momentum?: number | Schedule;
  /** λ, pulls parameters toward 0, by γ λ of them at each step; 0.1 unless set. */
  weightDecay?: number | Schedule;
  /** ε, what the norm of an update counts as at least; 1e-7 unless set. */
  epsilon?: number | Schedule;
  /** Whether to look ahead along the momentum; true unless set. */
  nesterov?: boolean;
  /** Whether steps are to be as large as AdamW's, 0.2 γ √max(rows, columns), not γ √max(1, rows/columns). */
  matchRmsAdamw?: boolean;
  /** Matrices with values of their own, or frozen. */
  groups?: readonly (Group & Omit<MuonOptions, "groups" | "nesterov" | "matchRmsAdamw">)[];
}

const rule = /* @__PURE__ */ defineRule({
  name: "muon",
  source,
  ranges: {
    learningRate: [1e-3, AT_LEAST_ZERO],
    momentum: [0.95, BELOW_ONE],
    weightDecay: [0.1, AT_LEAST_ZERO],
    epsilon: [1e-7, AT_LEAST_ZERO],
    nesterov: [true, FLAG],
    matchRmsAdamw: [false, FLAG],
  },
  slots: () => ["momentumBuffer"],
  perArray: true,
  matrixOf(shape, path) {
    const [rows, columns] = shape;
    if (shape.length === 2) return [rows as number, columns as number];
    throw new TypeError(
      `muon moves matrices; ${path === "" ? "params" : path} has shape [${shape}]: give it to another rule, as in partition((path, shape) => shape.length === 2, muon(), adamw()).`,
    );
  },
  // See assembly/optim/muon.ts.
  scratch([rows = 0, columns = 0], bytes) {
    const high = 4 * Math.ceil(Math.min(rows, columns) / 4);
    const wide = 16 * Math.ceil((Math.max(rows, columns) * bytes) / 16);
    return 2 * high * wide + 2 * high * high * bytes;
  },
});

/**
 * Steps along the mean gradient of a matrix made orthogonal: all of its directions are as long.
 *
 *     b = μ b + (1 - μ) g;   u = μ b + (1 - μ) g with Nesterov, else b
 *     p = p - γ λ p - γ √max(1, rows/columns) U Vᵀ,   where u = U Σ Vᵀ, by five Newton-Schulz iterations
 *
 * They come near U Vᵀ: singular values end between 0.7 and 1.2. torch makes them in bfloat16, this in the type of the matrix.
 * What is no matrix, or is an embedding or the last layer, is for another rule: see `partition`.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown, or, by `init`, if an array has not two axes
 * @example
 * const optimizer = muon({ learningRate: 0.1, weightDecay: 0 }).init({ w: array([[1, 0], [0, 1]]) });
 * optimizer.step({ w: [[5, 0], [0, 5]] });
 * console.log(optimizer.params.w.get(0, 0).toFixed(4)); // 0.8892
 * @see torch.optim.Muon; K. Jordan et al., Muon: an optimizer for hidden layers in neural networks (2024)
 */
export function muon(options: MuonOptions = {}): Rule {
  return rule(options);
}
