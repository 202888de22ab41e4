import { describe, typeOf } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { NDArray } from "../ndarray/ndarray.js";
import { AT_LEAST_ZERO, checkNumber } from "../ndarray/ranges.js";
import { Argument, entryName, type Live, ParameterLayout, type ParameterTree } from "../params/parameters.js";
import { checkSeed, randomWords } from "../random/philox.js";
import { heap } from "../wasm/heap.js";
import { type Loss, threw } from "./differences.js";
import { type Finding, Lines } from "./lines.js";
import { type IntegerArray, isIntegers } from "./numerical-gradient.js";

/** Options of `checkGradient`. */
export interface CheckGradientOptions {
  /** Relative error that is right; 1e-6 unless set, 1e-4 where x or the gradient is float32. */
  tolerance?: number;
  /** "elementwise" up to 1000 parameters, "directions" beyond that, unless set. */
  method?: "elementwise" | "directions";
  /** Says which random directions; 0 unless set. */
  seed?: number;
}

/** One entry of a gradient, beside what it should be. */
export interface GradientEntry {
  /** With its place in the structure of x, "layers[0].bias[3]"; "x[3]" where x is one array. */
  readonly name: string;
  /** Place in its array, in row-major order. */
  readonly index: number;
  /** What differences of f say. */
  readonly expected: number;
  /** What the gradient says. */
  readonly actual: number;
  /** By how much `expected` may be off. */
  readonly uncertainty: number;
}

/** The verdict on a gradient. */
export interface GradientCheck {
  /** Whether all of it is right. */
  readonly ok: boolean;
  /** Of any entry, or of the slope in any direction; at most the tolerance if ok. */
  readonly maxRelativeError: number;
  /** The entry that is relatively most wrong; undefined if directions were tried and all is well. */
  readonly worst: GradientEntry | undefined;
  /** All wrong entries, or ten of them where directions were tried. Empty if ok. */
  readonly wrong: readonly GradientEntry[];
  /** Calls of f. */
  readonly evaluations: number;
  /** The verdict in a sentence. */
  readonly message: string;
}

const OPTIONS = ["tolerance", "method", "seed"];
/** Two evaluations each of these take a second if one takes half a millisecond. */
const MOST_ELEMENTWISE = 1000;
const DIRECTIONS = 8;
/** Wrong entries to be named, and single entries to be looked at, where directions are tried. */
const MOST_NAMED = 10;
const MOST_LOOKED_AT = 32;

/**
 * Whether a gradient that was written down is that of a function, and if not, which entries are wrong.
 *
 * Entry by entry, central differences are compared with it: two evaluations for each that is right, more where the
 * step has to be found, and 14 or a few times 13 more to begin with, which measure the rounding of f. Beyond 1000
 * parameters eight random directions are tried, in 30 to some 200 evaluations if the gradient is right; a wrong entry is
 * then found by halving the set of those that are moved, in some 20 log₂ n.
 *
 *     relative error = |expected - actual| / max(|expected|, |actual|)
 *
 * An entry is wrong if that is above the tolerance, and more than the uncertainty of the differences explains. The
 * uncertainty follows from the rounding of f, which is measured, the curvature of f, and the precision of x and of the
 * gradient, also beside the largest entry. At a kink, such as that of |x| at 0, any slope between those of both sides is
 * right.
 *
 * @param f the function, a loss say; given the parameters in the structure of x, as views that are valid during the call
 * @param gradient the gradient in the structure of x, or a function that gives it for x
 * @param x where to compare: numbers, a float array or NDArray, a single number, or records and arrays of these. Away
 *   from special points such as 0, where many wrong gradients are right. Never written
 * @returns the verdict; `wrong` is what a test should compare with [], for it names the entries
 * @throws {RangeError} if f is not finite at x or on both sides of it, or not the same when called again; if the gradient
 *   is of another shape, or an option is out of range
 * @throws {TypeError} if f is not a function or returns no number or writes to x, or x is not made of floats, or the
 *   gradient is not of the same structure
 * @throws {Error} if f or gradient throws, which is the cause
 * @example
 * const f = ([a, b]) => a ** 2 * b;
 * const { ok, worst, message } = checkGradient(f, ([a, b]) => [2 * a, a ** 2], [3, 2]);
 * console.log(ok, worst.name, worst.expected.toFixed(6), worst.actual); // false x[0] 12.000000 6
 * console.log(message); // 1 of 2 entries is wrong: x[0] should be 12, it is 6.
 * console.log(checkGradient(f, ([a, b]) => [2 * a * b, a ** 2], [3, 2]).wrong); // []
 * @see scipy.optimize.check_grad
 */
