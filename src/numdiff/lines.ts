import { type Argument, entryName } from "../params/parameters.js";
import { evaluate, type Loss } from "./differences.js";
import { noiseOf } from "./noise.js";

/** What differences along a line say of a gradient. */
export interface Finding {
  /** By how much f rises faster along the line than the gradient says, for a step of 1. */
  readonly residual: number;
  /** What the residual may be although the gradient is right. */
  readonly error: number;
  /** The residual as a share of the slope; no more than the tolerance where its error explains it. */
  readonly relative: number;
  /** The least share of the slope's usual entry that could have been told to be wrong. */
  readonly resolution: number;
}

interface Estimate {
  readonly h: number;
  readonly residual: number;
  readonly truncation: number;
  readonly roundoff: number;
}

/** What a gradient says of a line. */
interface Slopes {
  /** Slope along it. */
  readonly own: number;
  /** What residuals are to be compared with: one entry of the root mean square shall show. */
  readonly scale: number;
  readonly rounding: number;
  /** The first step to try, and the last. */
  readonly step: number;
  readonly smallest: number;
}

/** A pair of evaluations at x - h v and x + h v. */
interface Pair {
  readonly residual: number;
  /** f(x + h v) - 2 f(x) + f(x - h v), which is near h² for smooth f and near h for one with a kink. */
  readonly bend: number;
}

/** Steps go up and down by this factor. */
const LADDER = 8;
const LARGEST_STEP = 0.5;
const SMALLEST_STEP = 2 ** -50;
/** Rounding that a right gradient may show, in units of its precision. */
const ROUNDINGS = 4;
/** Of the noise over the step, at most, for a combination of four values; six standard deviations and more. */
const NOISES = 16;
/** An entry is wrong only if the residual is as many times as large as its estimated error. */
const CLEARLY = 4;
/** Residuals of this share of the slope are looked into until the differences resolve them. */
const RESOLUTION = 1e-4;

/**
 * A function on lines through a point, beside a gradient.
 *
 * All is about the residual of a step h along v, which is 0 but for truncation and rounding if g is right:
 *
 *     r(h) = (f(x + h v) - f(x - h v) - g · ((x + h v) - (x - h v))) / 2h
 *
 * The points are taken as they were rounded. Parameters are counted through: float64 first, then float32.
 */
export class Lines {
  /** How often f was called. */
  evaluations = 0;
  /** The gradient as it was given. */
  readonly claimed: Float64Array;
  /** The gradient that residuals are taken of: 0 where the other is not finite, and what the caller puts right. */
  readonly gradient: Float64Array;
  readonly size: number;
  /** max(1, |xᵢ|), the unit of steps along an axis. */
  readonly units: Float64Array;
  readonly #x: Float64Array;
  readonly #value: number;
  /** Standard deviation of the rounding of f. */
  readonly #noise: number;
  /** The largest entry of the gradient. */
  readonly #largest: number;
  /** The last value that was not finite, as an error. */
  #failure: RangeError | undefined;

