import { closeSync, constants, openSync, realpathSync, rmSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { TypedArray } from "steepest";
import { format as formatNumber } from "./csv.js";
import { aboutFile, UsageError } from "./errors.js";
import { type ElementType, header, sizeOf } from "./npy.js";
import { png, rangeOf } from "./png.js";
import { Layout } from "./zip.js";

export const FORMATS = ["npy", "npz", "csv", "png"] as const;
export type Format = (typeof FORMATS)[number];

/** What results are written to. */
interface Target {
  /** Writes to a place, or behind what was written last. */
  write(bytes: Uint8Array, place?: number): Promise<void>;
  /** All is written: the file appears. */
  commit(): Promise<void>;
  /** Something failed: nothing is left. */
  discard(): Promise<void>;
}

const STANDARD_OUTPUT: Target = {
  write: (bytes) =>
    new Promise((resolve, reject) =>
      process.stdout.write(bytes, (error) => (error ? reject(aboutFile("standard output", error)) : resolve())),
    ),
  commit: async () => {},
  discard: async () => {},
};

/** Bytes that are written at once; the system takes less than 2 GiB. */
const MOST = 2 ** 30;

/** Files that are not complete. */
const unfinished = new Set<string>();

/** Removes them at once, for the end of the program: a signal waits for nothing. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
  unfinished.clear();
}

/** A file that is there when it is complete, under a name of its own until then. Devices and pipes are written directly. */
async function createFile(path: string): Promise<Target> {
  const failure = (error: unknown) => aboutFile(path, error, "could not be written: its directory does not exist");
  let existing: Stats | undefined;
  try {
    existing = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw failure(error);
  }
  if (existing?.isDirectory()) throw new Error(`${path} is a directory.`);
  const direct = existing !== undefined && !existing.isFile();
  // A link stays one.
  const place = existing === undefined ? path : realpathSync(path);
  const temporary = direct ? path : `${place}.${process.pid}.part`;
  let file: FileHandle;
  const remove = () => {
    if (unfinished.delete(temporary)) rmSync(temporary, { force: true });
  };
  try {
    if (!direct) {
      // Made and noted in one go, so that no signal comes between.
      closeSync(openSync(temporary, "w", existing?.mode));
      unfinished.add(temporary);
    }
    file = await open(temporary, constants.O_WRONLY);
  } catch (error) {
    remove();
    throw failure(error);
  }
  let end = 0;
  return {
    async write(bytes, at = end) {
      try {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await file.write(
            bytes,
            done,
            Math.min(MOST, bytes.length - done),
            direct ? null : at + done,
          );
          done += bytesWritten;
        }
      } catch (error) {
        throw failure(error);
      }
      end = at + bytes.length;
    },
    async commit() {
      try {
        await file.close();
        if (!direct) await rename(temporary, place);
        unfinished.delete(temporary);
      } catch (error) {
        remove();
        throw failure(error);
      }
    },
    async discard() {
      remove();
      await file.close();
    },
  };
}

/** What the results are. */
export interface Results {
  readonly type: ElementType;
  readonly unit: string | undefined;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  /** The axis of each. */
  readonly axes: readonly number[];
  /** Of a map: the values of its first and last colour. */
  readonly range: readonly [number, number] | undefined;
}

