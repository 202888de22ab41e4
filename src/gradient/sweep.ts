import { type Elements, TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { viewOf } from "../ndarray/ndarray.js";
import { copyIn, type Operand, transfer } from "../ndarray/operand.js";
import { views } from "../wasm/heap.js";
import type { Coordinates, EvenSpacing } from "./arguments.js";
import { Weights } from "./coordinates.js";
import { type ElementCode, elementCode, type FloatBytes, gradientKernels } from "./kernels.js";
import {
  FAR,
  LINE_BYTES,
  OUT,
  PAGE_BYTES,
  PLAN_BYTES,
  PLANS,
  TABLE_ROWS,
  TABLES,
  TILE_BYTES,
  WINDOW,
  WINDOW_BYTES,
} from "./scratch.js";

/** Where one axis' results go: an address in linear memory, or elements outside if that is -1. */
export interface Sink {
  readonly address: number;
  readonly data: Elements | undefined;
}

/** Which elements a sweep reads, and in which type. */
export interface Field {
  readonly source: Operand;
  /** The type of f once integers have become float64 and dates durations; the results have it too. */
  readonly type: TypeInfo;
}

/** One axis, ready to run. */
interface Job {
  /** Samples along the axis, and elements from one to the next. */
  readonly n: number;
  readonly inner: number;
  readonly plan: number;
  readonly code: ElementCode;
  readonly weights: Weights | undefined;
  /** Whether a tile and its neighbours are too far apart for the window. */
  readonly far: boolean;
  readonly sink: Sink;
}

/** A tile of what lies in linear memory: small enough that the last cache holds it while one axis follows another. */
const SLAB_BYTES = 2 ** 22;
/** A sweep over more than a cache holds waits for memory, less so with several streams; see assembly/gradient/sweep.ts. */
const CACHE_BYTES = 2 ** 24;
const STREAMS = 3;

/**
 * np.gradient along each of `axes`, all checks done.
 *
 * Every axis in one sweep: the array is walked in tiles of consecutive elements, and each tile serves all axes while
 * it is in cache. What lies in linear memory is read and written in place, anything else streams through scratch
 * memory; neither touches the formulas, so a result never depends on where its array lies.
 */
export function sweep(
  field: Field,
  axes: readonly number[],
  spacings: readonly (EvenSpacing | Coordinates)[],
  edgeOrder: 1 | 2,
  sinks: readonly Sink[],
): void {
  const { source, type } = field;
  const { shape, size } = source;
  const { bytes } = type;
  const inPlace = source.address >= 0 && source.type.bytes === bytes && source.type.View === type.View;
  const resident = inPlace && sinks.every(({ address }) => address >= 0);
  const tile = (resident ? SLAB_BYTES : TILE_BYTES) / bytes;
  const streams = resident && size * bytes * (1 + axes.length) > CACHE_BYTES ? STREAMS : 1;
  const lanes = type === TYPES.timedelta64 ? 0 : type.lanes;
  let uneven = 0;
  for (const spacing of spacings) if ("x" in spacing) ++uneven;
  const rows = LINE_BYTES * Math.floor(TABLE_ROWS / LINE_BYTES / uneven);
  let tables = TABLES;
  const jobs = axes.map((axis, k): Job => {
    const n = shape[axis] as number;
    let inner = 1;
    for (let j = axis + 1; j < shape.length; ++j) inner *= shape[j] as number;
    const spacing = spacings[k] as EvenSpacing | Coordinates;
    const own = "x" in spacing ? (spacing.type.bytes as FloatBytes) : spacing.bytes;
    // Booleans take the precision of the weights.
    const w = Math.max(source.type === TYPES.bool ? 0 : bytes / type.lanes, own) as FloatBytes;
    const plan = PLANS + k * PLAN_BYTES;
    let weights: Weights | undefined;
    if ("x" in spacing) {
      // Nor do the kernels make weights of another type as they use them.
      const once = inner === 1 && lanes === 1 && own === bytes && own > 2 && (size === n || n > rows);
      weights = new Weights(spacing, w === 8 ? 8 : 4, tables, rows, once);
      weights.planEdges(plan, edgeOrder);
      tables += 24 * rows;
    } else {
      gradientKernels().planEven(plan, spacing.h, edgeOrder, own === 0 ? 8 : own, w);
      const { from } = spacing;
      if (edgeOrder === 1 && from !== undefined && divides(from.type, type, w)) {
        const integer = new BigInt64Array(1);
        transfer(from, 0, 1, integer, TYPES.int64);
        gradientKernels().planInteger(plan, integer[0] as bigint);
      }
    }
    return {
      n,
      inner,
      plan,
      code: elementCode(bytes / type.lanes, w, lanes),
      weights,
      far: !inPlace && (tile + 2 * edgeOrder * inner) * bytes + PAGE_BYTES + LINE_BYTES > WINDOW_BYTES,
      sink: sinks[k] as Sink,
    };
  });
  // An array of a single tile needs no window that moves.
  const window = inPlace || size <= tile ? undefined : new Window(field, jobs, edgeOrder);
  if (!inPlace && window === undefined) copyIn(source, 0, size, WINDOW, type);
  const base = inPlace ? source.address : WINDOW;

  for (let start = 0; start < size; ) {
    let count = Math.min(tile, size - start);
    for (const { n, inner, weights, far } of jobs) {
      if (far) count = Math.min(count, inner - (start % inner));
      if (weights !== undefined)
        count = Math.min(count, weights.reach(Math.floor(start / inner) % n, start % inner, inner));
    }
    const near = window?.at(start, count) ?? base + start * bytes;
    for (const { n, inner, plan, code, weights, far, sink } of jobs) {
      const i = Math.floor(start / inner) % n;
      const out = sink.address >= 0 ? sink.address + start * bytes : OUT;
      const f = far ? copyNeighbours(field, start, count, i, n, inner, edgeOrder) : near;
      weights?.load(i, Math.min(n - 1, i + Math.floor(((start % inner) + count - 1) / inner)));
      const step = far ? TILE_BYTES : inner * bytes;
      const table = weights?.table ?? 0;
      const apart = weights?.apart ?? 0;
      gradientKernels().along(code, out, f, start, count, n, inner, step, plan, table, apart, streams);
      if (sink.data !== undefined) sink.data.set(outOf(type, count) as unknown as ArrayLike<never>, start * type.lanes);
    }
    start += count;
  }
}

let last: { readonly type: TypeInfo; readonly view: Elements } | undefined;

/** The tile of results; the same view again for calls of one size, of which it would be a tenth of the time. */
function outOf(type: TypeInfo, count: number): Elements {
  // The length of a view that growth detached is 0.
  if (last?.type !== type || last.view.length !== count * type.lanes) last = { type, view: viewOf(type, OUT, count) };
  return last.view;
}

/** Whether an edge divided by an integer of this type differs from one divided by it as a float64. */
function divides({ name, bytes }: TypeInfo, type: TypeInfo, w: FloatBytes): boolean {
  if (!name.includes("int")) return false;
  return type === TYPES.timedelta64 || (bytes <= 2 && w === 8 && (type === TYPES.float16 || type === TYPES.complex64));
}

/**
 * A moving window over an array outside of linear memory: consecutive elements around a tile, each copied in once.
 *
 *     WINDOW   from             start      start + count            to        WINDOW + WINDOW_BYTES
 *       |  ...  |  neighbours  |    tile   |      neighbours      |    free    |
 *
 * When the tile after next would not fit, what is still needed moves to the front, by whole pages, so that pieces lie
 * to their source as the first one does. All begin at whole cache lines, for a processor may copy six times slower to any
 * other address.
 */
class Window {
  #from = 0;
  #to = 0;
  readonly #reach: number;

  constructor(
    readonly field: Field,
    jobs: readonly Job[],
    edgeOrder: number,
  ) {
    this.#reach = jobs.reduce((reach, job) => (job.far ? reach : Math.max(reach, job.inner * edgeOrder)), 0);
  }

  /** Has the tile and its neighbours in memory; the address of the tile. */
  at(start: number, count: number): number {
    const { source, type } = this.field;
    const line = LINE_BYTES / type.bytes;
    const page = PAGE_BYTES / type.bytes;
    const from = Math.max(0, Math.floor((start - this.#reach) / page) * page);
    const to = Math.min(source.size, Math.ceil((start + count + this.#reach) / line) * line);
    if (WINDOW + (to - this.#from) * type.bytes > WINDOW + WINDOW_BYTES) {
      const kept = WINDOW + (from - this.#from) * type.bytes;
      views.u8.copyWithin(WINDOW, kept, kept + (this.#to - from) * type.bytes);
      this.#from = from;
    }
    const end = WINDOW + (this.#to - this.#from) * type.bytes;
    if (to > this.#to) copyIn(source, this.#to, to - this.#to, end, type);
    this.#to = to;
    return WINDOW + (start - this.#from) * type.bytes;
  }
}

/** Copies a tile within row i and those of its neighbours that the formulas of row i need, TILE_BYTES apart; the address of the tile. */
function copyNeighbours(
  { source, type }: Field,
  start: number,
  count: number,
  i: number,
  n: number,
  inner: number,
  edgeOrder: 1 | 2,
): number {
  const centre = FAR + 2 * TILE_BYTES;
  const behind = i === 0 ? 0 : i === n - 1 ? edgeOrder : 1;
  const ahead = i === n - 1 ? 0 : i === 0 ? edgeOrder : 1;
  for (let k = -behind; k <= ahead; ++k) copyIn(source, start + k * inner, count, centre + k * TILE_BYTES, type);
  return centre;
}
