/** The cases of test/fixtures/gradient.py, and every way an array can be handed to `gradient`. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ArrayLikeND, DType, TypedArray } from "../../src/index.js";

/** A typed array of any class, as these tests handle it. */
export type Elements = {
  [index: number]: number | bigint;
  readonly length: number;
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly BYTES_PER_ELEMENT: number;
  set(values: ArrayLike<never>, offset?: number): void;
  subarray(begin: number, end: number): Elements;
  slice(): Elements;
  fill(value: never): Elements;
};
type ElementsClass = {
  new (length: number): Elements;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): Elements;
};

/** An array of the fixture: its elements in C order. */
export interface Sample {
  readonly dtype: DType;
  readonly unit?: string;
  readonly shape: number[];
  readonly data: Elements;
}

export interface Case {
  /** The line of the fixture, for messages. */
  readonly line: number;
  readonly f: Sample;
  readonly spacing: (number | Sample)[];
  readonly axis: number | number[] | null;
  readonly edge: 1 | 2;
  readonly single?: boolean;
  readonly results?: Sample[];
  readonly error?: [name: string, text: string];
}

export interface LongCase {
  readonly line: number;
  readonly f: Sample;
  readonly spacing: (number | Sample)[];
  readonly edge: 1 | 2;
  readonly sums: string[];
}

const Float16 = (globalThis as { Float16Array?: unknown }).Float16Array;

const CODES: { readonly [code: string]: readonly [DType, unknown] } = {
  f8: ["float64", Float64Array],
  f4: ["float32", Float32Array],
  f2: ["float16", Float16],
  i1: ["int8", Int8Array],
  i2: ["int16", Int16Array],
  i4: ["int32", Int32Array],
  i8: ["int64", BigInt64Array],
  u1: ["uint8", Uint8Array],
  u2: ["uint16", Uint16Array],
  u4: ["uint32", Uint32Array],
  u8: ["uint64", BigUint64Array],
  b1: ["bool", Uint8Array],
  c8: ["complex64", Float32Array],
  c16: ["complex128", Float64Array],
  m8: ["timedelta64", BigInt64Array],
  M8: ["datetime64", BigInt64Array],
};

const CLASS = Object.fromEntries(Object.values(CODES)) as { readonly [dtype in DType]: ElementsClass };

export const lanesOf = (dtype: DType): number => (dtype.startsWith("complex") ? 2 : 1);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

export function elements(dtype: DType, size: number): Elements {
  return new CLASS[dtype](size * lanesOf(dtype));
}

const here = new URL("../fixtures/", import.meta.url);
const bytes = readFileSync(new URL("gradient.bin", here));
const blob = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
const lines = readFileSync(new URL("gradient.jsonl", here), "utf8").trim().split("\n");

type Described = [code: string, shape: number[], offset: number];

function sample([code, shape, offset]: Described): Sample {
  const [, kind, unit] = /^(\w+)(?:\[(.*)\])?$/.exec(code) as unknown as [string, string, string | undefined];
  const dtype = (CODES[kind] as [DType, unknown])[0];
  const data = new CLASS[dtype](blob, offset, sizeOf(shape) * lanesOf(dtype));
  return { dtype, shape, data, ...(unit === undefined ? {} : { unit }) };
}

function double(hex: string): number {
  return Buffer.from(hex, "hex").readDoubleBE(0);
}

/** sequence(...) of the script. */
function sequence(dtype: DType, shape: number[]): Sample {
  const data = elements(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; ++i) data[i] = ((i * 40503 + 977) % 16777213) / 4096;
  return { dtype, shape, data };
}

/** uneven(...) of the script. */
function uneven(dtype: DType, n: number): Sample {
  const data = elements(dtype, n);
  for (let i = 0; i < n; ++i) data[i] = (i * 9 + (i % 2)) / 8;
  return { dtype, shape: [n], data };
}

/** All cases that this runtime can hold: float16 needs Float16Array. */
export const cases: Case[] = [];
export const longCases: LongCase[] = [];

lines.forEach((text, index) => {
  const entry = JSON.parse(text);
  const line = index + 1;
  if (entry.rule !== undefined) {
    const [dtype, shape] = entry.rule as [DType, number[]];
    const spacing = entry.coordinates === null ? [0.1] : shape.map((n) => uneven(entry.coordinates, n));
    longCases.push({ line, f: sequence(dtype, shape), spacing, edge: entry.edge, sums: entry.results });
    return;
  }
  if (Float16 === undefined && text.includes('"f2"')) return;
  const f = sample(entry.f);
  cases.push({
    ...entry,
    line,
    f,
    spacing: entry.spacing.map((h: string | Described) => (typeof h === "string" ? double(h) : sample(h))),
    results: entry.results?.map(([code, offset]: [string, number]) => sample([code, f.shape, offset])),
  });
});

