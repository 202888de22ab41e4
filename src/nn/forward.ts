import { SCRATCH, views } from "../wasm/heap.js";
import { ACTIVATIONS, type Activation, type Architecture } from "./architecture.js";
import { type Kernels, kernelsOf } from "./kernels.js";
import { type Places, typeOfNetwork } from "./layers.js";

/** Their derivative takes z; that of the others can be had from a = σ(z). */
export const NEED_INPUT: readonly Activation[] = ["gelu", "silu"];

/** Addresses of what one layer makes, a row for each sample. They may be the same, where the former is not needed. */
export interface Results {
  /** x weights + biases */
  readonly z: number;
  /** σ(z) */
  readonly a: number;
  /** a without what dropout leaves out */
  readonly kept: number;
}

/** The passage of rows through the layers. Every address is known beforehand: a run allocates nothing. */
export class Forward {
  readonly kernels: Kernels;
  readonly kinds: readonly number[];
  readonly bytes: number;
  /** What layer l was given in the last run. */
  readonly given: number[];
  readonly #k0: number;
  readonly #k1: number;

  constructor(
    readonly architecture: Architecture,
    readonly params: Places,
    readonly results: readonly Results[],
  ) {
    const { activation, seed } = architecture;
    const { bytes } = typeOfNetwork(architecture);
    this.kernels = kernelsOf(bytes === 8 ? "f64" : "f32");
    this.bytes = bytes;
    this.kinds = activation.map((name) => ACTIVATIONS[name]);
    this.given = results.map(() => 0);
    this.#k0 = seed | 0;
    this.#k1 = Math.floor(seed / 2 ** 32);
  }

  /**
   * @param x address of the first layer's inputs, or of those of layer `first`
   * @param step that dropout goes by; -1: none
   * @returns the address of the outputs
   */
  run(x: number, rows: number, step: number, first = 0): number {
    const { kernels, kinds, results, given, bytes } = this;
    const { layers, dropout } = this.architecture;
    const { weights, biases } = this.params;
    let from = x;
    for (let l = first; l < results.length; ++l) {
      const { z, a, kept } = results[l] as Results;
      const outputs = layers[l + 1] as number;
      given[l] = from;
      kernels.product(
        z,
        from,
        weights[l] as number,
        biases[l] as number,
        rows,
        outputs,
        layers[l] as number,
        0,
        SCRATCH,
      );
      from = z;
      if (l === kinds.length) break;
      const kind = kinds[l] as number;
      if (kind !== ACTIVATIONS.identity) {
        kernels.activate(kind, a, z, rows * outputs);
        from = a;
      }
      if (step >= 0 && (dropout[l] as number) > 0) {
        if (kept !== from) views.u8.copyWithin(kept, from, from + rows * outputs * bytes);
        this.drop(kept, rows, step, l);
        from = kept;
      }
    }
    return from;
  }

  /** Leaves out of layer l's results, or of their derivatives, what dropout does at a step. */
  drop(x: number, rows: number, step: number, l: number): void {
    const { layers, dropout } = this.architecture;
    const n = rows * (layers[l + 1] as number);
    this.kernels.dropout(x, n, dropout[l] as number, this.#k0, this.#k1, step, l);
  }
}

/** Two places in turn: for results that only the next layer needs. */
export function alternating(architecture: Architecture, first: number, second: number): Results[] {
  return architecture.layers.slice(1).map((_, l) => {
    const place = l % 2 === 0 ? first : second;
    return { z: place, a: place, kept: place };
  });
}
