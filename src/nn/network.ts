import type { FloatArray } from "../gradient/gradient.js";
import { answerOf, discard, elementsIn, makeResult, resultType } from "../gradient/results.js";
import type { ArrayLikeND } from "../ndarray/array-like.js";
import { describe, type Elements, type TypedArray } from "../ndarray/dtype.js";
import { type NDArray, viewOf } from "../ndarray/ndarray.js";
import type { NestedNumbers } from "../ndarray/operand.js";
import type { Lbfgs } from "../optim/lbfgs.js";
import type { Optimizer } from "../optim/optimizer.js";
import { ParameterVector } from "../params/parameters.js";
import { views } from "../wasm/heap.js";
import { type Architecture, architectureOf, type MlpOptions } from "./architecture.js";
import { type Batch as AnyBatch, bring, Dataset, pairsOf, rowsOf } from "./dataset.js";
import { Evaluator } from "./evaluator.js";
import { checkSame, read, store, write, writeForTorch } from "./file.js";
import { kernelsOf } from "./kernels.js";
import { initialize, layoutOf, type Places, placesIn, typeOfNetwork } from "./layers.js";
import { Trainer } from "./trainer.js";

/** Arrays of numbers of any kind. */
export type Samples = NestedNumbers | TypedArray | NDArray | ArrayLikeND;

/** Samples, and for each what the network should make of it. */
export interface Batch {
  /**
   * A row for each sample: nested arrays, a typed array of row after row, an NDArray, or { data, shape }; a number for
   * each where the network has one input.
   */
  readonly inputs: Samples;
  /**
   * Rows of as many numbers as there are outputs, or if that is one, numbers. For crossEntropy labels, integers from 0
   * on, or rows of probabilities; for binaryCrossEntropy probabilities.
   */
  readonly targets: Samples;
}

/** Weights and biases of each layer, or their gradient. */
export type NetworkParams = {
  /** One for each layer after the inputs. */
  readonly layers: readonly {
    /** What a layer multiplies its inputs by. */
    readonly weights: NDArray<readonly [inputs: number, outputs: number]>;
    /** What it adds. */
    readonly biases: NDArray<readonly [outputs: number]>;
  }[];
};

/** What inputs of type X give: floats keep their type, integers give float64. */
export type Outputs<X> =
  X extends NDArray<infer S>
    ? number extends S["length"]
      ? NDArray
      : S["length"] extends 1
        ? NDArray<readonly [number]>
        : NDArray<readonly [number, number]>
    : X extends TypedArray
      ? FloatArray<X>
      : X extends readonly number[]
        ? number[]
        : X extends readonly unknown[]
          ? number[][]
          : NDArray;

/** So many chunks are brought to linear memory at a time: some MiB. */
const CHUNKS = 16;

/** What a network needs of an optimizer. */
type Attached = Pick<Optimizer<NetworkParams>, "vectors">;

/**
 * A network of dense layers, made by `mlp` or `loadNetwork`. Its parameters lie in linear memory, until `free`.
 *
 *     a = σ(x weights + biases), layer by layer; the last one has no σ
 *
 * @example
 * const network = mlp({ layers: [2, 8, 1], activation: "tanh", loss: "mse", dtype: "float64", seed: 3 });
 * const optimizer = adam({ learningRate: 0.05 }).init(network.params);
 * network.attach(optimizer);
 * const batch = { inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [0, 1, 1, 0] };
 * for (let k = 0; k < 300; ++k) {
 *   network.gradient(batch);
 *   optimizer.step();
 * }
 * console.log(network.predict([[0, 1], [1, 1]]).map(([y]) => y.toFixed(2))); // [ '1.00', '0.00' ]
 * network.detach();
 */
export class Network implements Disposable {
  /** The options of `mlp` as they came to be. */
  readonly architecture: Architecture;
  readonly #own: ParameterVector;
  readonly #ownPlaces: Places;
  /** For gradients while no optimizer is attached. */
  #gradient: ParameterVector | undefined;
  #optimizer: Attached | undefined;
  #places: Places;
  #gradientPlaces: Places | undefined;
  #freed = false;
  #training = false;

