import { describe } from "../ndarray/dtype.js";
import { decode, encode, type Tensor } from "../save/safetensors.js";
import type { EpochMetrics, Metric, Watched } from "./early-stopping.js";

declare const __VERSION__: string;

const FORMAT = "steepest.fit";
const LAYOUT = 1;

/** How far training is. */
export interface Progress {
  /** The epoch that is under way, from 1, and how many of its batches are done. */
  epoch: number;
  batch: number;
  steps: number;
  /** Over the batches of the epoch: rows, and loss and accuracy times rows. */
  sums: { rows: number; loss: number; right: number };
  /** Of the epochs that are done. */
  history: EpochMetrics[];
}

/** What must be the same for training to go on bit for bit, by the names that messages give it. */
export type Setting = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Training as a safetensors file of
 *
 *     history     a row for each epoch: its metrics, in their order
 *     sums        of the epoch under way: rows, loss, right answers; the best value
 *     best        the best weights so far, as they lie in linear memory
 *     optimizer   what `optimizer.save` gave
 *     __metadata__   format, layout (1), library (its version), setting, progress: { epoch, batch, steps, best, bad } as JSON
 */
export function writeProgress(
  { epoch, batch, steps, sums, history }: Progress,
  watched: Watched,
  metrics: readonly Metric[],
  setting: Setting,
  best: Uint8Array,
  optimizer: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const rows = history.flatMap((row) => metrics.map((name) => row[name] as number));
  const numbers = [sums.rows, sums.loss, sums.right, watched.best?.value ?? Number.NaN];
  return encode({
    metadata: {
      format: FORMAT,
      layout: String(LAYOUT),
      library: __VERSION__,
      setting: JSON.stringify(setting),
      progress: JSON.stringify({ epoch, batch, steps, best: watched.best?.epoch ?? 0, bad: watched.bad }),
    },
    tensors: new Map([
      ["history", tensor(rows, [history.length, metrics.length])],
      ["sums", tensor(numbers, [numbers.length])],
      ["best", { dtype: "U8", shape: [best.length], bytes: best }],
      ["optimizer", { dtype: "U8", shape: [optimizer.length], bytes: optimizer }],
    ]),
  });
}

function tensor(numbers: readonly number[], shape: readonly number[]): Tensor {
  return { dtype: "F64", shape, bytes: new Uint8Array(Float64Array.from(numbers).buffer) };
}

/**
 * What such a file holds, or an error.
 *
 * @param bytes as many as the weights have
 */
export function readProgress(
  file: unknown,
  metrics: readonly Metric[],
  setting: Setting,
  bytes: number,
): { progress: Progress; watched: Watched; best: Uint8Array; optimizer: Uint8Array } {
  if (!(file instanceof Uint8Array))
    throw new TypeError(`resume takes the Uint8Array that save gave; got ${describe(file)}.`);
  const { metadata, tensors } = decode(file);
  if (metadata.format !== FORMAT) {
    throw new RangeError(
      `The file is not the state of a training: its format is ${describe(metadata.format)}, not "${FORMAT}".`,
    );
  }
  if (metadata.layout !== String(LAYOUT)) {
    throw new RangeError(
      `The file has layout ${metadata.layout}, written by steepest ${metadata.library}; this one, ${__VERSION__}, reads layout ${LAYOUT}.`,
    );
  }
  const before = recordOf(metadata.setting);
  // As JSON has them: what is undefined is absent from both.
  for (const [name, value] of Object.entries(setting)) {
    if (before[name] !== value)
      throw new RangeError(
        `The file is of a training with ${name} ${describe(before[name])}; this one has ${describe(value)}.`,
      );
  }
  const { epoch, batch, steps, best: bestEpoch, bad } = recordOf(metadata.progress);
  const counts = [epoch, batch, steps, bestEpoch, bad];
  const [history, sums, best, optimizer] = ["history", "sums", "best", "optimizer"].map((name) => tensors.get(name));
  const rows = history?.shape[0] ?? 0;
  const sound =
    counts.every((n) => Number.isSafeInteger(n) && (n as number) >= 0) &&
    epoch === rows + 1 &&
    (bestEpoch as number) <= rows &&
    tensors.size === 4 &&
    history?.dtype === "F64" &&
    history.shape.length === 2 &&
    history.shape[1] === metrics.length &&
    sums?.dtype === "F64" &&
    sums.bytes.length === 32 &&
    best?.dtype === "U8" &&
    optimizer?.dtype === "U8";
  if (!sound) throw new RangeError("The file does not hold together: it was not written by save, or has been changed.");
  if (best.bytes.length !== bytes)
    throw new RangeError(`The file has weights of ${best.bytes.length} bytes; those of the model are ${bytes}.`);
  const values = floats(history.bytes);
  const [sumRows, loss, right, bestValue] = floats(sums.bytes) as unknown as [number, number, number, number];
  return {
    progress: {
      epoch: epoch as number,
      batch: batch as number,
      steps: steps as number,
      sums: { rows: sumRows, loss, right },
      history: Array.from({ length: rows }, (_, i) => {
        const row = metrics.map((name, k) => [name, values[i * metrics.length + k]]);
        return Object.fromEntries([["epoch", i + 1], ...row]);
      }),
    },
    watched: {
      best: bestEpoch === 0 ? undefined : { epoch: bestEpoch as number, value: bestValue },
      bad: bad as number,
    },
    best: best.bytes,
    optimizer: optimizer.bytes,
  };
}

function floats(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}

function recordOf(text: string | undefined): Record<string, unknown> {
  try {
    const record: unknown = JSON.parse(text ?? "");
    if (typeof record === "object" && record !== null) return record as Record<string, unknown>;
  } catch {}
  throw new RangeError(`The file does not say how far training was: ${describe(text)}.`);
}