  /**
   * @param epsilon precision of the gradient
   * @param tolerance the relative residual that is right
   * @param weights one for each parameter, of random sign and size, for the line on which the noise is measured
   */
  constructor(
    readonly loss: Loss,
    readonly argument: Argument,
    gradient: Argument,
    readonly epsilon: number,
    readonly tolerance: number,
    weights: Float64Array,
  ) {
    this.#x = joined(argument);
    this.claimed = joined(gradient);
    this.gradient = this.claimed.map((g) => (Number.isFinite(g) ? g : 0));
    this.size = this.#x.length;
    this.units = this.#x.map((x) => Math.max(1, Math.abs(x)));
    this.#largest = this.gradient.reduce((largest, g) => Math.max(largest, Math.abs(g)), 0);
    this.#value = this.#evaluate("");
    // By powers of two where float32 would round a point, else not: of round numbers many a sum is exact by chance.
    const boundary = argument.f64.length;
    const v = weights.map((weight, i) => {
      const power = 2 ** Math.ceil(Math.log2(this.units[i] as number));
      return power * (i < boundary ? weight : Math.sign(weight));
    });
    this.#noise = noiseOf((t) => {
      const rise = this.#move(v, 0, this.size, t);
      const value = this.#tryEvaluate(0, this.size);
      if (t === 0) this.#checkRepeatable(value);
      return [value, value - rise];
    });
    this.#move(v, 0, this.size, 0);
    if (Number.isNaN(this.#noise)) throw this.#failure as RangeError;
  }

  /** What differences along the axis of a parameter say, for a step of 1. */
  alongAxis(i: number): Finding {
    const finding = this.along(this.units, i, i + 1);
    const unit = this.units[i] as number;
    return { ...finding, residual: finding.residual / unit, error: finding.error / unit };
  }

  /**
   * What differences along v say, of which only elements begin to end are not 0.
   *
   * Two evaluations that agree with the gradient are enough: it is no coincidence. Otherwise Richardson's extrapolation
   * of four gives the residual with an estimate of its error, at one step after the other until truncation and rounding
   * are in balance, or the residual is clearly none.
   */
  along(v: Float64Array, begin: number, end: number): Finding {
    const slopes = this.#slopesOf(v, begin, end);
    const judge = (residual: number, error: number): Finding => {
      const scale = Math.max(slopes.scale, end - begin === 1 ? Math.abs(slopes.own + residual) : 0);
      const share = residual === 0 ? 0 : Math.abs(residual) / scale;
      const relative = Math.abs(residual) <= error ? Math.min(share, this.tolerance) : share;
      return { residual, error, relative, resolution: Math.max(this.tolerance, error / slopes.scale) };
    };
    let h = slopes.step;
    let pair = this.#pair(v, begin, end, h);
    while (pair === undefined) {
      h /= LADDER;
      if (h < slopes.smallest) throw this.#failure as RangeError;
      pair = this.#pair(v, begin, end, h);
    }
    // Two values that agree: no estimate of the error was made, they are it.
    const agreed = (residual: number) => ({
      ...judge(residual, 0),
      error: Math.abs(residual),
    });
    if (judge(pair.residual, 0).relative <= this.tolerance) return agreed(pair.residual);

    // A gradient of this precision is at best that of a rounded x, off by the curvature; over many entries it averages.
    const curved = (ROUNDINGS * this.epsilon) / Math.sqrt(end - begin);
    const found: { e: Estimate; error: number }[] = [];
    let down: boolean | undefined;
    for (; ; h = down ? h / LADDER : h * LADDER) {
      if (h < slopes.smallest || h > LARGEST_STEP) break;
      const large: Pair | undefined = found.length === 0 ? pair : this.#pair(v, begin, end, h);
      const small = large && this.#pair(v, begin, end, h / 2);
      if (large === undefined || small === undefined) break;
      const e = this.#extrapolate(h, large, small);
      const error = e.truncation + e.roundoff + slopes.rounding + (curved * Math.abs(large.bend)) / (h * h);
      found.push({ e, error });
      if (judge(small.residual, 0).relative <= this.tolerance) return agreed(small.residual);
      if (judge(e.residual, 0).relative <= this.tolerance) return agreed(e.residual);
      if (Math.abs(e.residual) <= error && error <= RESOLUTION * slopes.scale) break;
      const truncated = e.truncation > e.roundoff;
      if (down !== undefined && truncated !== down) break;
      down = truncated;
    }
    if (found.length === 0) return judge(pair.residual, Number.POSITIVE_INFINITY);
    // Rounding is known, truncation only guessed: what a smaller step contradicts was a lucky guess.
    found.sort((a, b) => a.e.h - b.e.h);
    const consistent = found.filter((a, k) =>
      found.slice(0, k).every((b) => Math.abs(a.e.residual - b.e.residual) <= a.error + b.error),
    );
    const best = consistent.reduce((a, b) => (b.error < a.error ? b : a));
    let error = CLEARLY * best.error;
    // Of many entries it is no verdict yet.
    if (end - begin === 1 && judge(best.e.residual, error).relative > this.tolerance) {
      const { h } = (found[0] as typeof best).e;
      if (this.#vanishes(v, begin, end, h, best.e.residual, slopes)) error += Math.abs(best.e.residual);
      else {
        const steps = found.map(({ e }) => e.h).filter((step) => step <= best.e.h);
        error += Math.max(...steps.map((step) => this.#kink(v, begin, end, step)));
      }
    }
    return judge(best.e.residual, error);
  }

  #extrapolate(h: number, large: Pair, small: Pair): Estimate {
    const residual = (4 * small.residual - large.residual) / 3;
    return {
      h,
      residual,
      truncation: 2 * Math.abs(residual - small.residual),
      roundoff: (NOISES * this.#noise) / h,
    };
  }

  /** Whether a residual at a step is gone with smaller ones, as far as rounding lets it be seen. */
  #vanishes(v: Float64Array, begin: number, end: number, h: number, residual: number, slopes: Slopes): boolean {
    for (h /= LADDER; h >= slopes.smallest; h /= LADDER) {
      const roundoff = (NOISES * this.#noise) / h;
      if (4 * roundoff > Math.abs(residual)) return false;
      const pair = this.#pair(v, begin, end, h);
      if (pair === undefined) return false;
      if (Math.abs(pair.residual) <= Math.max(this.tolerance * slopes.scale, 2 * roundoff)) return true;
    }
    return false;
  }

  /**
   * What a kink between x - h v and x + h v does to the residual, 0 if there is none.
   *
   * A jump J of the slope at a distance d makes the bend J (h - d), and the residual that over 2h. The bend of a smooth
   * function falls by 64 when the step falls by 8.
   */
  #kink(v: Float64Array, begin: number, end: number, h: number): number {
    const [wide, narrow] = [this.#pair(v, begin, end, h), this.#pair(v, begin, end, h / LADDER)];
    if (wide === undefined || narrow === undefined) return 0;
    const isSmooth = Math.abs(narrow.bend) + 8 * this.#noise <= (Math.abs(wide.bend) * 2) / (LADDER * LADDER);
    return isSmooth ? 0 : (Math.abs(wide.bend) + NOISES * this.#noise) / (2 * h);
  }

  /** The slope along v that the gradient has, what residuals are to be compared with, and the first step to try. */
  #slopesOf(v: Float64Array, begin: number, end: number): Slopes {
    let own = 0;
    let squares = 0;
    let reach = 0;
    let smallest = SMALLEST_STEP;
    for (let i = begin; i < end; ++i) {
      const slope = (this.gradient[i] as number) * (v[i] as number);
      own += slope;
      squares += slope * slope;
      reach = Math.max(reach, Math.abs(v[i] as number));
      if (i >= this.argument.f64.length)
        smallest = Math.max(smallest, (2 ** -20 * Math.abs(this.#x[i] as number)) / Math.abs(v[i] as number));
    }
    const norm = Math.sqrt(squares);
    // One entry of the root mean square must show.
    const scale = norm / Math.sqrt(end - begin);
    // Single entries are never blamed for rounding; that of many averages, and is no verdict yet.
    const rounding = this.epsilon * (end - begin === 1 ? ROUNDINGS * (norm + this.#largest * reach) : 2 * norm);
    const share = this.#noise / Math.max(norm, 1e-3 * this.#largest * reach, this.#noise);
    const least = this.argument.f32.length > 0 ? 2 ** -12 : 2 ** -26;
    const step = Math.min(Math.max(Math.cbrt(share), least), LARGEST_STEP / LADDER);
    return { own, scale, rounding, step, smallest };
  }

  #pair(v: Float64Array, begin: number, end: number, h: number): Pair | undefined {
    const rise = this.#move(v, begin, end, h);
    const above = this.#tryEvaluate(begin, end);
    const fall = this.#move(v, begin, end, -h);
    const below = Number.isNaN(above) ? above : this.#tryEvaluate(begin, end);
    this.#move(v, begin, end, 0);
    if (Number.isNaN(below)) return undefined;
    // What a parameter moved, rounded, is not 2 h; over many of them it averages.
    const x = this.#x[begin] as number;
    const moved =
      end - begin === 1
        ? (this.#rounded(begin, x + h * (v[begin] as number)) - this.#rounded(begin, x - h * (v[begin] as number))) /
          (v[begin] as number)
        : 0;
    return { residual: (above - below - (rise - fall)) / (moved || 2 * h), bend: above - 2 * this.#value + below };
  }

  /** Moves elements to x + h v, and gives g · h v with the points as they were rounded. */
  #move(v: Float64Array, begin: number, end: number, h: number): number {
    const { f64, f32 } = this.argument;
    const boundary = f64.length;
    let rise = 0;
    for (let i = begin; i < end; ++i) {
      const x = this.#x[i] as number;
      const to = h === 0 ? x : x + h * (v[i] as number);
      if (i < boundary) {
        f64[i] = to;
        rise += (this.gradient[i] as number) * (to - x);
      } else {
        f32[i - boundary] = to;
        rise += (this.gradient[i] as number) * (Math.fround(to) - x);
      }
    }
    return rise;
  }

  /** The value that a parameter has when it is set. */
  #rounded(i: number, value: number): number {
    return i < this.argument.f64.length ? value : Math.fround(value);
  }

  /** NaN where f is not finite. */
  #tryEvaluate(begin: number, end: number): number {
    const { f64, f32 } = this.argument;
    let where = ` while x was moved along a line`;
    if (end - begin === 1) {
      const now = begin < f64.length ? f64[begin] : f32[begin - f64.length];
      where = ` while ${this.placeOf(begin).name} was ${now} instead of ${this.#x[begin]}`;
    }
    try {
      return this.#evaluate(where);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#failure = error;
      return Number.NaN;
    }
  }

  #evaluate(where: string): number {
    this.evaluations += 1;
    return evaluate(this.loss, this.argument.structure, where);
  }

  /** Of a parameter: its name, and its place in its array. */
  placeOf(i: number): { name: string; index: number } {
    const { layout, f64 } = this.argument;
    const kind = i < f64.length ? "f64" : "f32";
    const k = kind === "f64" ? i : i - f64.length;
    const name = entryName(layout, kind, k);
    const leaf = layout.leaves.findLast(
      (l) => l.offset <= k && l.size > 0 && (l.type.bytes === 8) === (kind === "f64"),
    );
    return { name, index: k - (leaf?.offset ?? 0) };
  }

  #checkRepeatable(again: number): void {
    const first = this.#value;
    if (Math.abs(again - first) <= 1e-6 * Math.abs(first)) return;
    throw new RangeError(
      `The loss must be the same for the same parameters; it returned ${first} first, then ${again}.`,
    );
  }
}

function joined({ f64, f32 }: Argument): Float64Array {
  const all = new Float64Array(f64.length + f32.length);
  all.set(f64);
  all.set(f32, f64.length);
  return all;
}
