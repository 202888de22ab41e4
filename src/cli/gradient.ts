import { constants } from "node:os";
import { AxisError, array, gradient, type NDArray, type Spacing } from "steepest";
import { NUMBER, numbers, type Option, type parse, UNSIGNED, word } from "./arguments.js";
import { blocksOf, Stepping } from "./blocks.js";
import { UsageError } from "./errors.js";
import { type InputOptions, openSamples, type Samples } from "./input.js";
import { sizeOf, typeOf } from "./npy.js";
import { FORMATS, formatOf, type Output, openOutput, type Results, removeUnfinished } from "./output.js";
import { Progress } from "./progress.js";

export const OPTIONS: Record<string, Option> = {
  axis: { takes: "many" },
  spacing: { takes: "many" },
  "edge-order": { takes: "one" },
  output: { short: "o", takes: "one" },
  format: { short: "f", takes: "one" },
  key: { takes: "one" },
  "skip-header": { takes: "one" },
  range: { takes: "many" },
  memory: { takes: "one" },
  help: { short: "h", takes: "nothing" },
};

const MiB = 2 ** 20;

/** What ends the program: a key, another program, a terminal that is closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `steepest gradient`. The command line is checked before any file is opened. */
export async function gradientCommand({ positionals, values }: ReturnType<typeof parse>): Promise<void> {
  const { axis, spacing = [], range } = values;
  const one = (name: string) => values[name]?.[0];
  const [path, ...more] = positionals;
  if (path === undefined) {
    const taken = Object.entries({ spacing, axis }).find(([, list]) => list?.some((text) => !NUMBER.test(text)));
    const hint =
      taken && `; --${taken[0]} takes all arguments up to the next option, so that the file stands before it`;
    throw new UsageError(`gradient needs a file to read, or - for standard input${hint ?? ""}.`);
  }
  if (more.length > 0)
    throw new UsageError(`gradient reads one file; got ${positionals.map((each) => JSON.stringify(each)).join(", ")}.`);
  const axes = axis && numbers("axis", axis, /^-?\d+$/, "integers");
  const edgeOrder = Number(word("edge-order", one("edge-order") ?? "1", ["1", "2"])) as 1 | 2;
  const format = one("format") === undefined ? undefined : word("format", one("format")!, FORMATS);
  const output = one("output") ?? "-";
  if (output !== "-") formatOf(output, format, "");
  else if (format === "npz") throw new UsageError("An npz cannot be written to standard output: name an --output.");
  const limits = range && numbers("range", range);
  if (limits !== undefined && !(limits.length === 2 && limits[0]! < limits[1]!))
    throw new UsageError(`--range takes two numbers, the smaller first; got ${range!.join(" ")}.`);
  const [lines] = numbers("skip-header", values["skip-header"] ?? ["0"], /^\d+$/, "an integer of 0 or more");
  const [memory] = numbers("memory", values["memory"] ?? ["64"], UNSIGNED, "a number of MiB");
  if ([path, ...spacing].filter((each) => each === "-").length > 1)
    throw new UsageError("Standard input holds one array: name a file for the others.");
  const options = { key: one("key"), skipHeader: lines, memory: memory! * MiB };

  const samples = await openSamples(path, options);
  try {
    const kind = formatOf(output, format, samples.format);
    if (output === "-" && kind !== "csv" && process.stdout.isTTY)
      throw new UsageError("The result is binary and standard output a terminal: name an --output, or --format csv.");
    const spacings: (number | NDArray)[] = [];
    for (const text of spacing) spacings.push(NUMBER.test(text) ? Number(text) : await coordinates(text, options));
    const rowByRow = kind === "csv" || kind === "png";
    await differentiate(samples, spacings, { axes, edgeOrder, memory: options.memory, rowByRow }, (results) =>
      openOutput(output, kind, { ...results, range: limits as [number, number] | undefined }),
    );
  } finally {
    await samples.close();
  }
}

/** Coordinates, or a single number with a type of its own; of an npz with several arrays `file.npz:name`. */
async function coordinates(text: string, { memory }: InputOptions): Promise<NDArray> {
  const [, path = text, key] = /^(.+\.npz):(.+)$/i.exec(text) ?? [];
  const choice = `--spacing ${path}:NAME`;
  const { name, type, unit, shape, read, close } = await openSamples(path, { key, memory, choice });
  try {
    if (shape.length > 1) throw new Error(`${name} holds an array of shape [${shape}], which are no coordinates.`);
    const bytes = Buffer.from(new ArrayBuffer(sizeOf(shape) * type.bytes));
    await read(bytes);
    const data = new type.View(bytes.buffer);
    return array({ data, dtype: type.dtype, shape, unit });
  } finally {
    await close();
  }
}

