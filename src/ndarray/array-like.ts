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
import { checkSize, type Shape, sizeOf, stridesOf, viewOf } from "./ndarray.js";
import { type Conversion, denseOperand, nested, type Operand, operand, refuseDetached, typed } from "./operand.js";

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

export function isArrayLike(value: unknown): value is ArrayLikeND {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

/**
 * Reads any array the package accepts: what `denseOperand` reads, and { data, shape, ... } of any layout.
 *
 * @throws as that, and if a layout reaches out of its data
 */
export function toOperand(value: unknown, wanted?: TypeInfo): Operand | undefined {
  return denseOperand(value, wanted) ?? (isArrayLike(value) ? strided(value) : undefined);
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
  // Linear memory may grow, and detach `data`, before the elements are read.
  const resident = data.buffer === views.buffer;
  const { byteOffset, length } = data;
  const now = () => (resident ? viewOf(type, byteOffset, length / type.lanes) : data);
  return {
    ...operand("ndarray", type, shape, unit, -1, data),
    get data() {
      return now();
    },
    gather: (start, count, target, convert) =>
      gather({ shape, strides, offset, lanes: type.lanes }, start, count, now(), target, convert),
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

/** Walks a strided layout in C order, row by row of its last axis. */
function gather(
  { shape, strides, offset, lanes }: { shape: Shape; strides: readonly number[]; offset: number; lanes: number },
  start: number,
  count: number,
  data: Elements,
  target: Elements,
  convert: Conversion | undefined,
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
