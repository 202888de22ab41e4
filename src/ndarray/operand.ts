import { views } from "../wasm/heap.js";
import {
  type DType,
  describe,
  type Elements,
  TYPES,
  type TypedArray,
  type TypeInfo,
  typeInfo,
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
  readonly data: TypedArray | readonly number[];
  readonly shape: readonly number[];
  readonly dtype?: string;
  /** What a tick of datetime64 or timedelta64 is. */
  readonly unit?: string | undefined;
  readonly stride?: readonly number[];
  readonly strides?: readonly number[];
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
  if (typeof value === "object" && value !== null && "data" in value && "shape" in value)
    return strided(value as ArrayLikeND);
  return undefined;
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
  if (data.length === 0 && isDetached(data)) {
    throw new TypeError(
      `The ${describe(data)} is detached: its buffer was transferred, or linear memory grew since the view was taken (take array.data anew after each call).`,
    );
  }
}

export function isDetached(data: Elements): boolean {
  try {
    new Uint8Array(data.buffer);
    return false;
  } catch {
    return true;
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
  fill(values, shape, 0, [], data, 0, type);
  return operand("nested", type, shape, undefined, -1, data);
}

/** The length of a row, or undefined for an element. */
function lengthOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeOf(value) === undefined) return undefined;
  refuseDetached(value as Elements);
  return (value as Elements).length;
}

function fill(
  row: readonly unknown[],
  shape: Shape,
  axis: number,
  path: number[],
  data: Elements,
  at: number,
  type: TypeInfo,
): void {
  const length = shape[axis] as number;
  if (axis === shape.length - 1) {
    for (let i = 0; i < length; ++i) {
      const entry = row[i];
      if (typeof entry !== type.entry) throw misfit(entry, [...path, i], type);
      if (typeof entry === "bigint" && wrap(type, entry) !== entry) {
        throw new RangeError(`Element [${[...path, i].join("][")}] is ${entry}n, which does not fit ${type.name}.`);
      }
      data[at + i] = entry as number;
    }
    return;
  }
  const step = sizeOf(shape.slice(axis + 1));
  for (let i = 0; i < length; ++i) {
    const inner = row[i];
    const found = lengthOf(inner);
    const here = [...path, i];
    if (found !== shape[axis + 1]) {
      throw new RangeError(
        `Ragged array: element [${here.join("][")}] ${found === undefined ? `is ${describe(inner)}` : `has length ${found}`} where those before it have length ${shape[axis + 1]}.`,
      );
    }
    fill(inner as unknown[], shape, axis + 1, here, data, at + i * step, type);
  }
}

function wrap(type: TypeInfo, value: bigint): bigint {
  return type === TYPES.uint64 ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}

function misfit(entry: unknown, path: number[], type: TypeInfo): Error {
  const where = `[${path.join("][")}]`;
  if (lengthOf(entry) !== undefined) {
    return new RangeError(
      `Ragged array: element ${where} is ${describe(entry)} where those before it are ${type.entry}s.`,
    );
  }
  return new TypeError(`Element ${where} is ${describe(entry)} where a ${type.entry} was expected.`);
}

