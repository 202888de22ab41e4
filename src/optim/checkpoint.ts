import { describe, type TypeInfo } from "../ndarray/dtype.js";
import { type Shape, sizeOf } from "../ndarray/ndarray.js";
import { contentsOf, metadataOf } from "../save/format.js";
import { type Contents, encode, type Tensor } from "../save/safetensors.js";
import { views } from "../wasm/heap.js";

const FORMAT = "steepest.optimizer";

/** One tensor of an optimizer, in linear memory. */
export interface Saved extends Tensor {
  readonly name: string;
}

/** @param path of the array that it belongs to, if it is of one */
export function savedAt(name: string, path: string, type: TypeInfo, shape: Shape, address: number): Saved {
  const bytes = views.u8.subarray(address, address + sizeOf(shape) * type.bytes);
  return { name: path === "" ? name : `${name}.${path}`, dtype: type.bytes === 8 ? "F64" : "F32", shape, bytes };
}

/** What of an optimizer is not in its tensors. */
export interface Progress {
  readonly stepCount: number;
  /** By stage: its name, its hyperparameters in the order of the records, and which of them go by a schedule. */
  readonly rule: readonly {
    readonly name: string;
    readonly hyperparameters: readonly string[];
    readonly scheduled: readonly string[];
  }[];
  /** Of the schedules that have a state, in the order in which the hyperparameters go by them. */
  readonly states?: readonly unknown[];
}

/**
 * An optimizer as a safetensors file of
 *
 *     params.<path>                          parameters, in the structure's paths: params.layers[0].bias
 *     <stage>.<rule>.<slot>.<path>           state, alike: 0.adam.expAvg.layers[0].bias
 *     <stage>.<rule>.records                 a row for each array, in the order of memory: steps made, scalars,
 *                                            hyperparameters, rows, columns
 *     <stage>.<rule>.totals                  what it keeps for all arrays together, if anything
 *     __metadata__   format, layout (1), library (its version), progress: { stepCount, rule, states } as JSON
 */
export function write(progress: Progress, saved: readonly Saved[]): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor>();
  for (const tensor of saved) {
    // Of { "a.b": ..., a: { b: ... } }, for instance.
    if (tensors.has(tensor.name)) throw new RangeError(`The file would have two ${tensor.name}: rename one.`);
    tensors.set(tensor.name, tensor);
  }
  return encode({ metadata: { ...metadataOf(FORMAT), progress: JSON.stringify(progress) }, tensors });
}

/**
 * The steps made, the states of schedules and the tensors, or an error before anything is written.
 *
 * @param present the progress and tensors of the optimizer that is to take them, which must match
 */
export function read(
  file: unknown,
  present: Progress,
  saved: readonly Saved[],
): { stepCount: number; states: readonly unknown[]; tensors: Contents["tensors"] } {
  const { metadata, tensors } = contentsOf(file, FORMAT, "the state of an optimizer");
  const { stepCount, rule, states } = progressOf(metadata.progress);
  const { length } = present.states ?? [];
  if (JSON.stringify(rule) !== JSON.stringify(present.rule)) {
    throw new RangeError(`The file is of ${named(rule)}; this optimizer is ${named(present.rule)}.`);
  }
  if (states.length !== length) {
    throw new RangeError(`The file has the state of ${states.length} schedules; this optimizer has ${length}.`);
  }
  const wanted = new Map(saved.map((tensor) => [tensor.name, tensor]));
  for (const name of [...tensors.keys(), ...wanted.keys()]) {
    const [has, needs] = [tensors, wanted].map((all) => said(all.get(name)));
    if (has !== needs) throw new RangeError(`${name} is ${has} in the file, ${needs} in this optimizer.`);
  }
  return { stepCount, states, tensors };
}

function progressOf(text: string | undefined): Required<Progress> {
  try {
    const { stepCount, rule, states = [] } = JSON.parse(text ?? "") as Progress;
    // `named` throws where the rule is not what it takes.
    if (Number.isSafeInteger(stepCount) && stepCount >= 0 && named(rule) && Array.isArray(states))
      return { stepCount, rule, states };
  } catch {}
  throw new RangeError(`The file does not say its progress: ${describe(text)}.`);
}

function said(tensor: Tensor | undefined): string {
  return tensor ? `${tensor.dtype} of shape [${tensor.shape}]` : "absent";
}

function named(rule: Progress["rule"]): string {
  return rule
    .map(({ name, scheduled }) => `${name} with ${scheduled.length > 0 ? scheduled.join(", ") : "nothing"} by schedule`)
    .join(", then ");
}
