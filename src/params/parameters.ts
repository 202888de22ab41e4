import { isArrayLike } from "../ndarray/array-like.js";
import { describe, type Elements, TYPES, type TypeInfo, typeOf } from "../ndarray/dtype.js";
import { allocate, elementsOf, isCounts, NDArray, type Shape, sizeOf, stridesOf, viewOf } from "../ndarray/ndarray.js";
import { denseOperand, type Operand, operandAt, transfer } from "../ndarray/operand.js";
import type { Block } from "../wasm/allocator.js";
import { heap, onGrowth, views } from "../wasm/heap.js";

/** Parameters: a number, numbers, a float array or NDArray, or records and arrays of these, to any depth. */
export type ParameterTree =
  | number
  | Float64Array
  | Float32Array
  | NDArray
  | readonly ParameterTree[]
  | { readonly [name: string]: ParameterTree };

/** The structure P with `Numbers` in place of plain arrays of numbers. */
type Mapped<P, Numbers> = P extends number
  ? number
  : P extends readonly number[]
    ? Numbers
    : P extends Float64Array
      ? Float64Array<ArrayBuffer>
      : P extends Float32Array
        ? Float32Array<ArrayBuffer>
        : P extends NDArray
          ? P
          : { -readonly [K in keyof P]: Mapped<P[K], Numbers> };

/**
 * What a function of parameters is given: the same structure over one flat vector. Numbers stay numbers, plain arrays of
 * numbers are Float64Arrays; typed arrays and NDArrays keep their class.
 */
export type Live<P> = Mapped<P, Float64Array<ArrayBuffer>>;

/** What comes back as a result: the same structure, with arrays of the same kinds, copies of the caller's own. */
export type Copied<P> = Mapped<P, number[]>;

type Kind = "number" | "numbers" | "typed" | "ndarray";

export interface Leaf {
  readonly kind: Kind;
  /** What follows the name of the parameters: ".w", "[0].bias"; empty for parameters that are one array. */
  readonly suffix: string;
  /** As the user names it: "w", "layers[0].bias". */
  readonly path: string;
  readonly type: TypeInfo;
  readonly shape: Shape;
  readonly size: number;
  /** Place among the elements of its type. */
  offset: number;
}

interface Container {
  readonly suffix: string;
  readonly isArray: boolean;
  readonly entries: readonly (readonly [key: string | number, Layout])[];
}

/** The structure with a leaf in place of each array. */
type Layout = Leaf | Container;

function isLeaf(layout: Layout): layout is Leaf {
  return "kind" in layout;
}

/** Suffix of the kernels for a leaf. */
export function kindOf(leaf: Leaf): "f64" | "f32" {
  return leaf.type === TYPES.float64 ? "f64" : "f32";
}

/** The elements of one type, one after the other. */
export interface Segment {
  readonly type: TypeInfo;
  /** Suffix of the kernels. */
  readonly kind: "f64" | "f32";
  readonly address: number;
  readonly count: number;
}

/** How parameters are laid out in a flat vector: float64 first, then float32. Vectors for gradients and moments share it. */
export class ParameterLayout {
  readonly root: Layout;
  /** As they follow in memory. */
  readonly leaves: Leaf[] = [];
  /** Elements of each type. */
  readonly counts = { f64: 0, f32: 0 };

  /** @param rank the order of the leaves of a type; those of the same rank stay as they come */
  constructor(
    params: unknown,
    readonly name: string,
    rank: (leaf: Leaf) => number = () => 0,
  ) {
    this.root = this.#read(params, "");
    const ranks = new Map(this.leaves.map((leaf) => [leaf, rank(leaf)]));
    const rankOf = (leaf: Leaf) => ranks.get(leaf) as number;
    this.leaves.sort((a, b) => b.type.bytes - a.type.bytes || rankOf(a) - rankOf(b));
    for (const leaf of this.leaves) {
      const counter = kindOf(leaf);
      leaf.offset = this.counts[counter];
      this.counts[counter] += leaf.size;
    }
  }

  get size(): number {
    return this.counts.f64 + this.counts.f32;
  }

  get bytes(): number {
    return 8 * this.counts.f64 + 4 * this.counts.f32;
  }

