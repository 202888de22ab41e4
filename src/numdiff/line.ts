import type { Argument } from "../params/parameters.js";
import { nameOf, type Scheme, vectorOf } from "./scheme.js";

/** The default step is r max(1, |x|); r by the type of a parameter. */
interface RelativeStep {
  readonly f64: number;
  readonly f32: number;
}

/** The line x + t u through parameters, u = v / max|v|, with an argument that is moved along it. */
export class Line {
  /** In the order of the parameters' vector, as all else here. */
  readonly #x: Float64Array;
  readonly #u: Float64Array;
  /** max|v| */
  readonly length: number;

  constructor(
    readonly argument: Argument,
    direction: unknown,
    name: string,
  ) {
    const { layout, f64, f32 } = argument;
    this.#x = new Float64Array(layout.size);
    this.#x.set(f64);
    this.#x.set(f32, f64.length);
    const entries = vectorOf(name, direction, layout);
    this.length = entries.reduce((most, entry, i) => {
      const x = this.#x[i] as number;
      if (!Number.isFinite(x)) throw new RangeError(`${nameOf(i, layout)} must be finite; it is ${x}.`);
      if (!Number.isFinite(entry))
        throw new RangeError(`${name} must be finite; for ${nameOf(i, layout)} it is ${entry}.`);
      return Math.max(most, Math.abs(entry));
    }, 0);
    this.#u = entries.map((entry) => entry / this.length);
  }

  /** The step of each parameter, by the rules of points.ts but without a sign. */
  steps({ rule, step }: Scheme, relative: RelativeStep): Float64Array {
    const { length } = this.argument.f64;
    return this.#x.map((x, i) => {
      const given = typeof step === "number" ? step : (step[i] as number);
      const usual = relative[i < length ? "f64" : "f32"] * Math.max(1, Math.abs(x));
      const h = rule === 0 ? usual : Math.abs(rule === 1 ? given * x : given);
      return (i < length ? x + h : Math.fround(x + h)) === x ? usual : h;
    });
  }

  /** The largest t with which no parameter moves by more than its step. */
  reach(steps: Float64Array): number {
    return steps.reduce((t, h, i) => {
      const u = Math.abs(this.#u[i] as number);
      return u === 0 ? t : Math.min(t, h / u);
    }, Number.POSITIVE_INFINITY);
  }

  /**
   * Moves the argument to x + t u.
   *
   * @returns the t that is left of it after rounding, by least squares; along a single parameter it is exact
   */
  move(t: number): number {
    const { f64, f32 } = this.argument;
    const [x, u] = [this.#x, this.#u];
    let [along, squares] = [0, 0];
    for (let i = 0; i < x.length; ++i) {
      const [from, entry] = [x[i] as number, u[i] as number];
      const k = i - f64.length;
      const to = k < 0 ? (f64[i] = from + t * entry) : (f32[k] = Math.fround(from + t * entry));
      along += (to - from) * entry;
      squares += entry * entry;
    }
    const left = along / squares;
    if (left === 0 || !Number.isFinite(left)) {
      throw new RangeError(`No step of ${t} can be made along the direction: it leaves x as it is, or overflows.`);
    }
    return left;
  }
}