export function checkGradient<T extends IntegerArray>(
  f: (x: Float64Array<ArrayBuffer>) => number,
  gradient: ((x: Float64Array<ArrayBuffer>) => unknown) | ArrayLike<number>,
  x: T,
  options?: CheckGradientOptions,
): GradientCheck;
export function checkGradient<P extends ParameterTree>(
  f: (x: Live<P>) => number,
  gradient: ((x: Live<P>) => unknown) | ParameterTree,
  x: P,
  options?: CheckGradientOptions,
): GradientCheck;
export function checkGradient(
  f: Loss,
  gradient: unknown,
  x: unknown,
  options: CheckGradientOptions = {},
): GradientCheck {
  if (typeof f !== "function")
    throw new TypeError(`checkGradient takes a function, its gradient and parameters; the first is ${describe(f)}.`);
  checkOptions("checkGradient", options, OPTIONS);
  const seed = checkSeed(options.seed ?? 0);
  const { method } = options;
  if (method !== undefined && method !== "elementwise" && method !== "directions")
    throw new RangeError(`method must be "elementwise" or "directions"; got ${describe(method)}.`);
  const start = isIntegers(x) ? Float64Array.from(x) : x;
  const layout = new ParameterLayout(start, "x");
  if (layout.size === 0) throw new RangeError("x must have at least one parameter; it has none.");
  const argument = new Argument(layout);
  argument.assign(start);
  for (const kind of ["f64", "f32"] as const) {
    const i = argument[kind].findIndex((value) => !Number.isFinite(value));
    if (i >= 0) throw new RangeError(`x must be finite; ${entryName(layout, kind, i)} is ${argument[kind][i]}.`);
  }
  const claimed = new Argument(new ParameterLayout(start, "gradient"));
  const given = typeof gradient === "function" ? callGradient(gradient as Loss, argument) : gradient;
  claimed.assign(given);
  argument.assign(start); // the gradient may have been made in place
  const single = layout.counts.f32 > 0 || hasFloat32(given);
  const tolerance = checkNumber("tolerance", AT_LEAST_ZERO, options.tolerance ?? (single ? 1e-4 : 1e-6));
  if (tolerance === 0) throw new RangeError("tolerance must be above 0, for differences are never exact; got 0.");
  const block = heap.allocate(layout.bytes);
  try {
    argument.store(block.address);
    const lines = new Lines(
      f,
      argument,
      claimed,
      single ? 2 ** -23 : 2 ** -52,
      tolerance,
      direction(layout.size, seed, 0),
    );
    const elementwise = method === undefined ? layout.size <= MOST_ELEMENTWISE : method === "elementwise";
    const check = elementwise ? checkElements(lines) : checkDirections(lines, seed);
    argument.checkUnchanged(block.address, "");
    return check;
  } finally {
    heap.free(block);
  }
}

function callGradient(gradient: (x: never) => unknown, argument: Argument): unknown {
  try {
    return gradient(argument.structure as never);
  } catch (error) {
    throw threw("gradient", error, "");
  }
}

/** Whether some array among the values is float32, as those are that another library computed in it. */
function hasFloat32(values: unknown): boolean {
  if (values instanceof NDArray) return values.dtype === "float32";
  const type = typeOf(values);
  if (type !== undefined) return type.name === "float32";
  if (typeof values !== "object" || values === null) return false;
  return Object.values(values).some(hasFloat32);
}

/** Numbers of random size, 1/2 to 1, and sign. Of random size, for errors of the same size may cancel otherwise. */
function direction(n: number, seed: number, stream: number): Float64Array {
  const words = randomWords(n, seed, stream);
  return Float64Array.from(words, (word) => (word & 1 ? 1 : -1) * (0.5 + (word >>> 1) / 2 ** 32));
}

function checkElements(lines: Lines): GradientCheck {
  const found = new Found(lines);
  for (let i = 0; i < lines.size; ++i) found.look(i);
  return found.verdict("elementwise");
}