  /** Address of a leaf's elements in a vector at an address. */
  addressOf(leaf: Leaf, address: number): number {
    return leaf.type === TYPES.float64 ? address + 8 * leaf.offset : address + 8 * this.counts.f64 + 4 * leaf.offset;
  }

  /** Whether the parameters are a single number, which can only be passed by value. */
  get isNumber(): boolean {
    return isLeaf(this.root) && this.root.kind === "number";
  }

  /**
   * The values of each leaf among values of the same structure, all of them checked.
   *
   * @param what names the values in error messages
   * @param absent takes the leaves for which there is null instead, which is refused without it
   */
  operands(values: unknown, what: string, absent?: Set<Leaf>): [Leaf, Operand][] {
    const found: [Leaf, Operand][] = [];
    const walk = (layout: Layout, value: unknown): void => {
      const name = what + layout.suffix;
      if (value === null && absent !== undefined) {
        for (const leaf of leavesOf(layout)) absent.add(leaf);
        return;
      }
      if (isLeaf(layout)) {
        found.push([layout, operandOf(layout, value, name)]);
        return;
      }
      const { isArray, entries } = layout;
      const keys =
        typeof value === "object" && value !== null && isArray === Array.isArray(value)
          ? Object.keys(value)
          : undefined;
      if (isArray && keys?.length !== entries.length) {
        throw new TypeError(
          `${name} must be an array of ${entries.length}, like the parameters; got ${describe(value)}.`,
        );
      }
      const known = entries.map(([key]) => key);
      if (!isArray && !keys?.every((key) => known.includes(key))) {
        throw new TypeError(
          `${name} must have the fields ${known.join(", ")}; got ${keys?.join(", ") ?? describe(value)}.`,
        );
      }
      for (const [key, inner] of entries) walk(inner, (value as Record<string, unknown>)[key]);
    };
    walk(this.root, values);
    return found;
  }

  #read(value: unknown, suffix: string): Layout {
    if (typeof value === "number") return this.#leaf("number", suffix, TYPES.float64, []);
    const where = this.name + suffix;
    const isArray = Array.isArray(value);
    if (isArray && value.every((entry) => typeof entry === "number"))
      return this.#leaf("numbers", suffix, TYPES.float64, [value.length]);
    if (typeOf(value) !== undefined || isArrayLike(value)) {
      const { kind, type, shape } = operandAt(where, () => arrayOf(value)) as Operand;
      if (type !== TYPES.float64 && type !== TYPES.float32)
        throw new TypeError(`${where} must be float64 or float32; got ${type.name}.`);
      return this.#leaf(kind === "typed" ? kind : "ndarray", suffix, type, shape);
    }
    const prototype: unknown = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
    if (!isArray && prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(
        `${where} must be numbers, a float array, or a record or array of these; got ${describe(value)}.`,
      );
    }
    const entries = isArray ? Array.from(value.entries()) : Object.entries(value as object);
    return {
      suffix,
      isArray,
      entries: entries.map(([key, inner]) => [key, this.#read(inner, suffix + (isArray ? `[${key}]` : `.${key}`))]),
    };
  }

  #leaf(kind: Kind, suffix: string, type: TypeInfo, shape: Shape): Leaf {
    const leaf = { kind, suffix, path: pathOf(suffix), type, shape, size: sizeOf(shape), offset: 0 };
    this.leaves.push(leaf);
    return leaf;
  }
}

function pathOf(suffix: string): string {
  return suffix.replace(/^\./, "");
}

/** An array of parameters or of what belongs to them: of any library, but in C order. */
function arrayOf(value: unknown): Operand | undefined {
  if (!isArrayLike(value) || value instanceof NDArray) return denseOperand(value);
  const { data, shape, offset = 0, stride, strides = stride } = value;
  const flat = denseOperand(data);
  if (
    !isCounts(shape) ||
    flat?.size !== sizeOf(shape) ||
    offset !== 0 ||
    `${strides ?? stridesOf(shape)}` !== `${stridesOf(shape)}`
  )
    throw new TypeError("Data must lie in C order without gaps here, as array() makes it.");
  return { ...flat, kind: "ndarray", shape: [...shape] };
}

