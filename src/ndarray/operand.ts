import { views } from "../wasm/heap.js";
import {
  type DType,
  describe,
  type Elements,
  supported,
  TYPES,
  type TypedArray,
  type TypeInfo,
  typeOf,
} from "./dtype.js";
import { addressOf, checkSize, elementsOf, NDArray, type Shape, sizeOf, stridesOf, viewOf } from "./ndarray.js";

/** Nested arrays of numbers, of any depth. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/**
 * An array of another library, or any other layout over flat data: scijs ndarray, numpy-ts, a transposed or reversed
 * view. Strides and offset count elements and may be negative; without strides the layout is C order.
 */
export interface ArrayLikeND {
  /** The elements, wherever in it the layout finds them. */
  readonly data: TypedArray | readonly number[];
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Type of the elements, if it is not that of the data. */
  readonly dtype?: string;
  /** What a tick of datetime64 or timedelta64 is. */
  readonly unit?: string | undefined;
  /** As `strides`, which scijs calls so. */
  readonly stride?: readonly number[];
  /** Elements from one to the next along each axis. */
  readonly strides?: readonly number[];
  /** Where the first element lies; 0 unless set. */
  readonly offset?: number;
}

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
  /** How `data` is laid out, in elements; undefined for C order from its start. */
  readonly layout: { strides: readonly number[]; offset: number } | undefined;
}

/**
 * Reads any array the package accepts.
 *
 * @param value an NDArray, a typed array, (nested) plain arrays, or { data, shape, ... }
 * @param wanted the type that plain arrays are read as if their entries are of its kind
 * @returns undefined if the value is none of these
 * @throws if it is one of these, but broken: freed, detached, ragged, out of its own bounds
 */
export function toOperand(value: unknown, wanted?: TypeInfo): Operand | undefined {
  if (value instanceof NDArray) {
    const address = addressOf(value);
    const data = address < 0 ? elementsOf(value) : undefined;
    return operand("ndarray", TYPES[value.dtype], value.shape, value.unit, address, data);
  }
  const type = typeOf(value);
  if (type !== undefined) return typed("typed", type, value as Elements, [(value as Elements).length]);
  if (Array.isArray(value)) return nested(value, wanted);
  return isArrayLike(value) ? strided(value) : undefined;
}

