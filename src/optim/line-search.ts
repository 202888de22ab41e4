/** A place along a direction. */
export interface Point {
  /** How far along. */
  readonly t: number;
  readonly value: number;
  /** The derivative of the value by t. */
  readonly slope: number;
  /** Address of the gradient. */
  readonly gradient: number;
}

/** The share of the decrease foretold that is enough, and the share of the slope that may be left. */
const C1 = 1e-4;
const C2 = 0.9;
const MOST = 25;

/**
 * A point at which the value is low enough and the slope flat enough (strong Wolfe conditions), or the lowest of 25.
 *
 * Faithful to torch's `_strong_wolfe` in every comparison, so that the points and their number are the same. Where the
 * value is infinite, which torch does not expect, and slopes are NaN, the interval is halved.
 *
 * @param start where t is 0 and the slope is negative
 * @param t the first point to try
 * @param size the largest absolute entry of the direction; brackets below changeTolerance / size are not refined
 * @param evaluate gives a point whose gradient lasts until the next is evaluated
 * @param keep gives the same point with a gradient that lasts while it is kept beside the other one
 * @see J. Nocedal and S. Wright, Numerical optimization, 2nd ed. (2006), algorithms 3.5 and 3.6; M. Schmidt's minFunc
 */
export function strongWolfe(
  start: Point,
  t: number,
  size: number,
  changeTolerance: number,
  evaluate: (t: number) => Point,
  keep: (point: Point, other: Point) => Point,
): Point {
  const tooHigh = (point: Point) => point.value > start.value + C1 * point.t * start.slope;
  const flat = (point: Point) => Math.abs(point.slope) <= -C2 * start.slope;
  let tries = 0;
  let previous = start;
  let point = evaluate(t);
  // Go on until a minimum lies between two points.
  for (; tries < MOST; ++tries) {
    if (tooHigh(point) || (tries > 1 && point.value >= previous.value)) break;
    if (flat(point)) return point;
    if (point.slope >= 0) break;
    const next = cubicMinimum(previous, point, point.t + 0.01 * (point.t - previous.t), point.t * 10);
    previous = keep(point, previous);
    point = evaluate(next);
  }
  if (tries === MOST) return start.value <= point.value ? start : point;
  const bracket: [Point, Point] = [previous, keep(point, previous)];
  let low: 0 | 1 = bracket[0].value <= bracket[1].value ? 0 : 1;
  let nearBoundary = false;
  for (; tries < MOST; ++tries) {
    const from = Math.min(bracket[0].t, bracket[1].t);
    const to = Math.max(bracket[0].t, bracket[1].t);
    if ((to - from) * size < changeTolerance) break;
    let t = cubicMinimum(bracket[0], bracket[1], from, to);
    // Twice near the same boundary is too little progress.
    const margin = 0.1 * (to - from);
    if (Math.min(to - t, t - from) < margin) {
      const stuck: boolean = nearBoundary || t >= to || t <= from;
      if (stuck) t = Math.abs(t - to) < Math.abs(t - from) ? to - margin : from + margin;
      nearBoundary = !stuck;
    } else nearBoundary = false;
    const next = evaluate(t);
    const high: 0 | 1 = low === 0 ? 1 : 0;
    if (tooHigh(next) || next.value >= bracket[low].value) {
      bracket[high] = keep(next, bracket[low]);
      low = bracket[0].value <= bracket[1].value ? 0 : 1;
      continue;
    }
    if (flat(next)) return next;
    if (next.slope * (bracket[high].t - bracket[low].t) >= 0) bracket[high] = bracket[low];
    bracket[low] = keep(next, bracket[high]);
  }
  return bracket[low];
}

/** Where the cubic through two points, with their slopes, is lowest from `least` to `most`; their middle if nowhere. */
function cubicMinimum(a: Point, b: Point, least: number, most: number): number {
  const [p, q] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0 && Number.isFinite(square))) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const lowest = q.t - (q.t - p.t) * ((q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2));
  return Math.min(Math.max(lowest, least), most);
}
