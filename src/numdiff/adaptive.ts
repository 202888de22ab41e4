/**
 * Derivatives of a function of one number, to as many digits as its values carry.
 *
 * Around x the function is a power series, of which pairs of values give a half each:
 *
 *     (f(x+t) - f(x-t)) / 2t = f'(x) + f'''(x)/6 u + ...                 u = t²     orders 1 and 3
 *     (f(x+t) + f(x-t)) / 2  = f(x) + f''(x)/2 u + f''''(x)/24 u² + ...  u = t²     orders 2 and 4
 *     f(x ± t)               = f(x) + f'(x) u + f''(x)/2 u² + ...        u = ±t     one-sided
 *
 * The polynomial in u through some values is read off at u = 0: extrapolation, as Richardson and Ridders do it, but
 * over steps of any spacing. Its divided differences are the coefficients of the series: the ratio of neighbouring ones
 * says how far the series reaches, hence what the next one would add, and which steps to take next. The rounding of the
 * values bounds the rest of the error. A difference far above what the series lets expect is noise of f, or something
 * about f that is smaller than the steps; smaller steps tell which.
 *
 * All of this is some hundred operations on scalars for a call of f. In a kernel it would cost more to call than to do.
 */

/** Where values were taken: on both sides of the point, or on one. */
export type Side = "both" | "left" | "right";

export interface Request {
  /** 1 to 4. */
  readonly order?: number;
  readonly side?: Side;
  /** No evaluation leaves [lo, hi]. */
  readonly lo?: number;
  readonly hi?: number;
  /** The value at x, if it is known. */
  readonly value?: number | undefined;
  /** Points are float32 numbers, and values as exact as these. */
  readonly single?: boolean;
}

/** A derivative and what it cost. */
export interface Estimate {
  /** The derivative. */
  readonly value: number;
  /** Bound of the error, if the function is as smooth and as exact as its values suggest. */
  readonly error: number;
  /** Calls of the function. */
  readonly evaluations: number;
  /** One of the sides where f is not finite, or has no room, on the other one. */
  readonly side: Side;
}

/** A value of the series, from the one or two values of f at distance t, or from that at x itself. */
interface Node {
  readonly t: number;
  readonly u: number;
  readonly y: number;
  /** Size of f, which its rounding is proportional to. */
  readonly size: number;
  /** What the rounding of the points adds to that of f. */
  readonly blur: number;
  /** What y is f divided by. */
  readonly divisor: number;
}

/** What a run of nodes, one next to the other, says. */
interface Fit {
  readonly first: number;
  readonly last: number;
  readonly value: number;
  readonly truncation: number;
  roundoff: number;
  error: number;
  /** The u up to which the series converges; at least, if none of its terms was `seen`. */
  readonly reach: number;
  readonly seen: boolean;
  /** Whether the highest difference is only rounding: a polynomial of that degree, as far as one can tell. */
  readonly quiet: boolean;
  /** Noise of f in units of its rounding; 0 where terms of the series hide it. */
  noise: number;
}

const FACTORIAL = [1, 1, 2, 6, 24];

/** After so many evaluations no more steps are tried. */
const ENOUGH = 31;
/** What is good enough, in units of the machine epsilon: 1e-13 for float64. */
const GOAL = 450;
/** A difference is seen above so many times its rounding. */
const SEEN = 2;
/** A difference is noise above so many times what the series lets expect. */
const STRANGE = 10;
/** Noise is taken so many times as large as it was seen once. */
const NOISE = 3;
/** Noise that cannot be seen. */
const UNSEEN = 2;
/** Largest to smallest step of a run, two-sided and one-sided: beyond it the smallest ones decide alone. */
const SPAN = { both: 32, left: 128, right: 128 };
/** How many times as far the next step may be without a sign of the series. */
const JUMP = 32;
/** A step so many times as far as the others has to be followed up by more before it shows its worth. */
const LEAP = 8;
/** Longest run. */
const LONGEST = 10;

/**
 * Steps to try, as shares of the largest: a ladder towards 0 where differences are divided by t, steps closer to each
 * other where they are divided by more. Off the powers of two, for a periodic function may repeat itself on these.
 */
