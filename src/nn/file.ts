import { describe } from "../ndarray/dtype.js";
import type { Leaf, ParameterLayout } from "../params/parameters.js";
import { contentsOf, metadataOf } from "../save/format.js";
import { encode, type Tensor } from "../save/safetensors.js";
import { views } from "../wasm/heap.js";
import { type Architecture, architectureOf } from "./architecture.js";

const FORMAT = "steepest.network";

const TENSOR_TYPE = { float32: "F32", float64: "F64" } as const;

/**
 * A network as a safetensors file of
 *
 *     layers[0].weights, layers[0].biases, ...
 *     __metadata__   format, layout (1), library (its version), architecture: the options of mlp as JSON
 */
export function write(architecture: Architecture, layout: ParameterLayout, address: number): Uint8Array<ArrayBuffer> {
  const metadata = { ...metadataOf(FORMAT), architecture: JSON.stringify(architecture) };
  const dtype = TENSOR_TYPE[architecture.dtype];
  const tensors = layout.leaves.map((leaf): [string, Tensor] => {
    const { path, shape } = leaf;
    return [path, { dtype, shape, bytes: bytesOf(layout, leaf, address) }];
  });
  return encode({ metadata, tensors: new Map(tensors.sort(([a], [b]) => order(a) - order(b))) });
}

/** Where in the file a tensor comes: an optimizer may have put groups of its own first. */
function order(path: string): number {
  return 2 * Number(path.slice("layers[".length, path.indexOf("]"))) + (path.endsWith("biases") ? 1 : 0);
}

function bytesOf(layout: ParameterLayout, leaf: Leaf, address: number): Uint8Array {
  const at = layout.addressOf(leaf, address);
  return views.u8.subarray(at, at + leaf.size * leaf.type.bytes);
}

/** The architecture and the bytes of each tensor by its path, all of them checked against each other. */
export function read(file: unknown): { architecture: Architecture; tensors: Map<string, Uint8Array> } {
  const { metadata, tensors } = contentsOf(file, FORMAT, "a network");
  const architecture = parse(metadata.architecture);
  const { layers } = architecture;
  const dtype = TENSOR_TYPE[architecture.dtype];
  const bytes = new Map<string, Uint8Array>();
  for (const [l, outputs] of layers.slice(1).entries()) {
    for (const [path, shape] of [
      [`layers[${l}].weights`, [layers[l], outputs]],
      [`layers[${l}].biases`, [outputs]],
    ] as const) {
      const found = tensors.get(path);
      const wanted = `${dtype} of shape [${shape}]`;
      if (found === undefined) throw new RangeError(`The file lacks ${path}, ${wanted}.`);
      const given = `${found.dtype} of shape [${found.shape}]`;
      if (given !== wanted) throw new RangeError(`${path} of the file is ${given}; its architecture says ${wanted}.`);
      bytes.set(path, found.bytes);
    }
  }
  const unknown = [...tensors.keys()].find((path) => !bytes.has(path));
  if (unknown !== undefined) throw new RangeError(`The file has ${unknown}, which its architecture has not.`);
  return { architecture, tensors: bytes };
}

function parse(text: string | undefined): Architecture {
  try {
    return architectureOf(JSON.parse(text ?? ""));
  } catch (error) {
    throw new RangeError(`The file does not say its architecture: ${describe(text)} (${(error as Error).message}).`, {
      cause: error,
    });
  }
}

/** Refuses a file of a network that computes something else. */
export function checkSame(own: Architecture, file: Architecture): void {
  for (const name of ["layers", "activation", "loss", "dtype"] as const) {
    const [is, has] = [JSON.stringify(own[name]), JSON.stringify(file[name])];
    if (is !== has) throw new RangeError(`The file is of a network with ${name} ${has}; this one has ${is}.`);
  }
}

/** Copies tensors to a vector at an address. */
export function store(tensors: ReadonlyMap<string, Uint8Array>, layout: ParameterLayout, address: number): void {
  for (const leaf of layout.leaves) bytesOf(layout, leaf, address).set(tensors.get(leaf.path) as Uint8Array);
}

const MODULES = {
  identity: ["Identity"],
  relu: ["ReLU"],
  leakyRelu: ["LeakyReLU", 0.01],
  gelu: ["GELU"],
  silu: ["SiLU"],
  tanh: ["Tanh"],
  sigmoid: ["Sigmoid"],
  softplus: ["Softplus"],
} as const;

/**
 * The parameters as `nn.Sequential(*modules).state_dict()` has them: "0.weight" of shape [outputs, inputs], "0.bias",
 * "2.weight", ... Metadata: format "pt", and modules, a JSON array of names in torch.nn with their arguments.
 */
export function writeForTorch(
  { layers, activation, dropout, dtype }: Architecture,
  layout: ParameterLayout,
  address: number,
): Uint8Array<ArrayBuffer> {
  const modules: (readonly (string | number)[])[] = [];
  const tensors = new Map<string, Tensor>();
  const leafAt = (path: string) => layout.leaves.find((leaf) => leaf.path === path) as Leaf;
  for (const [l, outputs] of layers.slice(1).entries()) {
    const inputs = layers[l] as number;
    const weights = leafAt(`layers[${l}].weights`);
    const bytes = transposed(bytesOf(layout, weights, address), inputs, outputs, weights.type.bytes);
    tensors.set(`${modules.length}.weight`, { dtype: TENSOR_TYPE[dtype], shape: [outputs, inputs], bytes });
    const biases = bytesOf(layout, leafAt(`layers[${l}].biases`), address);
    tensors.set(`${modules.length}.bias`, { dtype: TENSOR_TYPE[dtype], shape: [outputs], bytes: biases });
    modules.push(["Linear", inputs, outputs]);
    const name = activation[l];
    if (name !== undefined) modules.push(MODULES[name]);
    if ((dropout[l] ?? 0) > 0) modules.push(["Dropout", dropout[l] as number]);
  }
  return encode({ metadata: { format: "pt", modules: JSON.stringify(modules) }, tensors });
}

function transposed(bytes: Uint8Array, rows: number, columns: number, size: number): Uint8Array {
  const turned = new Uint8Array(bytes.length);
  const View = size === 8 ? Float64Array : Float32Array;
  const from = new View(bytes.buffer as ArrayBuffer, bytes.byteOffset, rows * columns);
  const to = new View(turned.buffer);
  for (let i = 0; i < rows; ++i) for (let j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j] as number;
  return turned;
}
