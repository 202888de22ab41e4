import { views } from "../wasm/heap.js";
import { describe, type Elements, TYPES, type TypeInfo, typeOf } from "./dtype.js";
import { addressOf, elementsOf, NDArray, type Shape, sizeOf, viewOf } from "./ndarray.js";

/** Nested arrays of numbers, of any depth. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** An array as the functions of this package take it, whatever it came as. */
export interface Operand {
  /** What to answer with: the same kind. */
  readonly kind: "ndarray" | "typed" | "nested";
  readonly type: TypeInfo;
  readonly shape: Shape;
  readonly size: number;
  readonly unit: string | undefined;
  /** Where the elements lie in linear memory, C-ordered and aligned; else -1. */
  readonly address: number;
  /** The elements if address is -1, lanes interleaved: in JavaScript memory, or a layout over linear memory. */
  readonly data: Elements | undefined;
  /** Whose bytes the elements are; where linear memory may have grown since, read the operand anew. */
  readonly buffer: ArrayBufferLike;
  /** Copies elements of `data` to a typed array in C order; undefined if `data` is in C order from its start. */
  readonly gather?: (start: number, count: number, target: Elements, convert?: Conversion) => void;
}

/** What an entry becomes where it is written. */
export type Conversion = (entry: number | bigint) => number | bigint;

/**
 * Reads an array that lies in C order. Any that the package accepts: see `toOperand`, which bundles of an optimizer do
 * without.
 *
 * @param value an NDArray, a typed array or (nested) plain arrays
 * @param wanted the type that plain arrays are read as if their entries are of its kind
 * @returns undefined if the value is none of these
 * @throws if it is one of these, but broken: freed, detached, ragged, out of its own bounds
 */
export function denseOperand(value: unknown, wanted?: TypeInfo): Operand | undefined {
  if (value instanceof NDArray) {
    const address = addressOf(value);
    const data = address < 0 ? elementsOf(value) : undefined;
    return operand("ndarray", TYPES[value.dtype], value.shape, value.unit, address, data);
  }
  const type = typeOf(value);
  if (type) return typed("typed", type, value as Elements, [(value as Elements).length]);
  return Array.isArray(value) ? nested(value, wanted) : undefined;
}

/** What `read` gives, but what is broken is said to be at `path`. */
export function operandAt(path: string, read: () => Operand | undefined): Operand | undefined {
  try {
    return read();
  } catch (error) {
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

export function operand(
  kind: Operand["kind"],
  type: TypeInfo,
  shape: Shape,
  unit: string | undefined,
  address: number,
  data: Elements | undefined,
  buffer: ArrayBufferLike = data === undefined ? views.buffer : data.buffer,
): Operand {
  return { kind, type, shape, size: sizeOf(shape), unit, address, data, buffer };
}

/** Elements in C order, which may be a view of linear memory itself. */
export function typed(kind: Operand["kind"], type: TypeInfo, data: Elements, shape: Shape, unit?: string): Operand {
  refuseDetached(data);
  const { buffer } = data;
  const resident = buffer === views.buffer;
  return operand(kind, type, shape, unit, resident ? data.byteOffset : -1, resident ? undefined : data, buffer);
}

export function refuseDetached(data: Elements): void {
  if (data.length > 0) return;
  try {
    new Uint8Array(data.buffer);
  } catch {
    throw new TypeError(
      `The ${describe(data)} is detached: its buffer was transferred, or linear memory grew since the view was taken (take array.data anew after each call).`,
    );
  }
}

/** NumPy's limit; an array that holds itself stops here. */
const MOST_NESTED = 64;

export function nested(values: readonly unknown[], wanted?: TypeInfo): Operand {
  const shape: number[] = [];
  let first: unknown = values;
  for (let row = lengthOf(first); row !== undefined; row = lengthOf(first)) {
    shape.push(row);
    if (shape.length > MOST_NESTED) throw new RangeError(`Arrays nest at most ${MOST_NESTED} deep.`);
    if (row === 0) break;
    first = (first as unknown[])[0];
  }
  const entry = typeof first;
  let type = entry === "bigint" ? TYPES.int64 : entry === "boolean" ? TYPES.bool : TYPES.float64;
  if (wanted !== undefined && (entry === wanted.entry || sizeOf(shape) === 0)) type = wanted;
  const data = new type.View(sizeOf(shape));
  fill(values, [], 0);
  return operand("nested", type, shape, undefined, -1, data);

  /** Writes the row at `path` from data[at] on. */
  function fill(row: readonly unknown[], path: readonly number[], at: number): void {
    const axis = path.length + 1;
    const length = shape[axis];
    if (length !== undefined) {
      const step = sizeOf(shape.slice(axis));
      for (let i = 0; i < row.length; ++i) {
        const here = [...path, i];
        if (lengthOf(row[i]) !== length) throw misfit(row[i], here, `an array of length ${length}`, true);
        fill(row[i] as unknown[], here, at + i * step);
      }
      return;
    }
    for (let i = 0; i < row.length; ++i) {
      const entry = row[i];
      if (typeof entry !== type.entry)
        throw misfit(entry, [...path, i], `a ${type.entry}`, lengthOf(entry) !== undefined);
      data[at + i] = entry as number;
      if (typeof entry === "bigint" && data[at + i] !== entry)
        throw new RangeError(`Element [${[...path, i].join("][")}] is ${entry}n, which does not fit ${type.name}.`);
    }
  }
}

function misfit(entry: unknown, path: number[], expected: string, ragged: boolean): Error {
  const text = `[${path.join("][")}] is ${describe(entry)} where ${expected} was expected.`;
  return ragged ? new RangeError(`Ragged array: element ${text}`) : new TypeError(`Element ${text}`);
}

/** The length of a row, or undefined for an element. */
function lengthOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeOf(value) === undefined) return undefined;
  refuseDetached(value as Elements);
  return (value as Elements).length;
}

/**
 * Copies elements start to start + count of an operand, in C order, to linear memory, converted to `type`.
 * Between floating types values round to nearest; bigints become the nearest double.
 */
export function copyIn(source: Operand, start: number, count: number, address: number, type: TypeInfo): void {
  // A view less: for a thousand elements making one takes half as long as copying.
  if (source.type === type && type.View === Float64Array && source.gather === undefined)
    views.f64.set(entriesOf(source, start, count) as unknown as Float64Array, address / 8);
  else transfer(source, start, count, viewOf(type, address, count), type);
}

/** As `copyIn`, to any typed array of `type`. */
export function transfer(source: Operand, start: number, count: number, target: Elements, type: TypeInfo): void {
  const into = type.entry === "bigint";
  const convert = (source.type.entry === "bigint") === into ? undefined : into ? (toBigInt as Conversion) : Number;
  if (source.gather) {
    source.gather(start, count, target, convert);
    return;
  }
  const piece = entriesOf(source, start, count);
  if (!convert) target.set(piece as unknown as ArrayLike<never>);
  else for (let i = 0; i < piece.length; ++i) target[i] = convert(piece[i] as number);
}

/** The entries of some elements of an operand in C order. */
function entriesOf({ data, type, address, size }: Operand, start: number, count: number): Elements {
  if (data === undefined) return viewOf(type, address + start * type.bytes, count);
  return count === size ? data : data.subarray(start * type.lanes, (start + count) * type.lanes);
}

/** Truncated toward zero, as a cast. */
function toBigInt(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot become a 64-bit integer.`);
  return BigInt(Math.trunc(value));
}
