import { RELATIVE_STEP } from "../numdiff/differences.js";
import { addScaled } from "../optim/add-scaled.js";
import type { Block } from "../wasm/allocator.js";
import { heap, SCRATCH, views } from "../wasm/heap.js";
import type { Architecture } from "./architecture.js";
import type { Dataset } from "./dataset.js";
import { penaltyOf } from "./evaluator.js";
import { alternating, Forward, NEED_INPUT, type Results } from "./forward.js";
import { type Places, typeOfNetwork } from "./layers.js";

/** Their derivative cannot be told from a that dropout has scaled. */
const NEED_EXACT_RESULT = ["tanh", "sigmoid", "softplus"];

/**
 * Loss and gradient of batches, in memory that is taken once:
 *
 *     x | targets | z, a, kept of each layer | two places for derivatives, in turn | two for `differences`, if they come
 *
 * A step is a dozen calls of kernels between addresses that are known beforehand; it allocates nothing.
 */
export class Trainer {
  /** Of the last batch: how many answers were right. */
  hits = 0;
  readonly #forward: Forward;
  /** For runs from a layer on, which leave the results of the others. */
  readonly #branch: Forward | undefined;
  readonly #gradient: Places;
  readonly #x: number;
  readonly #t: number;
  readonly #d: number;
  readonly #d2: number;
  readonly #block: Block;

  /** @param rows those of the largest batch */
  constructor(architecture: Architecture, params: Places, gradient: Places, rows: number, differences: boolean) {
    const { layers, activation, dropout } = architecture;
    const { bytes } = typeOfNetwork(architecture);
    let end = 0;
    const room = (width: number) => {
      const at = end;
      end += 64 * Math.ceil((rows * width * bytes) / 64);
      return at;
    };
    const x = room(layers[0] as number);
    const t = room(layers.at(-1) as number);
    const results = layers.slice(1).map((width, l): Results => {
      const z = room(width);
      const name = activation[l];
      if (name === undefined) return { z, a: z, kept: z };
      const a = NEED_INPUT.includes(name) ? room(width) : z;
      return { z, a, kept: (dropout[l] as number) > 0 && NEED_EXACT_RESULT.includes(name) ? room(width) : a };
    });
    const widest = Math.max(...layers.slice(1));
    const [d, d2] = [room(widest), room(widest)];
    const [one, other] = differences ? [room(widest), room(widest)] : [0, 0];
    this.#block = heap.allocate(end);
    const { address } = this.#block;
    this.#gradient = gradient;
    this.#x = address + x;
    this.#t = address + t;
    this.#d = address + d;
    this.#d2 = address + d2;
    const placed = results.map(({ z, a, kept }) => ({ z: address + z, a: address + a, kept: address + kept }));
    this.#forward = new Forward(architecture, params, placed);
    if (differences)
      this.#branch = new Forward(architecture, params, alternating(architecture, address + one, address + other));
  }