function checkDirections(lines: Lines, seed: number): GradientCheck {
  const found = new Found(lines);
  for (let i = 0; i < lines.size && !found.isFull; ++i) if (!Number.isFinite(lines.claimed[i])) found.look(i);
  for (let k = 0; k < DIRECTIONS && !found.isFull; ++k) {
    const v = direction(lines.size, seed, k + 1).map((weight, i) => weight * (lines.units[i] as number));
    /** Blocks of parameters with something wrong among them, the one with most to an entry last. */
    const suspects: { begin: number; end: number; score: number }[] = [];
    const examine = (begin: number, end: number): void => {
      if (end - begin === 1) found.look(begin);
      else {
        const finding = lines.along(v, begin, end);
        if (finding.relative <= lines.tolerance) found.pass(finding);
        else suspects.push({ begin, end, score: Math.abs(finding.residual) / (end - begin) });
      }
    };
    examine(0, lines.size);
    for (let block = suspects.pop(); block !== undefined && !found.isFull; block = suspects.pop()) {
      const middle = (block.begin + block.end) >>> 1;
      examine(block.begin, middle);
      examine(middle, block.end);
      suspects.sort((a, b) => a.score - b.score);
    }
  }
  return found.verdict("directions");
}

/** What was found of a gradient's entries. */
class Found {
  #maxRelativeError = 0;
  #worst: GradientEntry | undefined;
  /** An entry off by this share of the usual size would show in the direction that shows most. */
  #resolution = Number.POSITIVE_INFINITY;
  #looks = 0;
  readonly #wrong: GradientEntry[] = [];

  constructor(readonly lines: Lines) {}

  /** Where entries are searched for, these are enough. */
  get isFull(): boolean {
    return this.#wrong.length >= MOST_NAMED || this.#looks >= MOST_LOOKED_AT;
  }

  /** Compares one entry, and puts the right one in place of a wrong one, so that it hides no other. */
  look(i: number): void {
    this.#looks += 1;
    const { lines } = this;
    const actual = lines.claimed[i] as number;
    const { residual, error, relative } = lines.alongAxis(i);
    const expected = (lines.gradient[i] as number) + residual;
    const share = Number.isFinite(actual) ? relative : Number.POSITIVE_INFINITY;
    const isWrong = share > lines.tolerance;
    if (isWrong || this.#worst === undefined || share > this.#maxRelativeError) {
      const entry = { ...lines.placeOf(i), expected, actual, uncertainty: error };
      if (isWrong) {
        this.#wrong.push(entry);
        lines.gradient[i] = expected;
      }
      if (this.#worst === undefined || share > this.#maxRelativeError) this.#worst = entry;
    }
    this.#maxRelativeError = Math.max(this.#maxRelativeError, share);
  }

  /** Takes note of a direction along which all is well. */
  pass({ relative, resolution }: Finding): void {
    this.#maxRelativeError = Math.max(this.#maxRelativeError, relative);
    this.#resolution = Math.min(this.#resolution, resolution);
  }

  verdict(way: "elementwise" | "directions"): GradientCheck {
    const wrong = this.#wrong;
    const { size, evaluations } = this.lines;
    const maxRelativeError = this.#maxRelativeError;
    const ok = wrong.length === 0;
    const entries = `${size} ${size === 1 ? "entry" : "entries"}`;
    let message: string;
    if (!ok) {
      const { name, expected, actual } = this.#worst as GradientEntry;
      const digits = Math.min(17, 5 + Math.max(0, -Math.floor(Math.log10(maxRelativeError))));
      const [right, is] = [expected, actual].map((value) => Number(value.toPrecision(digits)));
      const least = way === "directions" && this.isFull ? "At least " : "";
      const are = wrong.length === 1 ? "is" : "are";
      message = `${least}${wrong.length} of ${entries} ${are} wrong: ${name} should be ${right}, it is ${is}.`;
    } else {
      message = `The gradient of ${entries} agrees with differences to a relative error of ${maxRelativeError.toExponential(1)}`;
      // The weights of a direction are 1/2 at least.
      if (way === "directions")
        message += ` along ${DIRECTIONS} directions, where an entry of usual size would show if it were off by ${(2 * this.#resolution).toExponential(1)}`;
      message += ".";
    }
    return { ok, maxRelativeError, worst: this.#worst, wrong, evaluations, message };
  }
}
