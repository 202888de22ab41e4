import { type Argument, entryName } from "../params/parameters.js";
import { heap } from "../wasm/heap.js";
import { isUsable, type Loss, threw, unusable } from "./differences.js";
import type { Scheme } from "./scheme.js";

/** The fourth root of the machine epsilon, where rounding and truncation of a second difference are alike. */
export const SECOND_STEP = { f64: 2 ** -13, f32: 2 ** -5.75 };

/** Weights of f(x), f(a) and f(b) in h times the first derivative. */
const CENTRAL = [0, 0.5, -0.5] as const;
const ONE_SIDED = [-1.5, 2, -0.5] as const;

/**
 * The points beside one parameter.
 *
 *     central      b  x  a            a = x + h, b = x - h
 *     one-sided    x  a  b  c         a = x + h, b = x + 2h, c = x + 3h
 */
interface Stencil {
  /** Signed; exact unless x + h is many times x. */
  readonly h: number;
  readonly a: number;
  readonly b: number;
  /** NaN if central. */
  readonly c: number;
  readonly weights: typeof CENTRAL | typeof ONE_SIDED;
}

/** The symmetric matrix of second differences of a function of one array of parameters. */
export class SecondDifferences {
  readonly #elements: Float64Array | Float32Array;
  readonly #x: Float64Array | Float32Array;
  readonly #stencils: Stencil[];
  readonly #kind: "f64" | "f32";
  readonly #moved: number[] = [];
  #failure: Error | undefined;

  constructor(
    readonly loss: Loss,
    readonly argument: Argument,
    scheme: Scheme,
  ) {
    this.#kind = argument.layout.counts.f32 > 0 ? "f32" : "f64";
    this.#elements = argument[this.#kind];
    this.#x = this.#elements.slice();
    this.#stencils = Array.from(this.#x, (x, i) => this.#stencil(x, i, scheme));
  }

  #stencil(x: number, i: number, { rule, step, bounds }: Scheme): Stencil {
    const round = this.#kind === "f32" ? Math.fround : (value: number) => value;
    const usual = SECOND_STEP[this.#kind] * Math.max(1, Math.abs(x));
    const given = typeof step === "number" ? step : (step[i] as number);
    let length = rule === 0 ? usual : Math.abs(rule === 1 ? given * x : given);
    if (round(x + length) === x) length = usual;
    const lower = bounds?.lower[i] ?? Number.NEGATIVE_INFINITY;
    const upper = bounds?.upper[i] ?? Number.POSITIVE_INFINITY;
    const [narrow, wide] = [Math.min(x - lower, upper - x), Math.max(x - lower, upper - x)];
    // Away from 0, where x + h has no more digits than x: then x - h is as exact.
    let sign = x >= 0 ? 1 : -1;
    let weights: Stencil["weights"] = CENTRAL;
    if (narrow < length) {
      length = Math.min(length, wide / 3);
      if (length <= narrow) length = narrow;
      else {
        weights = ONE_SIDED;
        sign = upper - x >= x - lower ? 1 : -1;
      }
    }
    const inside = (p: number) => Number.isNaN(p) || (p >= lower && p <= upper);
    for (; ; length *= 0.99) {
      const a = round(x + sign * length);
      const h = a - x;
      if (h === 0 || !Number.isFinite(h)) throw this.#immovable(i, lower, upper);
      const b = round(weights === CENTRAL ? x - h : x + 2 * h);
      const c = weights === CENTRAL ? Number.NaN : round(x + 3 * h);
      // Rounding can carry a point past a bound that it just reaches.
      if (inside(a) && inside(b) && inside(c)) return { h, a, b, c, weights };
    }
  }

  #immovable(i: number, lower: number, upper: number): RangeError {
    const name = entryName(this.argument.layout, this.#kind, i);
    const x = this.#x[i] as number;
    if (!Number.isFinite(x)) return new RangeError(`${name} must be finite; it is ${x}.`);
    if (lower === Number.NEGATIVE_INFINITY && upper === Number.POSITIVE_INFINITY)
      return new RangeError(`${name} is ${x}; a step from there overflows.`);
    return new RangeError(`${name} is ${x}; its bounds, ${lower} and ${upper}, leave no room for a step.`);
  }