function operandOf(leaf: Leaf, value: unknown, name: string): Operand {
  const single = leaf.kind === "number";
  // A number is also what an NDArray without axes is as a nested array.
  const isNumber = typeof value === "number";
  const fits = isNumber ? leaf.shape.length === 0 : !single;
  const source = fits ? operandAt(name, () => arrayOf(isNumber ? [value] : value)) : undefined;
  if (source?.type.lanes !== 1 || source.type.entry !== "number") {
    throw new TypeError(
      `${name} must be ${single ? "a number" : `an array of ${leaf.size} numbers`}; got ${describe(value)}.`,
    );
  }
  if (source.size !== leaf.size || (source.shape.length > 1 && `${source.shape}` !== `${leaf.shape}`))
    throw new RangeError(`${name} must have shape [${leaf.shape}]; got [${source.shape}].`);
  return source;
}

/** Copies what `operands` found to where `target` says. */
export function copyLeaves(values: readonly [Leaf, Operand][], target: (leaf: Leaf) => Elements): void {
  for (const [leaf, source] of values) transfer(source, 0, leaf.size, target(leaf), leaf.type);
}

// What a program that only trains does not need is no method: a bundler cannot leave methods out.

/** The one or two segments of a vector at an address. */
export function segmentsOf(layout: ParameterLayout, address: number): Segment[] {
  const { f64, f32 } = layout.counts;
  const segments: Segment[] = [];
  if (f64 > 0) segments.push({ type: TYPES.float64, kind: "f64", address, count: f64 });
  if (f32 > 0) segments.push({ type: TYPES.float32, kind: "f32", address: address + 8 * f64, count: f32 });
  return segments;
}

/** What an error message calls element i of a segment. */
export function entryName(layout: ParameterLayout, kind: "f64" | "f32", i: number): string {
  const type = kind === "f64" ? TYPES.float64 : TYPES.float32;
  const leaf = layout.leaves.find((l) => l.type === type && i >= l.offset && i < l.offset + l.size) as Leaf;
  const path = leaf.path === "" ? layout.name : leaf.path;
  return leaf.kind === "number" ? path : `${path}[${i - leaf.offset}]`;
}

/** A copy of a vector at an address, of the caller's own, in the structure and kinds of the parameters. */
export function copyOf(layout: ParameterLayout, address: number): unknown {
  return copiesOf(layout, [address])[0];
}

/** Such copies of several vectors; where memory ends, those that are made are freed. */
export function copiesOf(layout: ParameterLayout, addresses: readonly number[]): unknown[] {
  const arrays: NDArray[] = [];
  const walk = (node: Layout, address: number): unknown => {
    if (isLeaf(node)) return copyOfLeaf(node, layout.addressOf(node, address) / node.type.bytes, arrays);
    const copies = node.entries.map(([key, inner]) => [key, walk(inner, address)] as const);
    return node.isArray ? copies.map(([, copy]) => copy) : Object.fromEntries(copies);
  };
  try {
    return addresses.map((address) => walk(layout.root, address));
  } catch (error) {
    for (const array of arrays) array.free();
    throw error;
  }
}

/**
 * @param from its place among elements of its type in linear memory
 * @param arrays takes the array that is made
 */
function copyOfLeaf(leaf: Leaf, from: number, arrays: NDArray[]): unknown {
  const array = leaf.kind === "ndarray" ? allocate(leaf.type, leaf.shape) : undefined;
  if (array) arrays.push(array);
  const all = leaf.type === TYPES.float64 ? views.f64 : views.f32;
  if (leaf.kind === "number") return all[from];
  const copy = all.slice(from, from + leaf.size);
  if (leaf.kind === "numbers") return Array.from(copy);
  if (array) elementsOf(array).set(copy as unknown as ArrayLike<never>);
  return array ?? copy;
}

/** The name of the first element of a vector that is NaN or infinite. */
export function firstNotFinite(layout: ParameterLayout, address: number): string | undefined {
  for (const segment of segmentsOf(layout, address)) {
    const elements = viewOf(segment.type, segment.address, segment.count) as unknown as ArrayLike<number>;
    const i = Array.from(elements).findIndex((x) => !Number.isFinite(x));
    if (i >= 0) return entryName(layout, segment.kind, i);
  }
  return undefined;
}

