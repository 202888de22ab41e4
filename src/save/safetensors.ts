import { isCounts } from "../ndarray/ndarray.js";

/** A tensor of a file: its type by the format's name, its shape and its bytes, little-endian in C order. */
export interface Tensor {
  readonly dtype: "F64" | "F32" | "U8";
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface Contents {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const BYTES = { F64: 8, F32: 4, U8: 1 };

/**
 * A file in the format of safetensors:
 *
 *     8 bytes   n, the length of the header, little-endian
 *     n bytes   the header, JSON: { "__metadata__": { ... }, name: { dtype, shape, data_offsets: [begin, end] }, ... }
 *     the rest  the tensors' bytes, one after the other
 */
export function encode({ metadata, tensors }: Contents): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const unpadded = new TextEncoder().encode(JSON.stringify(header));
  const length = 8 * Math.ceil(unpadded.length / 8); // so that float64 lie where a typed array can begin
  const file = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(unpadded, 8);
  let at = 8 + length;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/**
 * What a file holds; the tensors are views of it.
 *
 * @throws {RangeError} if the file is truncated or not in the format, with the place where it breaks
 */
export function decode(file: Uint8Array): Contents {
  const broken = (why: string) => new RangeError(`The file is not a complete safetensors file: ${why}.`);
  const length = file.length < 8 ? 8 : Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > file.length - 8) throw broken(`it has ${file.length} bytes, its header would have ${length}`);
  let header: Record<string, unknown> | null;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, 8 + length)));
  } catch (error) {
    throw broken(`its header is no JSON (${(error as Error).message})`);
  }
  const { __metadata__: metadata, ...entries } = header ?? {};
  const data = file.subarray(8 + length);
  const tensors = new Map<string, Tensor>();
  let before = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const sound =
      (dtype === "F64" || dtype === "F32" || dtype === "U8") &&
      isCounts(shape) &&
      isCounts(offsets) &&
      offsets.length === 2 &&
      offsets[0] === before &&
      (offsets[1] as number) - before === shape.reduce((n, m) => n * m, BYTES[dtype]);
    if (!sound) throw broken(`the entry of ${JSON.stringify(name)} is ${JSON.stringify(entry)}`);
    const end = offsets[1] as number;
    if (end > data.length) throw broken(`${name} would end at byte ${end} of ${data.length}`);
    tensors.set(name, { dtype, shape, bytes: data.subarray(before, end) });
    before = end;
  }
  if (before !== data.length) throw broken(`its tensors end at byte ${before} of ${data.length}`);
  return { metadata: (metadata ?? {}) as Record<string, string>, tensors };
}