  /**
   * The n x n matrix, row by row.
   *
   * @param f0 the value at the argument, if it is known
   */
  take(f0: number | undefined): Float64Array {
    const { argument } = this;
    const before = heap.allocate(argument.layout.bytes);
    try {
      argument.store(before.address);
      const matrix = this.#guarded(f0);
      argument.checkUnchanged(before.address, "");
      return matrix;
    } finally {
      heap.free(before);
    }
  }

  /** Errors get their place here: with `try` around the calls, V8 compiles an inlined loss to code half as fast. */
  #guarded(f0: number | undefined): Float64Array {
    try {
      return this.#matrix(f0 ?? this.#value());
    } catch (error) {
      throw error === this.#failure ? error : threw("loss", error, this);
    }
  }

  #matrix(f0: number): Float64Array {
    const stencils = this.#stencils;
    const n = stencils.length;
    const matrix = new Float64Array(n * n);
    const fa = new Float64Array(n);
    const fb = new Float64Array(n);
    for (const [i, { a, b, c, h, weights }] of stencils.entries()) {
      fa[i] = this.#at(i, a);
      fb[i] = this.#at(i, b);
      const [da, db] = [(fa[i] as number) - f0, (fb[i] as number) - f0];
      // One-sided: 2 f0 - 5 fa + 4 fb - fc.
      const second = weights === CENTRAL ? da + db : 4 * db - 5 * da - (this.#at(i, c) - f0);
      matrix[i * n + i] = this.#finite(second / h / h, i, i);
    }
    for (let i = 1; i < n; ++i) {
      for (let j = 0; j < i; ++j) {
        const mixed = this.#mixed(i, j, f0, fa, fb);
        matrix[i * n + j] = matrix[j * n + i] = this.#finite(mixed, i, j);
      }
    }
    return matrix;
  }

  #mixed(i: number, j: number, f0: number, fa: Float64Array, fb: Float64Array): number {
    const [p, q] = [this.#stencils[i] as Stencil, this.#stencils[j] as Stencil];
    const [ai, bi, aj, bj] = [fa[i] as number, fb[i] as number, fa[j] as number, fb[j] as number];
    const aa = this.#atBoth(i, p.a, j, q.a);
    const bb = this.#atBoth(i, p.b, j, q.b);
    if (p.weights === CENTRAL && q.weights === CENTRAL) {
      return (aa - ai - (aj - f0) + (bb - bi - (bj - f0))) / 2 / p.h / q.h;
    }
    const ab = this.#atBoth(i, p.a, j, q.b);
    const ba = this.#atBoth(i, p.b, j, q.a);
    const [u0, ua, ub] = q.weights;
    const along = (center: number, a: number, b: number) => u0 * center + ua * a + ub * b;
    const [w0, wa, wb] = p.weights;
    return (w0 * along(f0, aj, bj) + wa * along(ai, aa, ab) + wb * along(bi, ba, bb)) / p.h / q.h;
  }

  #at(i: number, value: number): number {
    const before = this.#elements[i] as number;
    this.#moved[0] = i;
    this.#elements[i] = value;
    const found = this.#value();
    this.#elements[i] = before;
    this.#moved.length = 0;
    return found;
  }

  #atBoth(i: number, value: number, j: number, other: number): number {
    const before = this.#elements[j] as number;
    this.#moved[1] = j;
    this.#elements[j] = other;
    const found = this.#at(i, value);
    this.#elements[j] = before;
    return found;
  }

  #value(): number {
    const value = this.loss(this.argument.structure as never);
    if (isUsable(value)) return value;
    this.#failure = unusable(value, this);
    throw this.#failure;
  }

  #finite(value: number, i: number, j: number): number {
    const rounded = this.#kind === "f32" ? Math.fround(value) : value;
    if (Number.isFinite(rounded)) return value;
    this.#failure = new RangeError(
      `The Hessian is not finite, in row ${i} and column ${j}: it overflows float${this.#kind === "f64" ? 64 : 32}.`,
    );
    throw this.#failure;
  }

  /** Where an evaluation is, for the message if it fails. */
  toString(): string {
    const name = (i: number) =>
      `${entryName(this.argument.layout, this.#kind, i)} was ${this.#elements[i]} instead of ${this.#x[i]}`;
    return this.#moved.length === 0 ? "" : ` while ${this.#moved.map(name).join(" and ")}`;
  }
}
