import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import { type DType, describe, type Elements, TYPES, type TypedArray, type TypeInfo } from "./dtype.js";

/** The length of each axis. */
export type Shape = readonly number[];

/** What a view's array would lose if it were collected while the view is still in use. */
const held = /* @__PURE__ */ new WeakMap<object, Block>();

/** Where an array's elements lie in linear memory, or -1 if it lies elsewhere or was freed. */
export let addressOf: (array: NDArray) => number;

/** An array's elements as a typed array that is valid now. Throws if the array was freed. */
export let elementsOf: (array: NDArray) => Elements;

/**
 * An N-dimensional array in C order, in linear memory.
 *
 * Where linear memory is full (or past `configure({ maximumMemory })`) the elements lie in ordinary JavaScript memory
 * instead; nothing else differs. Made by `array`, `zeros` and the functions of this package.
 *
 * `free` (or `using`) gives the memory back at once; what is forgotten is given back by the garbage collector, in
 * runtimes that have finalization.
 *
 * @example
 * const a = array([[1, 2, 4], [8, 16, 32]]);
 * console.log(a.shape, a.get(1, 2), a.toArray()); // [ 2, 3 ] 32 [ [ 1, 2, 4 ], [ 8, 16, 32 ] ]
 * a.free();
 */
export class NDArray<out S extends Shape = Shape> implements Disposable {
  /** Type of the elements. */
  readonly dtype: DType;
  /** Length of each axis. */
  readonly shape: S;
  /** What a tick of datetime64 or timedelta64 is: "s", "D", ... */
  readonly unit: string | undefined;
  #block: Block | undefined;
  #view: Elements | undefined;
  /** Where the elements begin in a block that belongs to somebody else; -1 if the block is this array's own. */
  readonly #within: number;

  /** @internal */
  constructor(type: TypeInfo, shape: S, unit: string | undefined, storage: Block | Elements, within = -1) {
    this.dtype = type.name;
    this.shape = shape;
    this.unit = unit;
    this.#within = within;
    if ("address" in storage) this.#block = storage;
    else this.#view = storage;
  }

