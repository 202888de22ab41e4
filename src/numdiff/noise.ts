/** Halfway between where float64 rounds and where float32 curves. */
const USUAL_STEP = 2 ** -20;
const LARGEST_STEP = 2 ** -2;
const SMALLEST_STEP = 2 ** -50;
const FACTOR = 64;
/** More than this share of f is more than rounding in float64 leaves, as a rule. */
const MUCH = 2 ** -49;
/** More than this share is no rounding at all, but points that are too far apart to see a curve in. */
const MEANINGLESS = 1e-3;

/**
 * How much a function is off the smooth curve that it would be without rounding: the standard deviation, from fourth
 * differences at 13 points around 0. They vanish for a smooth function, and magnify noise by √70.
 *
 * @param f its value, NaN where it is not finite, and the rest of it that a smooth guess leaves, which
 *   is nearer 0 if the guess is good
 * @returns the noise, at least that of the rounded value; NaN if f is not finite on both sides of 0
 * @see J. Moré and S. Wild, Estimating computational noise (2011)
 */
export function noiseOf(f: (t: number) => [value: number, rest: number]): number {
  const sample = (h: number) => {
    const points = Array.from({ length: 13 }, (_, k) => f((k - 6) * h));
    const values = points.map(([value]) => value);
    const rests = points.map(([, rest]) => rest);
    // A median, for a kink among the points spoils four of the nine differences; it is 0.6745 standard deviations.
    const noise = Math.min(...[values, rests].map((f) => median(differences(f, 4)))) / 0.6745 / Math.sqrt(70);
    // Rounding to float32 may hide, where a step changes f by as many roundings each time.
    const rounding = values.every((value) => Math.fround(value) === value) ? 2 ** -24 : 2 ** -53;
    return { h, rounding, noise, change: median(differences(values, 1)), size: Math.max(...values.map(Math.abs)) };
  };
  let best = sample(USUAL_STEP);
  while (Number.isNaN(best.size) && best.h > SMALLEST_STEP) best = sample(best.h / FACTOR);
  // So small a change is rounded away: what is lost shows with a larger one.
  while (best.change === 0 && best.h < LARGEST_STEP) {
    const next = sample(best.h * FACTOR);
    if (Number.isNaN(next.size)) break;
    best = next;
  }
  // It may be f's own curve: that goes with smaller steps, as long as f changes smoothly with them. A curve falls by
  // FACTOR⁴; what falls by much more was rounding, and steps are too small now for f to change, or be rounded, at all.
  for (let next = best; next.noise > MUCH * next.size && next.h > SMALLEST_STEP; ) {
    const last = next.noise;
    next = sample(next.h / FACTOR);
    if (!(next.noise > last / FACTOR ** 5)) break;
    if (next.noise < best.noise / 8 && next.change >= 8 * next.noise) best = next;
    else if (next.noise <= MEANINGLESS * next.size) break;
  }
  return Math.max(best.noise, best.rounding * best.size, Number.MIN_VALUE);
}

function differences(values: number[], order: number): number[] {
  for (; order > 0; --order) values = values.slice(1).map((value, k) => value - (values[k] as number));
  return values.map(Math.abs);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}