function leavesOf(layout: Layout): Leaf[] {
  return isLeaf(layout) ? [layout] : layout.entries.flatMap(([, inner]) => leavesOf(inner));
}

/** Where an array or a container was put. */
interface Place {
  readonly container: Record<string | number, unknown>;
  readonly key: string | number;
  readonly layout: Layout;
  value: unknown;
}

/**
 * Makes a structure of views.
 *
 * @param view what stands for an array
 * @param entry what a lone number reads from and writes to, for in a record it cannot be a view
 * @param places takes what was put where
 */
function build(
  layout: Layout,
  view: (leaf: Leaf) => unknown,
  entry: (leaf: Leaf) => { get(): unknown; set(value: number): void },
  places: Place[],
): unknown {
  if (isLeaf(layout)) return view(layout);
  const container: Place["container"] = layout.isArray ? ([] as never) : {};
  for (const [key, inner] of layout.entries) {
    if (isLeaf(inner) && inner.kind === "number") {
      Object.defineProperty(container, key, { ...entry(inner), enumerable: true, configurable: true });
    } else {
      const value = build(inner, view, entry, places);
      container[key] = value;
      places.push({ container, key, layout: inner, value });
    }
  }
  return container;
}

/**
 * Puts back what was replaced in a structure and throws what `error` makes of it. Properties that cannot be replaced
 * would say so earlier, but are read up to 30 times as slowly: accessors everywhere, read-only ones in arrays.
 */
function refuseReplaced(places: readonly Place[], error: (suffix: string, found: unknown) => Error): void {
  for (const { container, key, layout, value } of places) {
    const found = container[key];
    if (found === value) continue;
    container[key] = value;
    throw error(layout.suffix, found);
  }
}

/** What a view's vector would lose if its optimizer were forgotten while the view is still in use. */
const owners = /* @__PURE__ */ new WeakMap<object, ParameterVector>();

/** One flat vector in linear memory with the structure of the parameters, every array a view into it. */
export class ParameterVector {
  readonly #block: Block;
  readonly #forget: () => void;
  #structure: unknown;
  readonly #places: Place[] = [];
  readonly #arrays: NDArray[] = [];
  readonly #elementsOf = (leaf: Leaf): Elements =>
    viewOf(leaf.type, this.layout.addressOf(leaf, this.address), leaf.size);

  /**
   * @param values what it starts with, found before memory is taken, which may grow, and detach the caller's views of it;
   *   zeros unless given
   */
  constructor(
    readonly layout: ParameterLayout,
    values: readonly [Leaf, Operand][] = [],
  ) {
    this.#block = heap.allocate(layout.bytes);
    views.u8.fill(0, this.address, this.address + layout.bytes);
    copyLeaves(values, this.#elementsOf);
    this.#forget = onGrowth(this);
  }

  get address(): number {
    return this.#block.address;
  }

  /** Takes values of the same structure, or throws and takes none. */
  assign(values: unknown, what: string, absent?: Set<Leaf>): void {
    copyLeaves(this.layout.operands(values, what, absent), this.#elementsOf);
  }

  /** Views in the caller's structure; a lone number comes as its value. */
  get structure(): unknown {
    if (this.layout.isNumber) return views.f64[this.address / 8];
    this.#structure ??= build(
      this.layout.root,
      (leaf) => this.#view(leaf),
      (leaf) => {
        const index = this.layout.addressOf(leaf, this.address) / 8;
        return {
          get: () => views.f64[index],
          set: (value) => {
            views.f64[index] = value;
          },
        };
      },
      this.#places,
    );
    return this.#structure;
  }

  #view(leaf: Leaf): unknown {
    if (leaf.kind === "ndarray") {
      const array = new NDArray(leaf.type, leaf.shape, undefined, this.#block, this.layout.addressOf(leaf, 0));
      this.#arrays.push(array);
      return array;
    }
    const elements = this.#elementsOf(leaf);
    owners.set(elements, this);
    return elements;
  }

  /** Puts new views in place of those that growth of linear memory detached; an NDArray does so by itself. */
  renew(): void {
    const { root } = this.layout;
    if (isLeaf(root) && root.kind !== "ndarray") this.#structure = undefined;
    for (const place of this.#places) {
      const { container, key, layout, value } = place;
      if (!isLeaf(layout) || layout.kind === "ndarray") continue;
      place.value = this.#view(layout);
      if (container[key] === value) container[key] = place.value;
    }
  }

  /** Refuses a structure in which the user has replaced an array, for what was put there would not be trained. */
  checkStructure(): void {
    refuseReplaced(this.#places, (suffix, found) => {
      const name = this.layout.name + suffix;
      return new TypeError(
        `${name} was replaced by ${describe(found)}; write into it instead, as ${name}.set(values).`,
      );
    });
  }

