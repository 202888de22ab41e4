import { crc32 } from "node:zlib";

/** Bytes at a place of a file that is there in full. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export interface Member {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Where its own header lies. */
  readonly offset: number;
}

const END = 0x06054b50;
const LOCATOR = 0x07064b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const FULL = 0xffffffff;

/** The members of an archive, from the directory at its end; of more than 4 GiB, too. */
export async function membersOf(name: string, readAt: ReadAt, size: number): Promise<Member[]> {
  const damaged = new Error(`${name} is damaged or cut off: it has no directory of its arrays.`);
  // A comment of up to 64 kB may follow the end record.
  const tail = await readAt(Math.max(0, size - 65557), Math.min(size, 65557));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END) --end;
  if (end < 0) throw damaged;
  let [length, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (end >= 20 && tail.readUInt32LE(end - 20) === LOCATOR) {
    const record = await readAt(Number(tail.readBigUInt64LE(end - 12)), 56);
    if (record.length < 56 || record.readUInt32LE() !== END_64) throw damaged;
    [length, start] = [Number(record.readBigUInt64LE(40)), Number(record.readBigUInt64LE(48))];
  }
  if (start + length > size) throw damaged;
  const directory = await readAt(start, length);
  const members: Member[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY; ) {
    const [flags, method] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10)];
    const names = at + 46;
    const extras = names + directory.readUInt16LE(at + 28);
    const next = extras + directory.readUInt16LE(at + 30);
    const member = directory.toString("utf8", names, extras);
    if (flags & 1 || (method !== 0 && method !== 8))
      throw new Error(`${name} has ${member} encrypted or compressed in a way that NumPy does not write.`);
    // What does not fit 32 bits stands in an extra field, in this order.
    let wide = wideField(directory, extras, next);
    const take = (field: number) => {
      const value = directory.readUInt32LE(at + field);
      if (value !== FULL || wide.length < 8) return value;
      const large = Number(wide.readBigUInt64LE());
      wide = wide.subarray(8);
      return large;
    };
    const [bytes, compressed, offset] = [take(24), take(20), take(42)];
    members.push({
      name: member,
      deflated: method === 8,
      crc: directory.readUInt32LE(at + 16),
      compressed,
      size: bytes,
      offset,
    });
    at = next + directory.readUInt16LE(at + 32);
  }
  return members;
}

function wideField(directory: Buffer, from: number, to: number): Buffer {
  for (let at = from; at + 4 <= to; at += 4 + directory.readUInt16LE(at + 2))
    if (directory.readUInt16LE(at) === 1) return directory.subarray(at + 4, at + 4 + directory.readUInt16LE(at + 2));
  return Buffer.alloc(0);
}

/** Where the bytes of a member lie, from and to. */
export async function extentOf(
  name: string,
  readAt: ReadAt,
  { offset, compressed }: Member,
): Promise<[number, number]> {
  const local = await readAt(offset, 30);
  if (local.length < 30 || local.readUInt32LE() !== LOCAL) throw new Error(`${name} is damaged: a header is missing.`);
  const start = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  return [start, start + compressed];
}

/** The bytes of a member, and at their end whether they are those that were written. */
export async function* checked(name: string, chunks: AsyncIterable<Uint8Array>, { name: member, crc }: Member) {
  let sum = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== crc) throw new Error(`${name} is damaged: the checksum of ${member} does not match.`);
}

/**
 * Where stored members of known sizes lie in an archive, and the records around them. All sizes are written as 64 bits,
 * as NumPy does.
 *
 *     local header, 50 + name | bytes | local header | bytes | ... | directory | end, 64 bits | locator | end
 */
export class Layout {
  readonly starts: number[] = [];
  readonly #headers: number[] = [];
  readonly #end: number;

  constructor(
    readonly names: readonly string[],
    readonly sizes: readonly number[],
  ) {
    let at = 0;
    names.forEach((name, k) => {
      this.#headers.push(at);
      this.starts.push((at += 50 + name.length));
      at += sizes[k]!;
    });
    this.#end = at;
  }

  /** The records, each with its place, once the checksums are known. */
  records(crcs: readonly number[]): [place: number, bytes: Buffer][] {
    const locals = this.names.map((name, k): [number, Buffer] => {
      const size = BigInt(this.sizes[k]!);
      const fields = this.#fields(crcs[k]!, name);
      return [this.#headers[k]!, Buffer.concat([u32(LOCAL), fields, u16(20), Buffer.from(name), extra(size, size)])];
    });
    const directory = Buffer.concat(
      this.names.flatMap((name, k) => {
        const size = BigInt(this.sizes[k]!);
        // Comment, disk, attributes: none; the offset stands in the extra field.
        const rest = Buffer.concat([u16(28), Buffer.alloc(10), u32(FULL)]);
        const fields = this.#fields(crcs[k]!, name);
        const wide = extra(size, size, BigInt(this.#headers[k]!));
        return [u32(ENTRY), u16(45), fields, rest, Buffer.from(name), wide];
      }),
    );
    const count = this.names.length;
    const past = this.#end + directory.length;
    const end = Buffer.concat([
      ...[u32(END_64), u64(44n), u16(45), u16(45), u32(0), u32(0), u64(BigInt(count)), u64(BigInt(count))],
      ...[u64(BigInt(directory.length)), u64(BigInt(this.#end))],
      ...[u32(LOCATOR), u32(0), u64(BigInt(past)), u32(1)],
      ...[u32(END), u32(0), u16(count), u16(count), u32(FULL), u32(FULL), u16(0)],
    ]);
    return [...locals, [this.#end, directory], [past, end]];
  }

  /** What both headers have: version, flags, stored, 1980-01-01, checksum, sizes, length of the name. */
  #fields(crc: number, name: string): Buffer {
    return Buffer.concat([u16(45), u32(0), u16(0), u16(0x21), u32(crc), u32(FULL), u32(FULL), u16(name.length)]);
  }
}

const u16 = (value: number) => Buffer.from(Uint16Array.of(value).buffer);
const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: bigint) => Buffer.from(BigUint64Array.of(value).buffer);
const extra = (...values: bigint[]) => Buffer.concat([u16(1), u16(8 * values.length), ...values.map(u64)]);