function strided(value: ArrayLikeND): Operand {
  const { shape, unit } = value;
  if (!Array.isArray(shape) && typeOf(shape) === undefined)
    throw new TypeError(`shape must be an array of lengths; got ${describe(shape)}.`);
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0)
      throw new RangeError(`shape must hold lengths of 0 or more; got [${shape}].`);
  }
  checkSize(shape);
  if (unit !== undefined && typeof unit !== "string")
    throw new TypeError(`unit must be a string; got ${describe(unit)}.`);
  const { data, type } = dataOf(value);
  const strides = value.strides ?? value.stride;
  const offset = value.offset ?? 0;
  if (strides !== undefined) {
    if (!Array.isArray(strides) && typeOf(strides) === undefined)
      throw new TypeError(`strides must be an array; got ${describe(strides)}.`);
    if (strides.length !== shape.length || !Array.from(strides).every(Number.isSafeInteger)) {
      throw new RangeError(`strides must be one integer for each of the ${shape.length} axes; got [${strides}].`);
    }
  }
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new RangeError(`offset must be an integer of 0 or more; got ${describe(offset)}.`);

  const order = stridesOf(shape);
  const size = sizeOf(shape);
  let lowest = offset;
  let highest = offset;
  let contiguous = true;
  for (let k = 0; k < shape.length; ++k) {
    const length = shape[k] as number;
    const stride = strides?.[k] ?? (order[k] as number);
    if (length > 1 && stride !== order[k]) contiguous = false;
    const reach = Math.max(0, length - 1) * stride;
    if (reach < 0) lowest += reach;
    else highest += reach;
  }
  const available = Math.floor(data.length / type.lanes);
  refuseDetached(data);
  if (size > 0 && (lowest < 0 || highest >= available)) {
    throw new RangeError(
      `The layout of shape [${shape}]${strides ? `, strides [${strides}]` : ""} and offset ${offset} reaches from element ${lowest} to ${highest}, but data has ${available}.`,
    );
  }
  const copy = Array.from(shape);
  if (contiguous || size === 0) {
    return typed("ndarray", type, data.subarray(offset * type.lanes, (offset + size) * type.lanes), copy, unit);
  }
  const layout = { strides: Array.from(strides as readonly number[]), offset };
  const found = operand("ndarray", type, copy, unit, -1, data, layout);
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

/** The flat data of an array-like and its element type. */
function dataOf({ data, dtype }: ArrayLikeND): { data: Elements; type: TypeInfo } {
  // Other libraries have names of their own ("double", "generic"): those say nothing that the data does not.
  const named = typeof dtype === "string" && Object.hasOwn(TYPES, dtype) ? typeInfo(dtype as DType) : undefined;
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
  const { lanes } = source.type;
  const data = source.data ?? viewOf(source.type, source.address, source.size);
  const convert = source.type.entry === "bigint" ? type.entry !== "bigint" : type.entry === "bigint";
  if (source.layout === undefined) {
    const all = start === 0 && count === source.size;
    const piece = all ? data : data.subarray(start * lanes, (start + count) * lanes);
    if (!convert) target.set(piece as unknown as ArrayLike<never>);
    else if (type.entry === "bigint") for (let i = 0; i < piece.length; ++i) target[i] = toBigInt(piece[i] as number);
    else for (let i = 0; i < piece.length; ++i) target[i] = Number(piece[i]);
    return;
  }
  gather(
    source,
    start,
    count,
    data,
    target,
    convert ? (type.entry === "bigint" ? (x) => toBigInt(x as number) : Number) : undefined,
  );
}

/** Truncated toward zero, as a cast. */
function toBigInt(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot become a 64-bit integer.`);
  return BigInt(Math.trunc(value));
}

/** Walks a strided layout in C order, row by row of its last axis. */
function gather(
  source: Operand,
  start: number,
  count: number,
  data: Elements,
  target: Elements,
  convert: ((entry: number | bigint) => number | bigint) | undefined,
): void {
  const { shape } = source;
  const { lanes } = source.type;
  const { strides, offset } = source.layout as NonNullable<Operand["layout"]>;
  const last = shape.length - 1;
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let k = last, rest = start; k >= 0; --k) {
    const length = shape[k] as number;
    index[k] = rest % length;
    rest = Math.floor(rest / length);
    from += (index[k] as number) * (strides[k] as number);
  }
  const width = shape[last] as number;
  const step = strides[last] as number;
  for (let done = 0; done < count; ) {
    const run = Math.min(width - (index[last] as number), count - done);
    for (let i = 0; i < run; ++i, from += step) {
      for (let lane = 0; lane < lanes; ++lane) {
        const entry = data[from * lanes + lane] as number | bigint;
        target[(done + i) * lanes + lane] = convert === undefined ? entry : convert(entry);
      }
    }
    done += run;
    index[last] = (index[last] as number) + run;
    for (let k = last; k > 0 && index[k] === shape[k]; --k) {
      from += (strides[k - 1] as number) - (shape[k] as number) * (strides[k] as number);
      index[k] = 0;
      index[k - 1] = (index[k - 1] as number) + 1;
    }
  }
}
