import type { Leaf, ParameterVector } from "../params/parameters.js";

/** By which tolerance of its own an optimizer is done. */
export type Ending = "gradientTolerance" | "changeTolerance";

/** What `minimize` needs of what a rule's `init` gives. */
export interface Descent {
  readonly vectors: { params: ParameterVector; grads: ParameterVector; frozen: ReadonlySet<Leaf> };
  readonly ending?: Ending | undefined;
  /**
   * One step from parameters at which the loss has this value and its gradient is in `grads`.
   *
   * @param evaluate writes the gradient at `params` to `grads`; returns the value, NaN if either is not to be had
   * @returns the value where the step leads, with its gradient in `grads`
   */
  advance(value: number, evaluate: () => number): number;
  free(): void;
}
