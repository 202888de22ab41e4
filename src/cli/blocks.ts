import type { NDArray, Spacing, TypedArray } from "steepest";
import { sizeOf } from "./npy.js";

/**
 * Rows that are read beside a block: as many as edges of order 2 need, and one more whose coordinate may be spoilt, see
 * `Stepping.within`.
 */
const HALO = 3;

/** A part of an array that fits memory, with what its gradient needs around it. */
export interface Block {
  /** What is read: elements from here to there, in C order. */
  readonly start: number;
  readonly end: number;
  /** Of what is read; its axes are those of the array from `first` on, and one before them. */
  readonly shape: readonly number[];
  /** What is written: elements of what is read, from here to there. */
  readonly from: number;
  readonly to: number;
  /** The rows that are read, along axis `first`. */
  readonly rows: readonly [number, number];
}

/**
 * Cuts an array in C order.
 *
 *     shape   a, b, first, c, d       along a and b nothing is differentiated
 *     items      | ----------- |     as many as fit; they have no neighbours
 *     rows               | --- |     if not even one item fits: so many that they fit with their halo
 *
 * @param first the first axis that is differentiated
 * @param most elements that may be read at once; a few rows are, even if that is more
 */
export function* blocksOf(shape: readonly number[], first: number, most: number): Generator<Block> {
  const rest = shape.slice(first);
  const [rows, outer] = [shape[first]!, sizeOf(shape.slice(0, first))];
  const [item, inner] = [sizeOf(rest), sizeOf(shape.slice(first + 1))];
  if (item <= most) {
    // An array without items is one block, too: its result has a type and a shape.
    const items = outer * item <= most ? Math.max(1, outer) : Math.floor(most / item);
    for (let i = 0; i === 0 || i < outer; i += items) {
      const count = Math.min(items, outer - i);
      const [start, to] = [i * item, count * item];
      yield { start, end: start + to, shape: [count, ...rest], from: 0, to, rows: [0, rows] };
    }
    return;
  }
  const count = Math.max(1, Math.floor(most / inner) - 2 * HALO);
  for (let i = 0; i < outer; ++i) {
    for (let row = 0; row < rows; row += count) {
      const [a, b] = [Math.max(0, row - HALO), Math.min(rows, row + count + HALO)];
      const [start, end] = [i * item + a * inner, i * item + b * inner];
      const [from, to] = [(row - a) * inner, (Math.min(rows, row + count) - a) * inner];
      yield { start, end, shape: [1, b - a, ...rest.slice(1)], from, to, rows: [a, b] };
    }
  }
}

/** The spacing along the axis that is cut, so that the parts have the bits of the whole. */
export class Stepping {
  readonly #even: Spacing | undefined;
  readonly #coordinates: Float64Array | undefined;

  constructor(
    readonly spacing: number | NDArray,
    rows: number,
  ) {
    // What is not real is for the library to refuse.
    if (typeof spacing === "number" || spacing.ndim === 0 || !/int|float|timedelta/.test(spacing.dtype)) {
      this.#even = spacing;
      return;
    }
    if (spacing.ndim !== 1) throw new RangeError("distances must be either scalars or 1d");
    if (spacing.size !== rows)
      throw new RangeError("when 1d, distances must match the length of the corresponding dimension");
    // Integers become float64 before their difference is taken, as in NumPy; NaN can then be written among them.
    const x = (
      /^float/.test(spacing.dtype) ? spacing.data.slice() : Float64Array.from(spacing.data as Iterable<number>, Number)
    ) as Float64Array;
    const step = x.slice(0, 2);
    const difference = (i: number) => {
      step[0] = x[i + 1]! - x[i]!; // rounds to the type of x
      return step[0]!;
    };
    const h = difference(0);
    let i = 1;
    while (i < rows - 1 && difference(i) === h) ++i;
    if (i >= rows - 1 && !Number.isNaN(h)) {
      step[0] = h;
      this.#even = { data: step.subarray(0, 1), shape: [] };
    }
    this.#coordinates = x;
  }

  /**
   * The spacing of a block. Coordinates that are even within it, but not along all of the axis, would be taken for even
   * ones, whose formula rounds otherwise. NaN as the outermost coordinate, which only the halo has a use for, prevents it.
   */
  within([from, to]: readonly [number, number], rows: number): Spacing {
    if (from === 0 && to === rows) return this.spacing as Spacing;
    if (this.#even !== undefined) return this.#even;
    const part = this.#coordinates!.slice(from, to);
    part[from > 0 ? 0 : part.length - 1] = Number.NaN;
    return part as TypedArray as Spacing;
  }
}