const LADDER = [1, 9 / 32, 17 / 32, 5 / 32, 3 / 32, 2, 1 / 32, 1 / 64];
const RUNGS = [1, 17 / 32, 25 / 32, 9 / 32, 13 / 32, 5 / 32, 21 / 32];
/** The first steps, likewise. */
const FIRST = [1, 9 / 32];
const FIRST_OF_MANY = [1, 17 / 32, 9 / 32, 5 / 32, 3 / 32, 1 / 16];
/** What share of the reach the largest step is, by the order. */
const SHARE = [0, 1 / 8, 1 / 4, 1 / 4, 1 / 2];

/**
 * The derivative of f at x.
 *
 * @param f may return NaN and infinities, which are steered clear of; what it throws comes through
 * @param x a finite number in [lo, hi], and a float32 number if `single`
 * @returns undefined if f is not finite around x, or if there is no room
 */
export function differentiate(f: (x: number) => number, x: number, request: Request): Estimate | undefined {
  return new Search(f, x, request).run();
}

const floorPower = (v: number) => 2 ** Math.floor(Math.log2(v));

class Search {
  readonly #order: number;
  readonly #lo: number;
  readonly #hi: number;
  readonly #round: (v: number) => number;
  readonly #epsilon: number;
  #side: Side;
  #evaluations = 0;
  #center: number | undefined;
  /** Values are divided by it, so that no difference overflows. */
  #scale = 1;
  /** Steps are divided by it, likewise: the first of them; 0 before. */
  #unit = 0;

  /** By distance; x itself is the first unless its value cancels. */
  readonly #nodes: Node[] = [];
  /** Steps are below it: there f is not finite, or out of bounds. */
  #limit = Infinity;
  /** The side that was not finite last, which is asked first. */
  #bad: "left" | "right" | undefined;

  // Of the run at hand: divided differences that begin with its first node, and their rounding.
  readonly #differences = new Float64Array(LONGEST);
  readonly #rounding = new Float64Array(LONGEST);
  // The differences that end with the last node, and how the last of all and the result depend on each node.
  readonly #row = new Float64Array(LONGEST);
  readonly #top = new Float64Array(LONGEST);
  readonly #weights = new Float64Array(LONGEST);

  constructor(
    readonly f: (x: number) => number,
    readonly x: number,
    { order = 1, side = "both", lo = -Infinity, hi = Infinity, value, single = false }: Request,
  ) {
    this.#order = order;
    this.#side = side;
    const most = single ? 3.4028234663852886e38 : Number.MAX_VALUE;
    this.#lo = Math.max(lo, -most);
    this.#hi = Math.min(hi, most);
    this.#center = value;
    this.#round = single ? Math.fround : (v) => v;
    this.#epsilon = single ? 2 ** -23 : 2 ** -52;
  }