  /**
   * Writes the gradient of the mean loss of some rows, by backpropagation.
   *
   *     dW = xᵀ dz    db = Σ dz    dx = dz Wᵀ    dz of the layer before = dx ∘ σ'
   *
   * @param indices address of the numbers of the rows; 0: the first ones, as they lie
   * @param step that dropout goes by; -1: none
   * @returns the loss
   */
  gradient(data: Dataset, indices: number, rows: number, step: number): number {
    const { architecture, params, kernels, kinds, results, given } = this.#forward;
    const { layers, dropout, l2, delta } = architecture;
    const last = results.length - 1;
    const outputs = this.#run(data, indices, rows, step);
    const t = indices === 0 ? data.targets : this.#t;
    let d = this.#d;
    let next = this.#d2;
    const loss = kernels.lossOf(data.loss, d, outputs, t, rows, layers[last + 1] as number, delta);
    for (let l = last; ; --l) {
      const wide = layers[l] as number;
      const width = layers[l + 1] as number;
      const dW = this.#gradient.weights[l] as number;
      kernels.product(dW, given[l] as number, d, 0, wide, width, rows, 1, SCRATCH);
      if (l2 > 0) addScaled()[this.#addScaled](dW, params.weights[l] as number, wide * width, l2);
      kernels.columnSums(this.#gradient.biases[l] as number, d, rows, width);
      if (l === 0) break;
      kernels.product(next, d, params.weights[l] as number, 0, rows, wide, width, 2, SCRATCH);
      if (step >= 0 && (dropout[l - 1] as number) > 0) this.#forward.drop(next, rows, step, l - 1);
      const { z, a } = results[l - 1] as Results;
      kernels.differentiate(kinds[l - 1] as number, next, z, a, rows * wide);
      const done = d;
      d = next;
      next = done;
    }
    return loss + penaltyOf(architecture, params);
  }

  get #addScaled(): "addScaled_f64" | "addScaled_f32" {
    return this.#forward.bytes === 8 ? "addScaled_f64" : "addScaled_f32";
  }

  /** Outputs of a batch, and how many of them are right. */
  #run(data: Dataset, indices: number, rows: number, step: number): number {
    const { kernels, architecture } = this.#forward;
    let x = data.inputs;
    let t = data.targets;
    if (indices !== 0) {
      x = this.#x;
      t = this.#t;
      kernels.gather(x, data.inputs, indices, rows, data.inputBytes);
      kernels.gather(t, data.targets, indices, rows, data.targetBytes);
    }
    const outputs = this.#forward.run(x, rows, step);
    if (data.classes) this.hits = kernels.hits(data.loss, outputs, t, rows, architecture.layers.at(-1) as number);
    return outputs;
  }

  /**
   * As `gradient`, by finite differences: each parameter is moved, as far as `numericalGradient` would, and the rows run
   * again from its layer on. The step is that for float32 in a float32 network, whose activations carry such errors; the
   * penalty is differentiated exactly.
   */
  differences(data: Dataset, indices: number, rows: number, step: number, central: boolean): number {
    const { architecture, params, bytes, kernels, given } = this.#forward;
    const { layers, l2, delta } = architecture;
    const branch = this.#branch as Forward;
    const kind = bytes === 8 ? "f64" : "f32";
    const elements = views[kind];
    const relative = RELATIVE_STEP[kind][central ? "central" : "oneSided"];
    const outputs = this.#run(data, indices, rows, step);
    const t = indices === 0 ? data.targets : this.#t;
    const width = layers.at(-1) as number;
    const loss = kernels.lossOf(data.loss, 0, outputs, t, rows, width, delta);
    for (let l = 0; l + 1 < layers.length; ++l) {
      const from = given[l] as number;
      const wide = layers[l + 1] as number;
      for (const name of ["weights", "biases"] as const) {
        const at = (params[name][l] as number) / bytes;
        const out = (this.#gradient[name][l] as number) / bytes;
        const count = name === "weights" ? (layers[l] as number) * wide : wide;
        for (let i = 0; i < count; ++i) {
          const w = elements[at + i] as number;
          const h = relative * Math.max(1, Math.abs(w));
          elements[at + i] = w + h;
          const hi = elements[at + i] as number; // as it was rounded
          const above = kernels.lossOf(data.loss, 0, branch.run(from, rows, step, l), t, rows, width, delta);
          let lo = w;
          let below = loss;
          if (central) {
            elements[at + i] = w - h;
            lo = elements[at + i] as number;
            below = kernels.lossOf(data.loss, 0, branch.run(from, rows, step, l), t, rows, width, delta);
          }
          elements[at + i] = w;
          elements[out + i] = (above - below) / (hi - lo) + (name === "weights" ? l2 * w : 0);
        }
      }
    }
    return loss + penaltyOf(architecture, params);
  }

  free(): void {
    heap.free(this.#block);
  }
}