  /** Elements from one to the next along each axis. */
  get strides(): readonly number[] {
    return stridesOf(this.shape);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /**
   * The elements in C order, not copied; complex numbers as re, im. Growth of linear memory detaches the view, so take
   * it anew after any call of this package that may allocate. The view keeps the memory of an array that is forgotten;
   * a `subarray` of it does not, and nothing keeps that of one that was freed: a view held since before shows, and
   * overwrites, the numbers of the next owner.
   *
   * @throws {TypeError} if the array was freed
   */
  get data(): TypedArray {
    return elementsOf(this) as unknown as TypedArray;
  }

  /**
   * One element; a negative index counts from the end of its axis. Complex numbers come as [re, im].
   *
   * @throws {RangeError} if the number of indices or one of them does not fit the shape
   */
  get(...index: number[]): number {
    return entryOf(elementsOf(this), TYPES[this.dtype], flatIndex(this.shape, index)) as number;
  }

  /** Sets one element; see `get`. */
  set(value: number | bigint | boolean | readonly [number, number], ...index: number[]): void {
    const type = TYPES[this.dtype];
    const data = elementsOf(this);
    const at = flatIndex(this.shape, index);
    const complex = type.lanes === 2;
    const [entry, im] = Array.isArray(value) && complex ? value : [value, 0];
    if (typeof entry !== type.entry || typeof im !== "number") {
      const expected = complex ? "number or [re, im]" : type.entry;
      throw new TypeError(`An element of a ${this.dtype} array is a ${expected}; got ${describe(value)}.`);
    }
    data[type.lanes * at] = type.entry === "boolean" ? Number(entry) : entry;
    if (complex) data[2 * at + 1] = im;
  }

  /** The elements as nested arrays of numbers (bigints, booleans, [re, im] by type); a 0-d array gives its element. */
  toArray(this: NDArray<readonly []>): number;
  toArray(this: NDArray<readonly [number]>): number[];
  toArray(this: NDArray<readonly [number, number]>): number[][];
  toArray(this: NDArray<readonly [number, number, number]>): number[][][];
  toArray(): unknown;
  toArray(): unknown {
    return nest(elementsOf(this), TYPES[this.dtype], this.shape);
  }

  /** Gives the memory back. Neither the array nor a view of it may be used any more; freeing it twice is harmless. */
  free(): void {
    if (this.#block && this.#within < 0) heap.free(this.#block);
    this.#block = undefined;
    this.#view = undefined;
  }

  /** The same as `free`, for `using`. Symbol.dispose is absent from WebKit; there the method is reached as free(). */
  declare [Symbol.dispose]: () => void;

  static {
    if (typeof Symbol.dispose === "symbol") NDArray.prototype[Symbol.dispose] = NDArray.prototype.free;
    addressOf = (array) => (array.#block ? array.#block.address + Math.max(0, array.#within) : -1);
    elementsOf = (array) => {
      const block = array.#block;
      let view = array.#view;
      if (block && view?.buffer !== views.buffer) {
        const type = TYPES[array.dtype];
        view = viewOf(type, addressOf(array), array.size);
        held.set(view, block);
        array.#view = view;
      }
      if (!view) throw new TypeError(`This array of shape [${array.shape}] was freed and must not be used any more.`);
      if (!block && view.length === 0 && array.size > 0)
        throw new TypeError(`The buffer of this array of shape [${array.shape}] was transferred away.`);
      return view;
    };
  }
}

/** A view of `size` elements at an address. */
export function viewOf(type: TypeInfo, address: number, size: number): Elements {
  return new type.View(views.buffer, address, size * type.lanes);
}

/**
 * A new array, not cleared: in linear memory if there is room, else in JavaScript memory.
 *
 * @throws {RangeError} if there is room in neither
 */
export function allocate<S extends Shape>(type: TypeInfo, shape: S, unit?: string): NDArray<S> {
  const size = sizeOf(shape);
  return new NDArray(type, shape, unit, heap.tryAllocate(size * type.bytes) ?? allocateOutside(type, size));
}

/** Elements in JavaScript memory, all zero. */
export function allocateOutside(type: TypeInfo, size: number): Elements {
  try {
    return new type.View(size * type.lanes);
  } catch {
    throw new RangeError(
      `Out of memory: ${size * type.bytes} bytes were asked for while ${heap.used} are in use in linear memory, whose limit is ${heap.limit} bytes, and the JavaScript engine has no room either.`,
    );
  }
}

/** Whether something is a list of integers of 0 or more, as a shape is. */
export function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let k = 0; k < shape.length; ++k) size *= shape[k] as number;
  return size;
}

/** Refuses a shape whose elements cannot be counted, even if a length of 0 beside the large ones says there are none. */
export function checkSize(shape: Shape): void {
  if (sizeOf(Array.from(shape).filter((length) => length > 0)) > Number.MAX_SAFE_INTEGER)
    throw new RangeError(`An array of shape [${shape}] would have more elements than can be counted.`);
}

/** C order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let k = shape.length - 1; k >= 0; --k) {
    strides[k] = step;
    step *= shape[k] as number;
  }
  return strides;
}

function flatIndex(shape: Shape, index: readonly number[]): number {
  if (index.length !== shape.length) {
    throw new RangeError(`An array of shape [${shape}] takes ${shape.length} indices; got ${index.length}.`);
  }
  let flat = 0;
  for (let k = 0; k < shape.length; ++k) {
    const length = shape[k] as number;
    const i = index[k] as number;
    if (!Number.isInteger(i) || i < -length || i >= length) {
      throw new RangeError(`Index ${i} is out of bounds for axis ${k} with size ${length}.`);
    }
    flat = flat * length + (i < 0 ? i + length : i);
  }
  return flat;
}

function entryOf(data: Elements, type: TypeInfo, at: number): unknown {
  if (type.lanes === 2) return [data[2 * at], data[2 * at + 1]];
  return type.entry === "boolean" ? data[at] !== 0 : data[at];
}

/** Elements in C order as nested arrays. */
export function nest(data: Elements, type: TypeInfo, shape: Shape, axis = 0, at = 0): unknown {
  if (axis === shape.length) return entryOf(data, type, at);
  const length = shape[axis] as number;
  const plain = axis === shape.length - 1 && type.lanes === 1 && type.entry !== "boolean";
  if (plain) return Array.from(data.subarray(at, at + length) as unknown as ArrayLike<number>);
  const step = sizeOf(shape.slice(axis + 1));
  return Array.from({ length }, (_, i) => nest(data, type, shape, axis + 1, at + i * step));
}