  free(): void {
    this.#forget();
    for (const array of this.#arrays) array.free();
    this.#structure = undefined;
    heap.free(this.#block);
  }
}

/**
 * What a function of the user's is given: parameters in their structure, in JavaScript memory.
 *
 * The function may call this package, and that may grow linear memory: views of it would be detached in its hands.
 */
export class Argument {
  readonly f64: Float64Array<ArrayBuffer>;
  readonly f32: Float32Array<ArrayBuffer>;
  readonly #structure: unknown;
  readonly #places: Place[] = [];

  constructor(readonly layout: ParameterLayout) {
    const { f64, f32 } = layout.counts;
    this.f64 = new Float64Array(f64);
    this.f32 = new Float32Array(f32);
    const view = (leaf: Leaf) => {
      const elements = this.#elementsOf(leaf);
      return leaf.kind === "ndarray" ? new NDArray(leaf.type, leaf.shape, undefined, elements) : elements;
    };
    const entry = ({ offset }: Leaf) => ({
      get: () => this.f64[offset],
      set: (value: number) => {
        this.f64[offset] = value;
      },
    });
    this.#structure = build(layout.root, view, entry, this.#places);
  }

  /** The structure; a lone number comes as its value. */
  get structure(): unknown {
    return this.layout.isNumber ? this.f64[0] : this.#structure;
  }

  #elementsOf({ type, offset, size }: Leaf): Elements {
    return (type === TYPES.float64 ? this.f64 : this.f32).subarray(offset, offset + size) as unknown as Elements;
  }

  /** Takes values of the same structure, or throws and takes none. */
  assign(values: unknown): void {
    copyLeaves(this.layout.operands(values, this.layout.name), (leaf) => this.#elementsOf(leaf));
  }

  /** Writes the values to a vector at an address. */
  store(address: number): void {
    views.f64.set(this.f64, address / 8);
    if (this.f32.length > 0) views.f32.set(this.f32, address / 4 + 2 * this.f64.length);
  }

  /** Refuses values that differ from those of a vector at an address: a loss wrote to what it was given. */
  checkUnchanged(address: number, where: { toString(): string }, what = "loss"): void {
    const { f64, f32 } = this;
    refuseReplaced(
      this.#places,
      (suffix, found) =>
        new TypeError(
          `The ${what} must not write to its parameters; it made ${pathOf(suffix)} ${describe(found)}${where}.`,
        ),
    );
    if (f64.length > 0) this.#check("f64", firstDifference(f64, views.f64, address / 8), where, what);
    if (f32.length > 0) this.#check("f32", firstDifference(f32, views.f32, address / 4 + 2 * f64.length), where, what);
  }

  #check(kind: "f64" | "f32", i: number, where: { toString(): string }, what: string): void {
    if (i < 0) return;
    throw new TypeError(
      `The ${what} must not write to its parameters; it made ${entryName(this.layout, kind, i)} ${this[kind][i]}${where}.`,
    );
  }

  /** Takes the values of a vector at an address. */
  load(address: number): void {
    const { length } = this.f64;
    const from = address / 4 + 2 * length;
    this.f64.set(views.f64.subarray(address / 8, address / 8 + length));
    this.f32.set(views.f32.subarray(from, from + this.f32.length));
  }
}

/** Where elements differ from those of a larger array from an index on; -1 if nowhere. */
function firstDifference<T extends Float64Array | Float32Array>(elements: T, all: T, from: number): number {
  for (let i = 0; i < elements.length; ++i) {
    const now = elements[i] as number;
    const before = all[from + i] as number;
    if (now !== before && !Number.isNaN(before)) return i;
  }
  return -1;
}