  run(): Estimate | undefined {
    const { x } = this;
    const left = x - this.#lo;
    const right = this.#hi - x;
    // What f's scale is, only f can tell; it is between 1 and |x| more often than not. Steps have to change x.
    const size = Math.abs(x);
    const scale = x === 0 ? 1 : Math.max(2 ** -10, Math.sqrt(size), 16 * Math.sqrt(this.#epsilon) * size);
    let h = 2 ** Math.round(Math.log2(scale)) / 16;
    if (this.#side === "both" && Math.min(left, right) < Math.min(h, Math.max(left, right)) / 64) {
      this.#side = left > right ? "left" : "right";
    }
    const room = this.#side === "both" ? Math.min(left, right) : this.#side === "left" ? left : right;
    if (room < h) h = floorPower(room);
    if (h === 0) return undefined;
    let best = this.#search(h);
    if (best === undefined && this.#side === "both" && this.#bad !== undefined) {
      this.#side = this.#bad === "left" ? "right" : "left";
      best = this.#search(h);
    }
    if (best === undefined) return undefined;
    const factor = ((FACTORIAL[this.#order] as number) / this.#unit ** this.#order) * this.#scale;
    return {
      value: best.value * factor,
      error: best.error * factor,
      evaluations: this.#evaluations,
      side: this.#side,
    };
  }

  #search(h: number): Fit | undefined {
    this.#limit = Infinity;
    if (!this.#begin()) return undefined;
    let length = this.#approach(h);
    let best = length > 0 && length < Infinity ? this.#refine(length, Infinity) : undefined;
    if (best === undefined) {
      // Nothing shows, or nothing converges: then the best guess is that of the smallest steps, if they make it smaller.
      const largest = this.#nodes.length - this.#wanted - 2 + this.#base;
      if (largest < this.#base) return undefined;
      const fit = this.#fits(this.#base, this.#wanted + 2)[0];
      const large = this.#fits(largest, this.#wanted + 2)[0];
      if (fit === undefined || length > 0) return fit;
      const size = Math.abs(fit.value);
      fit.error = size < Math.abs(large?.value ?? 0) ? Math.max(fit.error, size) : Infinity;
      return fit;
    }
    while (best.noise > 3 * SEEN && this.#evaluations + 6 <= ENOUGH) {
      // Noise, or something smaller than the steps: if the latter, smaller steps do better by far.
      const { t } = this.#nodes[best.first] as Node;
      this.#begin();
      length = this.#approach(t / 16);
      const other: Fit | undefined = length > 0 && length < Infinity ? this.#refine(length, best.error) : undefined;
      if (other === undefined || other.error > best.error / 4) break;
      best = other;
    }
    return best;
  }

  /** No nodes but x; false if that is needed and not finite. */
  #begin(): boolean {
    const nodes = this.#nodes;
    nodes.length = 0;
    if (this.#base === 0) return true;
    const center = (this.#center ??= this.#at(this.x));
    const y = center / this.#scale;
    nodes.push({ t: 0, u: 0, y, size: Math.abs(y), blur: 0, divisor: 1 });
    return center - center === 0;
  }

  /** Whether the value at x is a node: 1, else 0, which is the index of the first node beside it. */
  get #base(): 0 | 1 {
    return this.#side === "both" && this.#order % 2 === 1 ? 0 : 1;
  }

  /** Which coefficient of the series is the derivative, but for a factorial. */
  get #wanted(): number {
    return this.#side === "both" ? this.#order >> 1 : this.#order;
  }

  #length(u: number): number {
    return (this.#side === "both" ? Math.sqrt(u) : u) * this.#unit;
  }

  #at(point: number): number {
    ++this.#evaluations;
    return this.f(point);
  }

  /** Chooses units when the first values beside x are there. */
  #measure(t: number, size: number): void {
    if (this.#unit > 0) return;
    const largest = Math.max(size, Math.abs(this.#center ?? 0));
    this.#unit = t;
    this.#scale = 2 ** Math.max(-1000, Math.min(1000, Math.ceil(Math.log2(largest || 1))));
    const [center] = this.#nodes;
    if (center !== undefined) this.#begin();
  }

  /** Makes a node of the values at distance t; false if they are not finite or out of bounds. */
  #sample(t: number): boolean {
    const nodes = this.#nodes;
    if (nodes.some((node) => node.t === t)) return true;
    const node = t < this.#limit ? this.#node(t) : undefined;
    if (node === undefined) {
      this.#limit = Math.min(this.#limit, t);
      return false;
    }
    let i = nodes.length;
    while (i > 0 && (nodes[i - 1] as Node).t > t) --i;
    nodes.splice(i, 0, node);
    return true;
  }

  #node(t: number): Node | undefined {
    const { x } = this;
    const side = this.#side;
    const round = this.#round;
    // The point farther from 0 has the coarser neighbourhood: the other one is put as far from x as that came out.
    let above = round(x + t) - x;
    let below = x - round(x - t);
    if (x >= 0) below = x - round(x - above);
    else above = round(x + below) - x;
    const left = x - below;
    const right = x + above;
    if (side !== "right" && !(below > 0 && left >= this.#lo)) return undefined;
    if (side !== "left" && !(above > 0 && right <= this.#hi)) return undefined;
    if (side !== "both") {
      const value = this.#at(side === "right" ? right : left);
      if (value - value !== 0) return undefined;
      this.#measure(t, Math.abs(value));
      const y = value / this.#scale;
      const u = (side === "right" ? above : -below) / this.#unit;
      return { t, u, y, size: Math.abs(y), blur: 0, divisor: 1 };
    }
    let a = 0;
    let b = 0;
    if (this.#bad === "left") a = this.#at(left);
    if (a - a === 0) b = this.#at(right);
    if (this.#bad !== "left" && b - b === 0) a = this.#at(left);
    if (a - a !== 0 || b - b !== 0) {
      this.#bad = a - a !== 0 ? "left" : "right";
      return undefined;
    }
    this.#measure(t, Math.max(Math.abs(a), Math.abs(b)));
    a = a / this.#scale / 2;
    b = b / this.#scale / 2;
    const h = (below + above) / 2;
    const v = h / this.#unit;
    const divisor = this.#base === 0 ? v : 1;
    const y = (this.#base === 0 ? b - a : b + a) / divisor;
    const blur = (Math.abs(b - a) / h) * Math.abs(above - below);
    return { t, u: v * v, y, size: 2 * Math.max(Math.abs(a), Math.abs(b)), blur, divisor };
  }

  /**
   * Finds steps on which f looks like a polynomial whose derivative shows.
   *
   * @returns how far that seems to hold; 0 if there are no such steps, infinity if f seems to be constant
   */
  #approach(h: number): number {
    const nodes = this.#nodes;
    const wanted = this.#wanted;
    const needed = wanted + 2 - this.#base;
    const shares = needed > 2 ? FIRST_OF_MANY : FIRST;
    const natural = floorPower(Math.abs(this.x)) / 8;
    let shrink = 16;
    let failures = 0;
    let growths = 0;
    while (this.#evaluations < ENOUGH) {
      let found = true;
      for (let i = 0; i < needed && found; ++i) found = this.#sample(h * (shares[i] as number));
      let small = h;
      const first = nodes.findIndex(({ t }) => t === h) + 1 - needed;
      if (first < this.#base) found = false; // shares of the smallest numbers are the same number
      if (found) {
        const [fit] = this.#fits(first, wanted + 2) as [Fit];
        if (!this.#visible(wanted)) {
          if (fit.error === 0) return Infinity;
          // Nothing shows: steps are too small.
          if (!fit.quiet || ++growths > 3 || !(h * JUMP < this.#limit)) return h;
          h *= JUMP;
          continue;
        }
        const length = this.#length(fit.reach);
        if (length >= 2 * h) return length;
        small = (nodes[first] as Node).t;
      } else if (growths === 0 && ++failures > 6) return 0;
      if (growths > 0) return h / JUMP;
      // Too far. Farther steps tell nothing about nearer ones, these tell much about those: go down in leaps. A pole,
      // a kink or an end is most often at 0.
      const next = small / shrink;
      const near = natural > 0 && natural < small / 2 && (!found || natural > next / 1024);
      h = Math.min(this.#limit, near ? natural : next);
      shrink *= 4;
    }
    return 0;
  }

  /**
   * Adds nodes until they say enough, or more of them do not help.
   *
   * @param length how far the series may reach
   * @param bar if the first nodes have a larger error than this, these are not the steps to follow up
   */
  #refine(length: number, bar: number): Fit | undefined {
    const nodes = this.#nodes;
    const base = this.#base;
    let seen = nodes.some((_, i) => i >= base && this.#fits(i, this.#wanted + 2)[0]?.seen);
    let least = Infinity;
    let patience = 3;
    for (;;) {
      const best = this.#best();
      let growth = 1;
      let growing = false;
      let last = 0;
      if (best !== undefined) {
        const { error, truncation, roundoff } = best;
        const goal = GOAL * this.#epsilon * Math.abs(best.value);
        const nodesOfIt = best.last - best.first + 1 + base;
        if (error === 0 || (error <= goal && (best.quiet || nodesOfIt >= this.#wanted + 4))) return best;
        if (least === Infinity && error > bar) return best;
        if (error <= least / 2) patience = 3;
        else if (--patience === 0) return best;
        least = Math.min(least, error);
        last = (nodes[best.last] as Node).t;
        length = this.#length(best.reach);
        seen = best.seen;
        growing = truncation < roundoff && roundoff > goal;
        growth = Math.min(JUMP, floorPower((4 * roundoff) / goal));
      }
      if (this.#evaluations >= ENOUGH) return best;
      const largest = (nodes[nodes.length - 1] as Node).t;
      const top = Math.min(
        floorPower(length * (SHARE[this.#order] as number)),
        floorPower(this.#limit / 1.01),
        seen ? Infinity : growth * largest,
      );
      let steps: number[];
      if (best === undefined && (!seen || top > LEAP * largest)) {
        // First make sure of what the first nodes say.
        steps = [2 * (nodes[base] as Node).t, 2 * largest];
      } else if (growing && last >= top) {
        // Rounding is what is left: divide by more.
        steps = [2 * largest, 0.75 * largest, 0.375 * largest].filter((t) => t <= length / 2);
      } else {
        steps = (this.#order === 1 ? LADDER : RUNGS).map((share) => share * top);
      }
      const t = steps.find((t) => t < this.#limit && !nodes.some((node) => Math.abs(node.t - t) < 0.13 * t));
      if (t === undefined || t === Infinity) return best;
      if (t > LEAP * largest) patience = 5 + this.#wanted;
      const before = this.#evaluations;
      this.#sample(t);
      if (this.#evaluations === before) return best;
    }
  }

  /** The run of nodes with the least error, nearly. */
  #best(): Fit | undefined {
    const fits: Fit[] = [];
    for (let i = this.#base; i < this.#nodes.length; ++i) fits.push(...this.#fits(i, this.#wanted + 3));
    if (fits.length === 0) return undefined;
    // Where the series hides the noise, it is what it is elsewhere.
    const known = fits.filter(({ noise }) => noise > 0);
    const noise = known.length > 0 ? Math.min(...known.map((fit) => fit.noise)) : UNSEEN;
    for (const fit of fits) {
      if (fit.noise > 0) continue;
      fit.noise = noise;
      fit.roundoff *= Math.max(UNSEEN, noise);
      fit.error = fit.truncation + fit.roundoff;
    }
    let best = fits[0] as Fit;
    for (const fit of fits) {
      // If smaller steps say something else, they are right.
      for (const other of fits) {
        if (other.first < fit.first || (other.first === fit.first && other.last < fit.last)) {
          fit.error = Math.max(fit.error, Math.abs(fit.value - other.value) - other.error - fit.roundoff);
        }
      }
      if (fit.error < best.error) best = fit;
    }
    // Of those that are about as good, the largest steps: noise that does not show is least there.
    const much = Math.max(4 * best.error, (GOAL / 2) * this.#epsilon * Math.abs(best.value));
    for (const fit of fits) if (fit.error <= much) best = fit;
    return best;
  }

  /** What the runs that begin with a node say, shorter ones first; x belongs to all of them if it is a node. */
  #fits(first: number, shortest: number): Fit[] {
    const nodes = this.#nodes;
    const base = this.#base;
    const wanted = this.#wanted;
    const row = this.#row;
    const top = this.#top;
    const weights = this.#weights;
    const nodeOf = (i: number) => nodes[base === 0 ? first + i : i === 0 ? 0 : first + i - 1] as Node;
    const farthest = SPAN[this.#side] * (nodes[first] as Node).t;
    const fits: Fit[] = [];
    // The lowest coefficients of the product of all (u - u_i), and of all (u + |u_i|).
    const product = [1, 0, 0, 0, 0];
    const bound = [1, 0, 0, 0, 0];
    let size = 0;
    for (let k = 0; k < LONGEST && k < nodes.length - first + base; ++k) {
      const node = nodeOf(k);
      if (node.t > farthest) break;
      size = Math.max(size, node.size);
      let difference = node.y;
      let share = 1;
      for (let i = k - 1; i >= 0; --i) {
        const gap = node.u - nodeOf(i).u;
        const next = (difference - (row[i] as number)) / gap;
        row[i + 1] = difference;
        difference = next;
        top[i] = (top[i] as number) / -gap;
        share /= gap;
      }
      row[0] = difference;
      top[k] = share;
      weights[k] = 0;
      let rounding = 0;
      let value = 0;
      let roundoff = 0;
      for (let i = 0; i <= k; ++i) {
        const { y, blur, divisor } = nodeOf(i);
        const noise = (this.#epsilon * size + blur) / divisor;
        const weight = (weights[i] as number) + (product[wanted] as number) * (top[i] as number);
        weights[i] = weight;
        value += weight * y;
        roundoff += Math.abs(weight) * noise;
        rounding += Math.abs(top[i] as number) * noise;
      }
      this.#differences[k] = difference;
      this.#rounding[k] = rounding;
      for (let q = wanted; q >= 0; --q) {
        product[q] = (product[q - 1] ?? 0) - node.u * (product[q] as number);
        bound[q] = (bound[q - 1] ?? 0) + Math.abs(node.u) * (bound[q] as number);
      }
      if (k + 1 < shortest) continue;
      const last = base === 0 ? first + k : first + k - 1;
      fits.push(this.#judge(first, last, k, value, roundoff, size, bound[wanted] as number));
    }
    return fits;
  }

  /**
   * How far off a run of nodes may be.
   *
   * @param k how many nodes, less one
   * @param size of f there
   * @param bound what a coefficient that the polynomial lacks is multiplied by
   */
  #judge(first: number, last: number, k: number, value: number, rounding: number, size: number, bound: number): Fit {
    const nodes = this.#nodes;
    const end = nodes[last] as Node;
    const top = Math.abs(this.#differences[k] as number);
    const floor = this.#rounding[k] as number;
    const quiet = !this.#visible(k);
    const lower = this.#reach(k - 1);
    const strange =
      !quiet && k >= this.#wanted + 2 && lower > Math.abs(end.u) && top > STRANGE * this.#predict(k, lower);
    const reach = strange ? lower : this.#reach(k);
    const truncation = 2 * this.#predict(k + 1, reach) * bound;
    let noise = 0;
    if (strange) noise = (NOISE * top) / floor;
    else if (quiet) noise = top === 0 ? 1 : Math.max(1, (NOISE * top) / floor);
    let roundoff = rounding * Math.max(1, noise);
    // What cancels inside of f is as large as f is where the same series holds.
    let around = size;
    for (const node of nodes) {
      if (4 * Math.abs(node.u) <= reach && node.t <= JUMP * end.t) around = Math.max(around, node.size);
    }
    if (size > 0) roundoff *= around / size;
    const seen = this.#sees(strange ? k - 1 : k);
    return { first, last, value, truncation, roundoff, error: truncation + roundoff, reach, seen, quiet, noise };
  }

  #visible(k: number): boolean {
    return Math.abs(this.#differences[k] as number) > SEEN * (this.#rounding[k] as number);
  }

  #sees(k: number): boolean {
    for (let i = this.#wanted + 1; i <= k; ++i) if (this.#visible(i)) return true;
    return false;
  }

  /** How large difference k is in a series with a reach: as the one before lets expect, or the one before that. */
  #predict(k: number, reach: number): number {
    const one = Math.abs(this.#differences[k - 1] as number) / reach || 0;
    if (k <= this.#wanted + 1) return one;
    return Math.max(one, Math.abs(this.#differences[k - 2] as number) / reach / reach || 0);
  }

  /** The u up to which the series converges, as its differences up to k say. */
  #reach(k: number): number {
    const differences = this.#differences;
    const rounding = this.#rounding;
    const wanted = this.#wanted;
    let reach = Infinity;
    let bound = Infinity;
    for (let i = wanted + 1; i <= k; ++i) {
      if (!this.#visible(i)) continue;
      const difference = Math.abs(differences[i] as number);
      if (this.#visible(i - 1)) reach = Math.min(reach, Math.abs(differences[i - 1] as number) / difference);
      else bound = Math.min(bound, (SEEN * (rounding[i - 1] as number)) / difference);
    }
    if (reach < Infinity) return reach;
    if (bound < Infinity || k <= wanted || rounding[wanted + 1] === 0) return bound;
    // What cannot be seen is at most as large as rounding.
    const lowest = Math.max(Math.abs(differences[wanted] as number), SEEN * (rounding[wanted] as number));
    return lowest / (SEEN * (rounding[wanted + 1] as number));
  }
}