  /** @internal */
  constructor(architecture: Architecture, values?: ReadonlyMap<string, Uint8Array>) {
    if (typeof Symbol.dispose === "symbol") this[Symbol.dispose] = this.free;
    kernelsOf(architecture.dtype === "float64" ? "f64" : "f32"); // compiled, or refused, before memory is taken
    this.architecture = architecture;
    this.#own = new ParameterVector(layoutOf(architecture));
    this.#ownPlaces = placesIn(this.#own);
    this.#places = this.#ownPlaces;
    if (values === undefined) initialize(architecture, this.#places);
    else store(values, this.#own.layout, this.#own.address);
  }

  /** The same as `free`, for `using`. */
  declare [Symbol.dispose]: () => void;

  /**
   * Weights and biases, as views: writing into them is welcome, putting other arrays in their place is refused. While an
   * optimizer is attached they are its `params`.
   */
  get params(): NetworkParams {
    return this.#params.structure as NetworkParams;
  }

  /** The vector that counts now. */
  get #params(): ParameterVector {
    if (this.#freed) throw new TypeError("This network was freed and must not be used any more.");
    return this.#optimizer === undefined ? this.#own : this.#optimizer.vectors.params;
  }

  /** The vector that gradients are written to. */
  get #grads(): ParameterVector {
    if (this.#optimizer !== undefined) return this.#optimizer.vectors.grads;
    this.#gradient ??= new ParameterVector(this.#own.layout);
    return this.#gradient;
  }

  /**
   * What the network makes of samples: probabilities if its loss is crossEntropy (they add up to 1) or
   * binaryCrossEntropy, else the last layer as it is.
   *
   * @param inputs rows of samples, of any kind and number; or a flat array of one sample, or of any number of them for a
   *   network with one input
   * @returns a row of outputs for each sample, of the kind of the inputs: nested arrays, a typed array (floats keep their
   *   type, integers give a Float64Array), or an NDArray; of a flat array a flat one
   * @throws {RangeError} if the rows are not as long as the first layer, or an input is not finite, with its place
   */
  predict<X extends Samples>(inputs: X): Outputs<X> {
    const { loss } = this.architecture;
    return this.#outputs(inputs, loss) as Outputs<X>;
  }

  /** As `predict`, but the last layer as it is: logits, where the loss turns them into probabilities. */
  logits<X extends Samples>(inputs: X): Outputs<X> {
    return this.#outputs(inputs, "") as Outputs<X>;
  }

  #outputs(inputs: unknown, loss: string): unknown {
    this.#checkInPlace();
    const { layers, dtype } = this.architecture;
    const type = typeOfNetwork(this.architecture);
    const width = layers.at(-1) as number;
    const given = rowsOf("inputs", inputs, layers[0] as number);
    const { source, rows } = given;
    const flat = source.kind !== "typed" && source.shape.length === 1;
    const size = rows * width;
    const shape = flat ? [size] : [rows, width];
    const evaluator = new Evaluator(this.architecture, this.#places, rows);
    let result: NDArray | Elements | undefined;
    try {
      const { kind } = source;
      const own = resultType(source.type);
      result = makeResult({ ...source, shape: kind === "typed" ? [size] : shape, size, unit: undefined }, own);
      const { softmax, activate } = kernelsOf(dtype === "float64" ? "f64" : "f32");
      for (let from = 0; from < rows; from += evaluator.chunk) {
        const some = Math.min(evaluator.chunk, rows - from);
        const outputs = evaluator.outputs(bring(given, from, some, evaluator.inputs, type, false), some);
        if (loss === "crossEntropy") softmax(outputs, outputs, some, width);
        else if (loss === "binaryCrossEntropy") activate(6, outputs, outputs, some * width);
        elementsIn(result).set(viewOf(type, outputs, some * width) as unknown as ArrayLike<never>, from * width);
      }
      return answerOf(result, { ...source, shape }, own);
    } catch (error) {
      discard(result);
      throw error;
    } finally {
      evaluator.free();
    }
  }

  /**
   * The loss of a batch: its mean, without dropout, and with the penalty `l2`.
   *
   * @throws {RangeError} if inputs or targets do not have the shape that the network takes, a label is out of range, or a
   *   number is not finite, with its place
   */
  loss(batch: Batch): number {
    return this.#evaluate(batch).loss;
  }

  /** The share of answers that are right, from 0 to 1, if the loss is crossEntropy or binaryCrossEntropy. */
  accuracy(batch: Batch): number {
    if (!this.hasAccuracy) {
      throw new TypeError(
        `accuracy is for crossEntropy and binaryCrossEntropy; this network's loss is ${this.architecture.loss}.`,
      );
    }
    return this.#evaluate(batch).accuracy;
  }

  #evaluate(batch: Batch): { loss: number; accuracy: number } {
    this.#checkInPlace();
    const pairs = pairsOf(this.architecture, batch, "");
    const { rows } = pairs.inputs;
    const evaluator = this.evaluator(rows);
    const part = CHUNKS * evaluator.chunk;
    let loss = 0;
    let hits = 0;
    try {
      for (let first = 0; first < rows; first += part) {
        const data = new Dataset(this.architecture, pairs, false, first, Math.min(part, rows - first));
        try {
          loss += evaluator.loss(data) * (data.rows / rows);
          hits += evaluator.hits;
        } finally {
          data.free();
        }
      }
    } finally {
      evaluator.free();
    }
    return { loss, accuracy: hits / (rows * this.judged) };
  }

  /**
   * The gradient of `loss` at a batch, by backpropagation.
   *
   *     dz = ∂loss/∂z    dW = xᵀ dz + λ W    db = Σ dz    dz of the layer before = (dz Wᵀ) ∘ σ'
   *
   * @returns in the structure of `params`, views of the same memory at each call: the gradient vector of the optimizer if
   *   one is attached, so that its `step()` needs no argument
   * @throws {RangeError} as `loss` does
   */
  gradient(batch: Batch): NetworkParams {
    return this.valueAndGradient(batch).gradient;
  }

  /** What `loss` and `gradient` give, in one pass. */
  valueAndGradient(batch: Batch): {
    /** The loss. */
    value: number;
    /** Views of the same memory at each call, as `gradient` gives them. */
    gradient: NetworkParams;
  } {
    const data = this.dataset(batch, "", false);
    try {
      const trainer = this.trainer(data.rows);
      try {
        return { value: trainer.gradient(data, 0, data.rows, -1), gradient: this.#grads.structure as NetworkParams };
      } finally {
        trainer.free();
      }
    } finally {
      data.free();
    }
  }

  /**
   * Trains where an optimizer keeps its vectors: from now on the parameters are those of the optimizer, and gradients are
   * written to its `gradients`, without a copy. Views of `params` from before are of the network's own parameters, which
   * wait until `detach`.
   *
   * @param optimizer of a rule's `init(network.params)`
   * @throws {TypeError} if the optimizer is over other parameters, or one is attached already
   */
  attach(optimizer: Optimizer<NetworkParams> | Lbfgs<NetworkParams>): void {
    const { layout } = this.#params;
    if (this.#optimizer !== undefined) throw new TypeError("An optimizer is attached already: detach it first.");
    if (typeof optimizer !== "object" || optimizer === null || !("vectors" in optimizer))
      throw new TypeError(`attach takes what a rule's init gave; got ${describe(optimizer)}.`);
    const { params, grads } = optimizer.vectors;
    const said = ({ leaves }: typeof layout) =>
      leaves.map(({ path, type, shape }) => `${path} ${type.name} [${shape}]`).sort();
    const [wanted, found] = [said(layout), said(params.layout)];
    const other = wanted.findIndex((leaf, i) => leaf !== found[i]);
    if (other >= 0 || found.length > wanted.length) {
      throw new TypeError(
        `The optimizer must be of init(network.params): ${other >= 0 ? `it has ${found[other]} in place of ${wanted[other]}` : "it has more parameters"}.`,
      );
    }
    this.#optimizer = optimizer;
    this.#places = placesIn(params);
    this.#gradientPlaces = placesIn(grads);
  }

  /**
   * Copies the parameters from the optimizer, or the averages that `swap` has put in their place, to the network's own.
   * Without an optimizer it does nothing.
   *
   * @throws {TypeError} in a callback of the `fit` that trains the network; or if the optimizer was freed, and its
   *   parameters with it: the network then has those from before
   */
  detach(): void {
    this.#checkIdle("detach");
    if (this.#optimizer === undefined) return;
    const optimizer = this.#optimizer;
    this.#optimizer = undefined;
    this.#gradientPlaces = undefined;
    this.#places = this.#ownPlaces;
    const { layout, address } = optimizer.vectors.params;
    for (const leaf of this.#own.layout.leaves) {
      const from = layout.leaves.find(({ path }) => path === leaf.path) as typeof leaf;
      const at = layout.addressOf(from, address);
      views.u8.copyWithin(this.#own.layout.addressOf(leaf, this.#own.address), at, at + leaf.size * leaf.type.bytes);
    }
  }

  /**
   * Architecture and parameters as a safetensors file.
   *
   * @example
   * const network = mlp({ layers: [2, 3, 1], loss: "mse" });
   * const copy = loadNetwork(network.save());
   * console.log(copy.predict([1, 2])[0] === network.predict([1, 2])[0]); // true
   */
  save(): Uint8Array<ArrayBuffer> {
    this.#checkInPlace();
    const { layout, address } = this.#params;
    return write(this.architecture, layout, address);
  }

  /**
   * Takes the parameters that `save` gave.
   *
   * @throws {RangeError} if the file is truncated, of another format, newer, or of a network with other layers,
   *   activations, loss or dtype; then nothing was changed
   * @throws {TypeError} if it is no Uint8Array
   */
  load(file: Uint8Array): void {
    const { layout, address } = this.#params;
    const { architecture, tensors } = read(file);
    checkSame(this.architecture, architecture);
    store(tensors, layout, address);
  }

  /**
   * The parameters for PyTorch, as a safetensors file: `safetensors.torch.load_file` gives what
   * `nn.Sequential(nn.Linear(...), nn.ReLU(), nn.Linear(...)).load_state_dict` takes. Layers of dropout count.
   */
  toTorch(): Uint8Array<ArrayBuffer> {
    this.#checkInPlace();
    const { layout, address } = this.#params;
    return writeForTorch(this.architecture, layout, address);
  }

  /**
   * Gives the memory back; an optimizer that is attached keeps its own. Freeing twice is harmless.
   *
   * @throws {TypeError} while `fit` trains the network
   */
  free(): void {
    if (this.#freed) return;
    this.#checkIdle("free");
    this.#freed = true;
    this.#optimizer = undefined;
    this.#own.free();
    this.#gradient?.free();
  }

  /** What training has come to would be lost. */
  #checkIdle(call: string): void {
    if (this.#training) throw new TypeError(`This network is in training: ${call} it when fit has ended.`);
  }

  /** Says that training begins or ends. @internal */
  hold(training: boolean): void {
    this.#training = training;
  }

  #checkInPlace(): void {
    this.#params.checkStructure();
  }

  /** Whether answers are right or wrong. @internal */
  get hasAccuracy(): boolean {
    return this.architecture.loss.toLowerCase().endsWith("crossentropy");
  }

  /** How many answers of a row are: one class, or each of several outputs by itself. @internal */
  get judged(): number {
    const { loss, layers } = this.architecture;
    return loss === "crossEntropy" ? 1 : (layers.at(-1) as number);
  }

  /** Samples for a trainer or an evaluator; `name` is put before "inputs" in errors. @internal */
  dataset(batch: AnyBatch, name = "", copy = true): Dataset {
    this.#checkInPlace();
    return new Dataset(this.architecture, pairsOf(this.architecture, batch, name), copy);
  }

  /** Holds while nothing is attached or detached, and the optimizer not freed. @internal */
  trainer(rows: number, differences = false): Trainer {
    const gradient = this.#gradientPlaces ?? placesIn(this.#grads);
    return new Trainer(this.architecture, this.#places, gradient, rows, differences);
  }

  /** Holds as long as a trainer. @internal */
  evaluator(rows?: number): Evaluator {
    return new Evaluator(this.architecture, this.#places, rows);
  }
}

/**
 * A network of dense layers, with initial weights drawn by a seed: the same in every runtime.
 *
 * @param options `layers` and `loss`; `activation`, `dtype`, `seed`, `initialization`, `dropout`, `l2`, `delta`
 * @throws {RangeError} if an option is out of range or there is no memory for the parameters
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const network = mlp({ layers: [3, 4, 2], loss: "crossEntropy", seed: 1 });
 * const [p, q] = network.predict([0.5, -1, 2]);
 * console.log((p + q).toFixed(6)); // 1.000000
 * network.free();
 * @see X. Glorot & Y. Bengio (2010), K. He et al. (2015) and Y. LeCun et al. (1998) on initial weights; J. Salmon et al.
 *   (2011) on the generator, Philox4x32-10
 */
export function mlp(options: MlpOptions): Network {
  return new Network(architectureOf(options));
}

/**
 * The network that `save` wrote, with its architecture.
 *
 * @param file the bytes of a safetensors file
 * @throws {RangeError} if the file is truncated, of another format or newer
 * @throws {TypeError} if it is no Uint8Array
 * @example
 * const file = mlp({ layers: [2, 3, 1], loss: "mse" }).save();
 * console.log(loadNetwork(file).architecture.layers); // [ 2, 3, 1 ]
 * @see https://huggingface.co/docs/safetensors on the format
 */
export function loadNetwork(file: Uint8Array): Network {
  const { architecture, tensors } = read(file);
  return new Network(architecture, tensors);
}
