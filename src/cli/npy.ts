import type { DType, TypedArray } from "steepest";
import type { Reader } from "./reader.js";

interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  new (length: number): TypedArray;
}

/** An element type: NumPy's code in .npy files, its name, and the typed array that holds it. */
export interface ElementType {
  readonly code: string;
  readonly dtype: DType;
  readonly View: View;
  /** Bytes of one element; complex numbers have two entries. */
  readonly bytes: number;
}

const CLASSES: [code: string, dtype: DType, View: unknown][] = [
  ["f8", "float64", Float64Array],
  ["f4", "float32", Float32Array],
  ["f2", "float16", (globalThis as { Float16Array?: unknown }).Float16Array],
  ["i1", "int8", Int8Array],
  ["i2", "int16", Int16Array],
  ["i4", "int32", Int32Array],
  ["i8", "int64", BigInt64Array],
  ["u1", "uint8", Uint8Array],
  ["u2", "uint16", Uint16Array],
  ["u4", "uint32", Uint32Array],
  ["u8", "uint64", BigUint64Array],
  ["b1", "bool", Uint8Array],
  ["c8", "complex64", Float32Array],
  ["c16", "complex128", Float64Array],
  ["M8", "datetime64", BigInt64Array],
  ["m8", "timedelta64", BigInt64Array],
];
const TYPES = CLASSES.map(
  ([code, dtype, View]): ElementType => ({ code, dtype, View: View as View, bytes: Number(code.slice(1)) }),
);

export const typeOf = (dtype: DType): ElementType => TYPES.find((type) => type.dtype === dtype)!;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** What an array is, before its numbers. */
export interface Header {
  readonly type: ElementType;
  /** Of datetime64 and timedelta64. */
  readonly unit: string | undefined;
  readonly bigEndian: boolean;
  /** Whether the first axis is the one whose elements lie side by side. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

const MAGIC = "\x93NUMPY";

export const isNpy = (start: Buffer): boolean => start.toString("latin1", 0, 6) === MAGIC;

/**
 * Reads a header, and leaves the reader at the first number.
 *
 *     \x93NUMPY | major | minor | length: 2 bytes, from version 2 on 4 | a Python dictionary, padded
 */
export async function readHeader(name: string, reader: Reader): Promise<Header> {
  const bytes = async (count: number) => {
    const taken = Buffer.alloc(count);
    if ((await reader.fill(taken)) < count) throw new Error(`${name} ends within its header.`);
    return taken;
  };
  const start = await bytes(8);
  if (!isNpy(start)) throw new Error(`${name} is no .npy file.`);
  const length = start[6] === 1 ? (await bytes(2)).readUInt16LE() : (await bytes(4)).readUInt32LE();
  if (start[6]! > 3 || length > 2 ** 20) throw new Error(`${name} has a header of an unknown version.`);
  const text = (await bytes(length)).toString("utf8");
  const shape = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const descr = /'descr':\s*('[^']*'|\[.*\])/.exec(text)?.[1];
  if (shape === undefined || order === undefined || descr === undefined)
    throw new Error(`${name} has a header that NumPy does not write: ${text.trim().slice(0, 200)}.`);
  const [, sign, code, unit] = /^'([<>|=]?)(\w+)(?:\[(\w+)\])?'$/.exec(descr) ?? [];
  const type = TYPES.find((each) => each.code === code);
  if (type === undefined) throw new Error(`${name} holds ${descr}, which has no gradient.`);
  if (type.View === undefined) throw new Error(`${name} holds float16, for which Node 24 or newer is needed.`);
  const lengths = (shape.match(/\d+/g) ?? []).map(Number);
  if (!Number.isSafeInteger(sizeOf(lengths) * type.bytes)) throw new Error(`${name} has too many elements.`);
  return { type, unit, bigEndian: sign === ">", fortran: order === "True", shape: lengths };
}

/** The header that np.save writes, to the byte. */
export function header({ code }: ElementType, unit: string | undefined, shape: readonly number[], fortran: boolean) {
  const descr = `${code.endsWith("1") ? "|" : "<"}${code}${unit === undefined ? "" : `[${unit}]`}`;
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  let text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${tuple}, }`;
  // Room for the axis along which one may append.
  if (shape.length > 0) text += " ".repeat(21 - String(shape.at(fortran ? -1 : 0)).length);
  text += `${" ".repeat(64 - ((text.length + 11) % 64))}\n`;
  const start = Buffer.from(`${MAGIC}\x01\x00\x00\x00`, "latin1");
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(text)]);
}

/** Turns numbers of the other byte order round, in place. */
export function swap(bytes: Buffer, size: number): void {
  if (size === 8) bytes.swap64();
  else if (size === 4) bytes.swap32();
  else if (size === 2) bytes.swap16();
}
