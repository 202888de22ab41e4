/** The element types, by NumPy's names. */
export type DType =
  | "float64"
  | "float32"
  | "float16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool"
  | "complex64"
  | "complex128"
  | "datetime64"
  | "timedelta64";

/**
 * A float16 array where the runtime has the class (Node 24 and newer, Deno, Bun, today's browsers). TypeScript knows it
 * in its newest lib only; these methods are what the `data` of any type has.
 */
export interface Float16ArrayLike {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [Symbol.toStringTag]: "Float16Array";
  [index: number]: number;
  [Symbol.iterator](): IterableIterator<number>;
  every(predicate: (value: number, index: number) => unknown): boolean;
  fill(value: number, start?: number, end?: number): this;
  forEach(callback: (value: number, index: number) => void): void;
  indexOf(value: number, from?: number): number;
  set(values: ArrayLike<number>, offset?: number): void;
  slice(start?: number, end?: number): Float16ArrayLike;
  some(predicate: (value: number, index: number) => unknown): boolean;
  subarray(begin?: number, end?: number): Float16ArrayLike;
}

/** The typed arrays of JavaScript. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float16ArrayLike;

/** What the library does with a typed array; narrower than the class, so that every class fits. */
export interface Elements {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  [index: number]: number | bigint;
  set(source: ArrayLike<never>, offset?: number): void;
  subarray(begin: number, end: number): Elements;
  fill(value: never): unknown;
}

type ElementsConstructor = {
  new (length: number): Elements;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Elements;
};

export interface TypeInfo {
  readonly name: DType;
  /** Bytes of one element. */
  readonly bytes: number;
  /** Entries of the typed array that make one element: 2 for complex numbers (re, im), else 1. */
  readonly lanes: 1 | 2;
  /** The class of `data`; float16 is refused by `typeInfo` where the runtime lacks Float16Array. */
  readonly View: ElementsConstructor;
  /** The name of the class, which tells it in every realm. */
  readonly tag: string | undefined;
  /** What one entry is to JavaScript. */
  readonly entry: "number" | "bigint" | "boolean";
}

const Float16 = (globalThis as { Float16Array?: unknown }).Float16Array;

/** Everything that depends on an element type, one line each; the first type of a class is that of its arrays. */
const ALL: readonly TypeInfo[] = /* @__PURE__ */ Array.from(
  [
    ["float64", Float64Array, 8],
    ["float32", Float32Array, 4],
    ["float16", Float16, 2],
    ["int8", Int8Array, 1],
    ["int16", Int16Array, 2],
    ["int32", Int32Array, 4],
    ["int64", BigInt64Array, 8, 1, "bigint"],
    ["uint8", Uint8Array, 1],
    ["uint16", Uint16Array, 2],
    ["uint32", Uint32Array, 4],
    ["uint64", BigUint64Array, 8, 1, "bigint"],
    ["bool", Uint8Array, 1, 1, "boolean"],
    ["complex64", Float32Array, 8, 2],
    ["complex128", Float64Array, 16, 2],
    ["datetime64", BigInt64Array, 8, 1, "bigint"],
    ["timedelta64", BigInt64Array, 8, 1, "bigint"],
  ] as [DType, unknown, number, (1 | 2)?, TypeInfo["entry"]?][],
  ([name, View, bytes, lanes = 1, entry = "number"]) => ({
    name,
    bytes,
    lanes,
    View: View as ElementsConstructor,
    tag: (View as { name?: string })?.name,
    entry,
  }),
);

export const TYPES = /* @__PURE__ */ Object.fromEntries(/* @__PURE__ */ ALL.map((type) => [type.name, type])) as {
  readonly [name in DType]: TypeInfo;
};

/** Looks a name up, or says which there are. */
export function typeInfo(dtype: unknown): TypeInfo {
  if (typeof dtype !== "string" || !Object.hasOwn(TYPES, dtype)) {
    throw new TypeError(`dtype must be one of ${Object.keys(TYPES).join(", ")}; got ${describe(dtype)}.`);
  }
  return supported(TYPES[dtype as DType]);
}

/** The type itself, if the runtime has its class. */
export function supported(type: TypeInfo): TypeInfo {
  if (type.View === undefined)
    throw new TypeError(`${type.name} needs a runtime that has Float16Array; this one does not.`);
  return type;
}

/** The element type that a typed array, of any realm, stands for by itself, or undefined for any other value. */
export function typeOf(data: unknown): TypeInfo | undefined {
  if (!ArrayBuffer.isView(data)) return undefined;
  const tag = (data as unknown as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  // A DataView finds none.
  return tag === "Uint8ClampedArray" ? TYPES.uint8 : ALL.find((type) => type.tag === tag);
}

/** A value as an error message shows it. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const name = value.constructor?.name;
    const length = (value as { length?: unknown }).length;
    return ArrayBuffer.isView(value) && typeof length === "number"
      ? `${name} of length ${length}`
      : name
        ? `an object of class ${name}`
        : "an object";
  }
  return String(value);
}