const BITS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

/** Where two arrays differ in their bits, or "". All NaN are equal, 0 and -0 are not. */
export function difference(got: Elements, want: Elements): string {
  if (got.length !== want.length) return `length ${got.length}, not ${want.length}`;
  const Bits = BITS[want.BYTES_PER_ELEMENT as keyof typeof BITS];
  const a = new Bits(got.buffer, got.byteOffset, got.length);
  const b = new Bits(want.buffer, want.byteOffset, want.length);
  for (let i = 0; i < a.length; ++i) {
    const nan = Number.isNaN(got[i]) && Number.isNaN(want[i]);
    if (a[i] !== b[i] && !nan) return `[${i}] is ${show(got[i])}, not ${show(want[i])}`;
  }
  return "";
}

function show(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

export function sumOf({ buffer, byteOffset, byteLength }: Elements): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

/** Whole numbers below n that are the same in every run. */
export function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** The elements within a longer array, some elements off its start. */
export function shifted(data: Elements, by: number): Elements {
  const longer = new (data.constructor as ElementsClass)(data.length + by + 1);
  longer.set(data as never, by);
  return longer.subarray(by, by + data.length);
}

/** As nested plain arrays. */
export function nested({ dtype, shape, data }: Sample, axis = 0, at = 0): unknown {
  if (axis === shape.length) return dtype === "bool" ? data[at] !== 0 : data[at];
  const step = sizeOf(shape.slice(axis + 1));
  return Array.from({ length: shape[axis] as number }, (_, i) =>
    nested({ dtype, shape, data }, axis + 1, at + i * step),
  );
}

/** As an array-like in C order, off the start of its data, which lie off the start of their buffer. */
export function contiguous({ data, ...rest }: Sample, roll: (n: number) => number): ArrayLikeND {
  const before = roll(3);
  const longer = elements(rest.dtype, before + data.length / lanesOf(rest.dtype));
  longer.set(data as never, before * lanesOf(rest.dtype));
  return { ...rest, data: shifted(longer, roll(3)) as unknown as TypedArray, offset: before };
}

/** As an array-like with its axes in any order, reversed or with gaps, and stride 0 along an axis of equal elements. */
export function strided(given: Sample, roll: (n: number) => number): ArrayLikeND {
  const { data, shape, ...rest } = given;
  const lanes = lanesOf(rest.dtype);
  const order = shape.map((_, k) => k);
  for (let k = order.length - 1; k > 0; --k) {
    const other = roll(k + 1);
    [order[k], order[other]] = [order[other] as number, order[k] as number];
  }
  const strides = new Array<number>(shape.length);
  let step = 1 + roll(2);
  for (const k of order) {
    const length = shape[k] as number;
    strides[k] = isConstantAlong(given, k) ? 0 : roll(2) === 0 ? -step : step;
    if (strides[k] !== 0) step = Math.max(1, step * length + roll(2));
  }
  let before = roll(3);
  let after = 0;
  shape.forEach((length, k) => {
    const reach = Math.max(0, length - 1) * (strides[k] as number);
    if (reach < 0) before -= reach;
    else after += reach;
  });
  const scattered = elements(rest.dtype, before + after + 1);
  for (let i = 0; i < sizeOf(shape); ++i) {
    let at = before;
    for (let k = shape.length - 1, rest = i; k >= 0; --k) {
      at += (rest % (shape[k] as number)) * (strides[k] as number);
      rest = Math.floor(rest / (shape[k] as number));
    }
    for (let lane = 0; lane < lanes; ++lane) scattered[at * lanes + lane] = data[i * lanes + lane] as number;
  }
  const layout = roll(2) === 0 ? { stride: strides } : { strides };
  return { ...rest, shape, data: scattered as unknown as TypedArray, offset: before, ...layout };
}

function isConstantAlong({ dtype, shape, data }: Sample, axis: number): boolean {
  const length = shape[axis] as number;
  if (length < 2 || lanesOf(dtype) > 1) return false;
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0; i < data.length; ++i) {
    if (Math.floor(i / inner) % length > 0 && !Object.is(data[i], data[i - inner])) return false;
  }
  return true;
}
