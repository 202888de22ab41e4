import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createInflateRaw } from "node:zlib";
import { parseCsv, type Rows } from "./csv.js";
import { aboutFile } from "./errors.js";
import { type Header, isNpy, readHeader, sizeOf, swap, typeOf } from "./npy.js";
import { Reader, whole } from "./reader.js";
import { checked, extentOf, type Member, membersOf, type ReadAt } from "./zip.js";

/** An array that is yet to be read, once and from its start. */
export interface Samples extends Header {
  readonly name: string;
  readonly format: "npy" | "npz" | "csv";
  /** Fills the target with the next bytes, in this machine's order. */
  read(target: Buffer): Promise<void>;
  close(): Promise<void>;
}

export interface InputOptions {
  /** The array of an npz. */
  readonly key?: string | undefined;
  /** What chooses it on the command line. */
  readonly choice?: string;
  /** Lines before the numbers of a csv. */
  readonly skipHeader?: number | undefined;
  /** Bytes that may be held; a larger csv file is read twice. */
  readonly memory: number;
}

/** Bytes of a file, or of standard input. */
interface Source {
  readonly name: string;
  /** Its bytes from one place to another, as often as they are wanted; a pipe has neither places nor a second time. */
  readonly chunks: (from?: number, to?: number) => AsyncIterable<Uint8Array>;
  /** Unknown of a pipe. */
  readonly size: number | undefined;
  readonly readAt: ReadAt;
  readonly close: () => Promise<void>;
}

const CHUNK = 2 ** 20;

async function openSource(path: string): Promise<Source> {
  const unplaced = { size: undefined, readAt: () => Promise.reject(new Error(`${path} has no places.`)) };
  if (path === "-")
    return {
      ...unplaced,
      name: "standard input",
      chunks: () => process.stdin,
      close: async () => void process.stdin.destroy(),
    };
  try {
    if (!(await stat(path)).isFile()) {
      const stream = createReadStream(path);
      return { ...unplaced, name: path, chunks: () => stream, close: async () => void stream.destroy() };
    }
    const file = await open(path);
    const { size } = await file.stat();
    const readAt: ReadAt = async (position, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    async function* chunks(from = 0, to = size) {
      for (let at = from; at < to; ) {
        const chunk = await readAt(at, Math.min(CHUNK, to - at));
        if (chunk.length === 0) return;
        at += chunk.length;
        yield chunk;
      }
    }
    return { name: path, chunks, size, readAt, close: () => file.close() };
  } catch (error) {
    throw aboutFile(path, error);
  }
}

/** A source that was read to its end. */
function held({ name, close }: Source, bytes: Buffer): Source {
  const part = (from = 0, to = bytes.length) => bytes.subarray(from, to);
  return {
    name,
    chunks: async function* (from, to) {
      yield part(from, to);
    },
    size: bytes.length,
    readAt: async (position, length) => part(position, position + length),
    close,
  };
}

/** An array from a file, or from standard input if the path is `-`; the first bytes tell of what format. */
export async function openSamples(path: string, options: InputOptions): Promise<Samples> {
  const source = await openSource(path);
  try {
    const reader = new Reader(source.chunks());
    const start = await reader.peek(6);
    const zip = start.toString("latin1", 0, 4) === "PK\x03\x04" || start.toString("latin1", 0, 4) === "PK\x05\x06";
    if (!zip && options.key !== undefined)
      throw new Error(`${source.name} is no .npz file, so there is no array to choose with --key.`);
    if (zip) return await npz(source.size === undefined ? held(source, await whole(reader)) : source, options);
    if (isNpy(start)) return await npy(source, reader, "npy");
    return await csv(source, reader, options);
  } catch (error) {
    await source.close();
    throw aboutFile(source.name, error);
  }
}

async function npy(source: Source, reader: Reader, format: "npy" | "npz"): Promise<Samples> {
  const { name } = source;
  const header = await readHeader(name, reader);
  const total = sizeOf(header.shape) * header.type.bytes;
  let taken = 0;
  const read = async (target: Buffer) => {
    const filled = await reader.fill(target);
    taken += filled;
    if (filled < target.length) throw new Error(`${name} is cut off: it has ${taken} of ${total} bytes of numbers.`);
    // What follows holds no numbers, but an archive's checksum is found at the end.
    if (format === "npz" && taken === total) for await (const _ of reader);
    if (header.bigEndian) swap(target, header.type.View.BYTES_PER_ELEMENT);
  };
  return { ...header, name, format, read, close: source.close };
}

async function npz(source: Source, { key, choice = "--key" }: InputOptions): Promise<Samples> {
  const { name, readAt } = source;
  const members = (await membersOf(name, readAt, source.size as number)).filter((each) => each.name.endsWith(".npy"));
  const names = members.map((each) => each.name.slice(0, -4));
  const k = key === undefined && names.length === 1 ? 0 : names.indexOf(key as string);
  const member = members[k];
  if (member === undefined) {
    const list = names.length === 0 ? "no arrays" : names.join(", ");
    throw new Error(
      key === undefined
        ? `${name} holds ${list}${names.length > 0 ? `: choose one with ${choice}` : ""}.`
        : `${name} has no array ${JSON.stringify(key)}; it holds ${list}.`,
    );
  }
  const [from, to] = await extentOf(name, readAt, member);
  return npy(source, new Reader(checked(name, inflated(source, member, from, to), member)), "npz");
}

async function* inflated({ name, chunks }: Source, member: Member, from: number, to: number) {
  if (!member.deflated) return yield* chunks(from, to);
  try {
    const inflate = createInflateRaw({ chunkSize: CHUNK });
    // Errors arrive where the stream is read.
    pipeline(chunks(from, to), inflate, () => {});
    yield* inflate as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new Error(`${name} is damaged: ${member.name} cannot be decompressed (${(error as Error).message}).`);
  }
}

async function csv(source: Source, reader: Reader, { skipHeader = 0, memory }: InputOptions): Promise<Samples> {
  const { name, size } = source;
  const twice = size !== undefined && size > memory;
  const kept: Rows[] = [];
  let [count, columns] = [0, 0];
  for await (const rows of parseCsv(name, reader, skipHeader)) {
    count += rows.values.length;
    columns = rows.columns;
    if (!twice) kept.push(rows);
  }
  if (count === 0) throw new Error(`${name} holds no numbers.`);
  async function* bytes(tables: AsyncIterable<Rows> | Iterable<Rows>) {
    for await (const { values } of tables) yield Buffer.from(values.buffer);
  }
  const numbers = new Reader(bytes(twice ? parseCsv(name, source.chunks(), skipHeader) : kept));
  const lines = count / columns;
  return {
    name,
    format: "csv",
    type: typeOf("float64"),
    unit: undefined,
    bigEndian: false,
    fortran: false,
    shape: columns === 1 || lines === 1 ? [count] : [lines, columns],
    read: async (target) => {
      if ((await numbers.fill(target)) < target.length) throw new Error(`${name} changed while it was read.`);
    },
    close: source.close,
  };
}