/** Takes the results, part by part in C order, and writes them when asked to. */
export interface Output {
  /** Parts of the results along each axis. */
  write(parts: readonly TypedArray[]): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** The file of each result: `out.npy` of one, `out.0.npy`, `out.1.npy` of several. */
export function pathsOf(path: string, axes: readonly number[]): string[] {
  if (axes.length === 1) return [path];
  const dot = /\.\w+$/.exec(path)?.index ?? path.length;
  return axes.map((axis) => `${path.slice(0, dot)}.${axis}${path.slice(dot)}`);
}

/**
 * Opens what results go to.
 *
 * @param path a file, or `-` for standard output
 */
export async function openOutput(path: string, format: Format, results: Results): Promise<Output> {
  const single = format === "npz" || format === "png";
  if (path === "-" && !single && results.axes.length > 1)
    throw new Error(
      `There are ${results.axes.length} results, which are too many for standard output: name an --output, or one --axis.`,
    );
  const sink = { npy, npz, csv, png: map }[format](results);
  const targets: Target[] = [];
  const discard = async () => void (await Promise.all(targets.splice(0).map((target) => target.discard())));
  try {
    for (const each of single ? [path] : pathsOf(path, results.axes))
      targets.push(each === "-" ? STANDARD_OUTPUT : await createFile(each));
    await sink.begin?.(targets);
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    write: (parts) => sink.write(parts, targets),
    async commit() {
      await sink.end?.(targets);
      for (let target = targets.shift(); target !== undefined; target = targets.shift()) await target.commit();
    },
    discard,
  };
}

/** How a format is written. */
interface Sink {
  begin?(targets: readonly Target[]): Promise<void>;
  write(parts: readonly TypedArray[], targets: readonly Target[]): Promise<void>;
  end?(targets: readonly Target[]): Promise<void>;
}

const bytesOf = (part: TypedArray) => Buffer.from(part.buffer, part.byteOffset, part.byteLength);

function npy({ type, unit, shape, fortran }: Results): Sink {
  const start = header(type, unit, shape, fortran);
  return {
    async begin(targets) {
      for (const target of targets) await target.write(start);
    },
    async write(parts, targets) {
      for (const [k, part] of parts.entries()) await targets[k]!.write(bytesOf(part));
    },
  };
}

function npz({ type, unit, shape, fortran, axes }: Results): Sink {
  const start = header(type, unit, shape, fortran);
  const layout = new Layout(
    axes.map((axis) => `axis_${axis}.npy`),
    axes.map(() => start.length + sizeOf(shape) * type.bytes),
  );
  const crcs = axes.map(() => crc32(start));
  const places = layout.starts.map((place) => place + start.length);
  return {
    async begin([target]) {
      for (const place of layout.starts) await target!.write(start, place);
    },
    async write(parts, [target]) {
      for (const [k, part] of parts.entries()) {
        const bytes = bytesOf(part);
        crcs[k] = crc32(bytes, crcs[k]);
        await target!.write(bytes, places[k]);
        places[k]! += bytes.length;
      }
    },
    async end([target]) {
      for (const [place, bytes] of layout.records(crcs)) await target!.write(bytes, place);
    },
  };
}

function refuseUnreal({ type }: Results, what: string): void {
  if (!type.dtype.startsWith("float"))
    throw new Error(`The result is ${type.dtype}, but ${what} holds real numbers: write .npy or .npz.`);
}

function csv(results: Results): Sink {
  const { shape, type } = results;
  refuseUnreal(results, "a csv");
  if (shape.length > 2) throw new Error(`The result has ${shape.length} axes, but a csv holds 2 at most.`);
  const columns = shape.length === 2 ? shape[1]! : 1;
  const single = type.dtype === "float32";
  let column = 0;
  return {
    async write(parts, targets) {
      let after = column;
      for (const [k, part] of parts.entries()) {
        after = column;
        let lines = "";
        for (let i = 0; i < part.length; ++i) {
          const last = ++after === columns;
          lines += formatNumber(part[i] as number, single) + (last ? "\n" : ",");
          if (last) after = 0;
          if (lines.length < 2 ** 20 && i < part.length - 1) continue;
          await targets[k]!.write(Buffer.from(lines));
          lines = "";
        }
      }
      column = after;
    },
  };
}

/** The one component, or the length of the vector. */
function map(results: Results): Sink {
  const { shape, axes } = results;
  refuseUnreal(results, "a map");
  const [height, width] = shape;
  if (shape.length !== 2 || height === 0 || width === 0)
    throw new Error(`The result has shape [${shape}], but a map is made of two axes with at least one sample each.`);
  // One part or two: there are two axes.
  const values = new Float64Array(height! * width!);
  let at = 0;
  return {
    async write(parts) {
      const [along, across] = parts as readonly ArrayLike<number>[];
      for (let i = 0; i < along!.length; ++i, ++at)
        values[at] = across === undefined ? along![i]! : Math.hypot(along![i]!, across[i]!);
    },
    async end([target]) {
      const range = results.range ?? rangeOf(values);
      const what = axes.length === 1 ? `derivative along axis ${axes[0]}` : "length of the gradient";
      await target!.write(png(values, height!, width!, range, `${what}, ${range.join(" to ")}`));
    },
  };
}

/** The format that a path or an option asks for. */
export function formatOf(path: string, asked: Format | undefined, input: string): Format {
  if (asked !== undefined) return asked;
  if (path === "-") return input === "csv" ? "csv" : "npy";
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() as Format;
  if (FORMATS.includes(extension)) return extension;
  throw new UsageError(`${path} does not say a format: end it in .npy, .npz, .csv or .png, or choose a --format.`);
}
