import { TYPES } from "../ndarray/dtype.js";
import { copyIn, transfer } from "../ndarray/operand.js";
import type { Coordinates, EvenSpacing } from "./arguments.js";
import { type FloatBytes, gradientKernels } from "./kernels.js";
import { STAGE, STAGE_BYTES } from "./scratch.js";

/** Pointer to coordinates from x[from] on, `count` of them, in their own type: in place, or staged. */
function stage({ x, type }: Coordinates, from: number, count: number): number {
  if (x.address >= 0 && x.type === type) return x.address + from * type.bytes;
  copyIn(x, from, count, STAGE, type);
  return STAGE;
}

/** How many coordinates `stage` can give at once. */
function stageLimit({ x, type }: Coordinates): number {
  return x.address >= 0 && x.type === type ? x.size : STAGE_BYTES / type.bytes;
}

/** Coordinates whose steps all equal the first are even spacing in their own precision, as NumPy has it. */
export function evened(coordinates: EvenSpacing | Coordinates): EvenSpacing | Coordinates {
  if ("h" in coordinates) return coordinates;
  const { x } = coordinates;
  if (x.type === TYPES.bool) {
    // To NumPy a step of booleans is whether they differ: steps are equal if every other boolean is.
    const bits = new Uint8Array(x.size);
    transfer(x, 0, x.size, bits, TYPES.uint8);
    const [first, second] = bits as unknown as [number, number];
    return bits.some((bit, i) => i > 1 && bit !== bits[i - 2]) ? coordinates : { h: first ^ second, bytes: 8, from: x };
  }
  const bytes = coordinates.type.bytes as FloatBytes;
  const kernels = gradientKernels();
  const steps = coordinates.x.size - 1;
  const h = kernels.step(stage(coordinates, 0, 2), bytes);
  const most = stageLimit(coordinates) - 1;
  for (let done = 0; done < steps; ) {
    const count = Math.min(steps - done, most);
    if (kernels.evenSteps(stage(coordinates, done, count + 1), bytes, count, h) < count) return coordinates;
    done += count;
  }
  return { h, bytes };
}

/** The weights of one unevenly spaced axis, as many at a time as a tile needs. */
export class Weights {
  /** What the kernels take: the weights of row 0, which may lie outside memory, and the bytes from A to B to C. */
  table = 0;
  readonly apart: number;
  /** Rows in the table: from #first up to, not including, #end. */
  #first = 0;
  #end = 0;

  /**
   * @param coordinates of the samples
   * @param bytes of a weight
   * @param address where there is room for `rows` rows of weights
   * @param once whether each weight would serve once only: the kernels make it of the coordinates as they use it
   */
  constructor(
    readonly coordinates: Coordinates,
    readonly bytes: 4 | 8,
    readonly address: number,
    readonly rows: number,
    readonly once: boolean,
  ) {
    this.apart = once ? 1 : 8 * rows;
  }

  /** Writes the constants of the two edges. */
  planEdges(plan: number, edgeOrder: 1 | 2): void {
    const { x, type } = this.coordinates;
    for (let right = 0; right < 2; ++right) {
      const ends = stage(this.coordinates, right * (x.size - 1 - edgeOrder), edgeOrder + 1);
      gradientKernels().planUneven(plan, ends, type.bytes as FloatBytes, edgeOrder, right);
    }
  }

  /** How many of the elements that start t elements into row i one tile may hold. */
  reach(i: number, t: number, inner: number): number {
    const n = this.coordinates.x.size;
    const toEnd = (n - i) * inner - t;
    if (this.once) return Math.min(toEnd, stageLimit(this.coordinates) - 2);
    return n <= this.rows ? Number.POSITIVE_INFINITY : Math.min(toEnd, this.rows * inner - t);
  }

  /** Has rows first to last in the table. */
  load(first: number, last: number): void {
    const { coordinates, bytes, rows } = this;
    const { size } = coordinates.x;
    const own = coordinates.type.bytes as FloatBytes;
    if (this.once) {
      const from = Math.max(0, first - 1);
      this.table = stage(coordinates, from, Math.min(size, last + 2) - from) - from * own;
      return;
    }
    // All of them if they fit, for the lines that follow.
    const [from, end] = size <= rows ? [1, size - 1] : [Math.max(1, first), Math.min(last, size - 2) + 1];
    if (from >= this.#first && end <= this.#end) return;
    const count = end - from;
    if (count > 0)
      gradientKernels().weights(
        this.address,
        this.apart,
        stage(coordinates, from - 1, count + 2) + own,
        own,
        count,
        bytes,
      );
    this.#first = from;
    this.#end = end;
    this.table = this.address - from * bytes;
  }
}