interface Asked {
  readonly axes: readonly number[] | undefined;
  readonly edgeOrder: 1 | 2;
  readonly memory: number;
  /** Whether the results must come in C order. */
  readonly rowByRow: boolean;
}

/** Reads block by block, differentiates and writes. */
async function differentiate(
  samples: Samples,
  spacings: readonly (number | NDArray)[],
  { axes: axesAsked, edgeOrder, memory, rowByRow }: Asked,
  open: (results: Omit<Results, "range">) => Promise<Output>,
): Promise<void> {
  const { name, type, unit, shape } = samples;
  const ndim = shape.length;
  if (ndim === 0) throw new Error(`${name} holds a single number, which has no gradient.`);
  const axes = axesOf(name, axesAsked, shape);
  const steps = spacingsOf(spacings, axes.length);
  // Column by column is row by row of the array with its axes in the other order.
  const fortran = samples.fortran && ndim > 1;
  const gathered = fortran && rowByRow;
  const turned = fortran && !gathered;
  const lengths = turned ? shape.toReversed() : shape;
  const own = turned ? axes.map((axis) => ndim - 1 - axis) : axes;
  const first = Math.min(...own);
  const cut = own.indexOf(first);

  const size = type.bytes;
  const most = gathered ? Number.POSITIVE_INFINITY : memory / (size + axes.length * Math.max(8, size));
  const stepping = asGradientOf(name, () => new Stepping(steps[cut]!, lengths[first]!));
  const progress = new Progress(sizeOf(shape) * size);
  let output: Output | undefined;
  const stop = (signal: NodeJS.Signals) => {
    progress.end();
    removeUnfinished();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    let buffer = Buffer.alloc(0);
    let [heldFrom, heldTo] = [0, 0];
    for (const { start, end, shape: part, from, to, rows } of blocksOf(lengths, first, most)) {
      const bytes = (end - start) * size;
      const target = buffer.length >= bytes ? buffer : Buffer.from(new ArrayBuffer(bytes));
      const kept = buffer.copy(target, 0, (start - heldFrom) * size, (heldTo - heldFrom) * size);
      await samples.read(target.subarray(kept, bytes));
      [buffer, heldFrom, heldTo] = [target, start, end];

      const data = new type.View(buffer.buffer, 0, bytes / type.View.BYTES_PER_ELEMENT);
      const f = gathered ? { shape, strides: columnStrides(shape) } : { shape: part };
      const here: Spacing[] = steps.map((step, k) => (k === cut ? stepping.within(rows, lengths[first]!) : step));
      const axis = gathered ? axes : own.map((each) => each - first + 1);
      const answer = asGradientOf(name, () =>
        gradient({ ...f, data, dtype: type.dtype, unit }, ...here, { axis, edgeOrder }),
      );
      const results = Array.isArray(answer) ? answer : [answer];
      const { dtype, unit: resultUnit } = results[0]!;
      // Not before the first result: what has no gradient leaves no file.
      output ??= await open({ type: typeOf(dtype), unit: resultUnit, shape, fortran: turned, axes });
      const lanes = results[0]!.data.length / results[0]!.size || 1;
      await output.write(results.map((result) => result.data.subarray(from * lanes, to * lanes)));
      for (const result of results) result.free();
      progress.update(end * size);
    }
    progress.end();
    await output!.commit();
  } catch (error) {
    progress.end();
    await output?.discard();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** The axes from 0 on. */
function axesOf(name: string, asked: readonly number[] | undefined, shape: readonly number[]): number[] {
  const ndim = shape.length;
  const axes = asked?.map((axis) => (axis < 0 ? axis + ndim : axis)) ?? shape.map((_, k) => k);
  return asGradientOf(name, () => {
    const outside = axes.findIndex((axis) => axis < 0 || axis >= ndim);
    if (outside >= 0) throw new AxisError(asked![outside]!, ndim);
    if (new Set(axes).size < axes.length) throw new RangeError("repeated axis");
    return axes;
  });
}

/** One spacing for each axis. */
function spacingsOf(spacings: readonly (number | NDArray)[], count: number): (number | NDArray)[] {
  const [only = 1] = spacings;
  if (spacings.length <= 1 && (typeof only === "number" || only.ndim === 0)) return Array(count).fill(only);
  if (spacings.length === count) return [...spacings];
  throw new Error(
    `--spacing takes one number for all axes, or for each axis a number or a file; got ${spacings.length}, and the number of axes is ${count}.`,
  );
}

/** NumPy's texts, as the end of a sentence about the file. */
function asGradientOf<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${name} has no such gradient: ${(error as Error).message.replace(/\.$/, "")}.`);
  }
}

/** Of an array whose first axis is the one whose elements lie side by side. */
function columnStrides(shape: readonly number[]): number[] {
  return shape.map((_, k) => sizeOf(shape.slice(0, k)));
}
