import { NDArray } from "../ndarray/ndarray.js";
import { Argument, entryName } from "../params/parameters.js";
import { heap, views } from "../wasm/heap.js";
import { type Differences, isUsable, type Run, unusable } from "./differences.js";
import { KERNELS } from "./kernels.js";
import type { Scheme } from "./scheme.js";

/**
 * The evaluations that a scheme asks for, numbered in the order of the plain loop: the argument itself if its value is
 * needed, then for each parameter the point in lo if there is one, and that in hi. They may be made in any order.
 *
 *     0    1    2    3    4
 *     x    lo0  hi0  lo1  hi1
 */
export class Evaluations {
  readonly count: number;
  readonly #scheme: Scheme;
  /** Evaluations of the argument itself, and of each parameter. */
  readonly #atCenter: 0 | 1;
  readonly #each: 1 | 2;
  #center: number;

  /**
   * @param differences with its memory open
   * @param f0 the value at the argument, if it is known
   */
  constructor(
    readonly differences: Differences,
    scheme: Scheme,
    f0: number | undefined,
  ) {
    this.#scheme = scheme;
    this.#atCenter = differences.points(scheme, "") && f0 === undefined ? 1 : 0;
    this.#each = scheme.method === "central" ? 2 : 1;
    this.#center = f0 ?? 0;
    this.count = this.#atCenter + this.#each * differences.argument.layout.size;
  }

  /** A copy of the argument as evaluation k needs it. */
  argument(k: number): Argument {
    const { argument } = this.differences;
    const own = new Argument(argument.layout);
    own.f64.set(argument.f64);
    own.f32.set(argument.f32);
    if (k >= this.#atCenter) {
      const { run, i, value } = this.#moved(k);
      own[run.kind][i] = value;
    }
    return own;
  }

  /** Evaluations `first` to `first + count`, one a row, for parameters that are a single array. */
  rows(first: number, count: number): NDArray<readonly [number, number]> {
    return rowsOf(this.differences, this.#each === 2, first - this.#atCenter, count);
  }

  /**
   * Takes the value of evaluation k.
   *
   * @param where goes before the place in the message if the value is no finite number
   */
  store(k: number, value: unknown, where = ""): void {
    if (!isUsable(value)) throw unusable(value, where + this.place(k));
    if (k < this.#atCenter) {
      this.#center = value;
      return;
    }
    const { run, i, low } = this.#moved(k);
    views.f64[(this.differences.base + (low ? run.fLo : run.fHi)) / 8 + i] = value;
  }

  /** Where evaluation k is, for error messages. */
  place(k: number): string {
    if (k < this.#atCenter) return "";
    const { run, i, value } = this.#moved(k);
    const { argument } = this.differences;
    return ` while ${entryName(argument.layout, run.kind, i)} was ${value} instead of ${argument[run.kind][i]}`;
  }

  /** Writes the gradient, once every value was taken. */
  finish(): void {
    this.differences.quotients(this.#scheme, this.#center, "", this.differences.gradient);
  }

  /** Which parameter evaluation k moves, and where to. */
  #moved(k: number): { run: Run; i: number; low: boolean; value: number } {
    const { base, runs } = this.differences;
    const moved = k - this.#atCenter;
    const low = this.#each === 2 && moved % 2 === 0;
    let i = Math.floor(moved / this.#each);
    let run = runs[0] as Run;
    if (i >= run.count) {
      i -= run.count;
      run = runs[1] as Run;
    }
    const bytes = run.kind === "f64" ? 8 : 4;
    const value = views[run.kind][(base + (low ? run.lo : run.hi)) / bytes + i] as number;
    return { run, i, low, value };
  }
}

/** Points of parameters that are a single array as rows of a matrix, from row `first` of the kernel `rows` on. */
export function rowsOf(
  { base, argument, runs }: Differences,
  twoSided: boolean,
  first: number,
  count: number,
): NDArray<readonly [number, number]> {
  const { kind, count: n, lo, hi } = runs[0] as Run;
  const { type } = (argument.layout.leaves as [(typeof argument.layout.leaves)[0]])[0];
  const block = heap.allocate(count * n * type.bytes);
  KERNELS[kind]().rows(block.address, base, twoSided ? base + lo : 0, base + hi, n, first, count);
  return new NDArray(type, [count, n], undefined, block);
}
