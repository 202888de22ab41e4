import { normKernels } from "../optim/norms.js";
import type { Block } from "../wasm/allocator.js";
import { heap } from "../wasm/heap.js";
import type { Architecture } from "./architecture.js";
import type { Dataset } from "./dataset.js";
import { alternating, Forward } from "./forward.js";
import { type Places, typeOfNetwork } from "./layers.js";

/** What a chunk of rows should take at most, so that it stays in the cache beside the weights. */
const CHUNK_BYTES = 2 ** 18;
/** Fewer rows would make poor use of the weights. */
const LEAST_ROWS = 32;

/** The penalty λ/2 Σ w² on the weights. */
export function penaltyOf({ l2, layers, dtype }: Architecture, { weights }: Places): number {
  if (l2 === 0) return 0;
  const sumOfSquares = normKernels()[dtype === "float64" ? "sumOfSquares_f64" : "sumOfSquares_f32"];
  let sum = 0;
  for (let l = 0; l < weights.length; ++l)
    sum += sumOfSquares(weights[l] as number, (layers[l] as number) * (layers[l + 1] as number));
  return (l2 / 2) * sum;
}

/** Outputs and losses of any number of rows, a chunk at a time in the same memory. */
export class Evaluator {
  /** Rows of a chunk. */
  readonly chunk: number;
  /** Address that a chunk's inputs can be brought to. */
  readonly inputs: number;
  /** Of the last `loss`: how many answers were right. */
  hits = 0;
  readonly #targets: number;
  readonly #forward: Forward;
  readonly #block: Block;

  /** @param rows the most that will come at a time, if that is known */
  constructor(architecture: Architecture, params: Places, rows = Number.POSITIVE_INFINITY) {
    const { layers } = architecture;
    const { bytes } = typeOfNetwork(architecture);
    const widest = bytes * Math.max(...layers.slice(1));
    const inputs = bytes * (layers[0] as number);
    const targets = bytes * (layers.at(-1) as number);
    const fitting = Math.max(LEAST_ROWS, Math.floor(CHUNK_BYTES / (inputs + targets + 2 * widest)));
    this.chunk = Math.max(1, Math.min(rows, fitting));
    const room = (rowBytes: number) => 64 * Math.ceil((this.chunk * rowBytes) / 64);
    this.#block = heap.allocate(room(inputs) + room(targets) + 2 * room(widest));
    this.inputs = this.#block.address;
    this.#targets = this.inputs + room(inputs);
    const first = this.#targets + room(targets);
    this.#forward = new Forward(architecture, params, alternating(architecture, first, first + room(widest)));
  }

  /** The address of the last layer's results for a chunk of rows. */
  outputs(x: number, rows: number): number {
    return this.#forward.run(x, rows, -1);
  }

  /** @param indices address of the numbers of the rows; 0: the first ones */
  loss(data: Dataset, indices = 0, rows = data.rows): number {
    const { architecture, params, kernels } = this.#forward;
    const width = architecture.layers.at(-1) as number;
    let mean = 0;
    this.hits = 0;
    for (let from = 0; from < rows; from += this.chunk) {
      const some = Math.min(this.chunk, rows - from);
      let x = data.inputs + from * data.inputBytes;
      let t = data.targets + from * data.targetBytes;
      if (indices !== 0) {
        const chosen = indices + 4 * from;
        kernels.gather(this.inputs, data.inputs, chosen, some, data.inputBytes);
        kernels.gather(this.#targets, data.targets, chosen, some, data.targetBytes);
        x = this.inputs;
        t = this.#targets;
      }
      const outputs = this.#forward.run(x, some, -1);
      if (data.classes) this.hits += kernels.hits(data.loss, outputs, t, some, width);
      mean += kernels.lossOf(data.loss, 0, outputs, t, some, width, architecture.delta) * (some / rows);
    }
    return mean + penaltyOf(architecture, params);
  }

  free(): void {
    heap.free(this.#block);
  }
}
