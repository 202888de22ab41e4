import { copyIn } from "../ndarray/operand.js";
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
   * @param bytes of the type that is computed in: float64 takes weights of 8 bytes, the others of 4
   * @param address where there is room for `rows` rows of weights
   */
  constructor(
    readonly coordinates: Coordinates,
    readonly bytes: FloatBytes,
    readonly address: number,
    readonly rows: number,
  ) {
    this.apart = 8 * rows;
  }

  get #n(): number {
    return this.coordinates.x.size;
  }

  /** Writes the constants of the two edges. */
  planEdges(plan: number, edgeOrder: 1 | 2): void {
    const { planUneven, step } = gradientKernels();
    const size = this.coordinates.type.bytes as FloatBytes;
    const at = (i: number) => step(stage(this.coordinates, i, 2), size);
    const n = this.#n;
    const [p0, q1] = [at(0), at(n - 2)];
    const [q0, p1] = edgeOrder === 1 ? [0, 0] : [at(1), at(n - 3)];
    planUneven(plan, p0, q0, p1, q1, edgeOrder, size);
  }

  /** Whether weights are made and used in one pass: where each would serve once only. */
  once(inner: number, size: number): boolean {
    const { type } = this.coordinates;
    return inner === 1 && type.bytes === this.bytes && type.bytes > 2 && (size === this.#n || this.#n > this.rows);
  }

  /** Coordinates of rows i to i + count and their neighbours, as `unevenOnce` takes them: the pointer to x[i]. */
  around(i: number, count: number): number {
    const from = Math.max(0, i - 1);
    const end = Math.min(this.#n, i + count + 1);
    return stage(this.coordinates, from, end - from) + (i - from) * this.coordinates.type.bytes;
  }

  /** How many of the elements that start t elements into row i one tile may hold. */
  reach(i: number, t: number, inner: number, once: boolean): number {
    const toEnd = (this.#n - i) * inner - t;
    if (once) return Math.min(toEnd, stageLimit(this.coordinates) - 2);
    return this.#n <= this.rows ? Number.POSITIVE_INFINITY : Math.min(toEnd, this.rows * inner - t);
  }

  /** Has rows first to last in the table. */
  load(first: number, last: number): void {
    // All of them if they fit, for the lines that follow.
    const [from, end] = this.#n <= this.rows ? [1, this.#n - 1] : [Math.max(1, first), Math.min(last, this.#n - 2) + 1];
    if (from >= this.#first && end <= this.#end) return;
    const count = end - from;
    const { type } = this.coordinates;
    if (count > 0) {
      const x = stage(this.coordinates, from - 1, count + 2) + type.bytes;
      gradientKernels().weights(this.address, this.apart, x, type.bytes as FloatBytes, count, this.bytes === 8 ? 8 : 4);
    }
    this.#first = from;
    this.#end = end;
    this.table = this.address - from * (this.bytes === 8 ? 8 : 4);
  }
}