export function isArrayLike(value: unknown): value is ArrayLikeND {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

/** As `toOperand`, but what is broken is said to be at `path`. */
export function operandAt(path: string, value: unknown): Operand | undefined {
  try {
    return toOperand(value);
  } catch (error) {
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function operand(
  kind: Operand["kind"],
  type: TypeInfo,
  shape: Shape,
  unit: string | undefined,
  address: number,
  data: Elements | undefined,
  layout?: Operand["layout"],
): Operand {
  return { kind, type, shape, size: sizeOf(shape), unit, address, data, layout };
}

/** Elements in C order, which may be a view of linear memory itself. */
function typed(kind: Operand["kind"], type: TypeInfo, data: Elements, shape: Shape, unit?: string): Operand {
  refuseDetached(data);
  const resident = data.buffer === views.buffer;
  return operand(kind, type, shape, unit, resident ? data.byteOffset : -1, resident ? undefined : data);
}

function refuseDetached(data: Elements): void {
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

function nested(values: readonly unknown[], wanted?: TypeInfo): Operand {
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

function strided(value: ArrayLikeND): Operand {
  const { unit, offset = 0 } = value;
  const shape = integers("shape", value.shape);
  if (shape.some((length) => length < 0)) throw new RangeError(`shape must hold lengths of 0 or more; got [${shape}].`);
  checkSize(shape);
  if (unit !== undefined && typeof unit !== "string")
    throw new TypeError(`unit must be a string; got ${describe(unit)}.`);
  const { data, type } = dataOf(value);
  const given = value.strides ?? value.stride;
  const order = stridesOf(shape);
  const strides = given === undefined ? order : integers("strides", given);
  if (strides.length !== shape.length)
    throw new RangeError(`strides must be one integer for each of the ${shape.length} axes; got [${strides}].`);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new RangeError(`offset must be an integer of 0 or more; got ${describe(offset)}.`);

  const size = sizeOf(shape);
  let lowest = offset;
  let highest = offset;
  const contiguous = size === 0 || strides.every((stride, k) => shape[k] === 1 || stride === order[k]);
  for (const [k, stride] of strides.entries()) {
    const reach = ((shape[k] as number) - 1) * stride;
    if (reach < 0) lowest += reach;
    else highest += reach;
  }
  const available = Math.floor(data.length / type.lanes);
  refuseDetached(data);
  if (size > 0 && (lowest < 0 || highest >= available)) {
    throw new RangeError(
      `The layout of shape [${shape}]${given ? `, strides [${strides}]` : ""} and offset ${offset} reaches from element ${lowest} to ${highest}, but data has ${available}.`,
    );
  }
  if (contiguous)
    return typed("ndarray", type, data.subarray(offset * type.lanes, (offset + size) * type.lanes), shape, unit);
  const found = operand("ndarray", type, shape, unit, -1, data, { strides, offset });
  if (data.buffer !== views.buffer) return found;
  // Linear memory may grow, and detach `data`, before the elements are read.
  const { byteOffset, length } = data;
  return {
    ...found,
    get data() {
      return viewOf(type, byteOffset, length / type.lanes);
    },
  };
}

/** A copy of an array of integers. */
function integers(name: string, value: unknown): number[] {
  if (!Array.isArray(value) && typeOf(value) === undefined)
    throw new TypeError(`${name} must be an array; got ${describe(value)}.`);
  const copy = Array.from(value as ArrayLike<number>);
  if (!copy.every(Number.isSafeInteger)) throw new RangeError(`${name} must hold integers; got [${copy}].`);
  return copy;
}

/** The flat data of an array-like and its element type. */
function dataOf({ data, dtype }: ArrayLikeND): { data: Elements; type: TypeInfo } {
  // Other libraries have names of their own ("double", "generic"): those say nothing that the data does not.
  const named = typeof dtype === "string" && Object.hasOwn(TYPES, dtype) ? supported(TYPES[dtype as DType]) : undefined;
  const plain = Array.isArray(data) ? nested(data, named) : undefined;
  if (plain !== undefined && plain.shape.length !== 1) throw new TypeError("data must be flat; got nested arrays.");
  const own = plain?.type ?? typeOf(data);
  if (own === undefined)
    throw new TypeError(`data must be a typed array or an array of numbers; got ${describe(data)}.`);
  if (named !== undefined && named.View !== own.View)
    throw new TypeError(`data of dtype ${named.name} must be a ${named.View.name}; got ${describe(data)}.`);
  return { data: plain?.data ?? (data as unknown as Elements), type: named ?? own };
}

/**
 * Copies elements start to start + count of an operand, in C order, to linear memory, converted to `type`.
 * Between floating types values round to nearest; bigints become the nearest double.
 */
export function copyIn(source: Operand, start: number, count: number, address: number, type: TypeInfo): void {
  transfer(source, start, count, viewOf(type, address, count), type);
}

/** As `copyIn`, to any typed array of `type`. */
export function transfer(source: Operand, start: number, count: number, target: Elements, type: TypeInfo): void {
  const { lanes, entry } = source.type;
  const data = source.data ?? viewOf(source.type, source.address, source.size);
  const into = type.entry === "bigint";
  const convert = (entry === "bigint") === into ? undefined : into ? toBigInt : Number;
  if (source.layout !== undefined) {
    gather(source, source.layout, start, count, data, target, convert as Conversion);
    return;
  }
  const all = start === 0 && count === source.size;
  const piece = all ? data : data.subarray(start * lanes, (start + count) * lanes);
  if (convert === undefined) target.set(piece as unknown as ArrayLike<never>);
  else for (let i = 0; i < piece.length; ++i) target[i] = convert(piece[i] as number);
}

type Conversion = ((entry: number | bigint) => number | bigint) | undefined;

/** Truncated toward zero, as a cast. */
function toBigInt(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot become a 64-bit integer.`);
  return BigInt(Math.trunc(value));
}

/** Walks a strided layout in C order, row by row of its last axis. */
function gather(
  { shape, type: { lanes } }: Operand,
  { strides, offset }: NonNullable<Operand["layout"]>,
  start: number,
  count: number,
  data: Elements,
  target: Elements,
  convert: Conversion,
): void {
  const step = strides.at(-1) as number;
  for (let done = 0; done < count; ) {
    let from = offset;
    let end = count;
    for (let k = shape.length - 1, rest = start + done; k >= 0; --k) {
      const length = shape[k] as number;
      const i = rest % length;
      if (k === shape.length - 1) end = Math.min(count, done + length - i);
      from += i * (strides[k] as number);
      rest = (rest - i) / length;
    }
    for (; done < end; ++done, from += step) {
      for (let lane = 0; lane < lanes; ++lane) {
        const entry = data[from * lanes + lane] as number | bigint;
        target[done * lanes + lane] = convert === undefined ? entry : convert(entry);
      }
    }
  }
}
