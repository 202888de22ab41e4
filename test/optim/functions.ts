/** Functions to minimize, with their gradients: those of fixtures/lbfgs.py. */
type Vector = ArrayLike<number>;

export interface Problem {
  readonly value: (x: Vector) => number;
  readonly gradient: (x: Vector) => number[];
}

const at = (x: Vector, i: number) => x[i] as number;
const sum = (x: Vector, of: (p: number, i: number) => number) =>
  Array.from(x).reduce((total, p, i) => total + of(p, i), 0);

const rosenbrock: Problem = {
  value: (x) => sum(x, (p, i) => (i + 1 < x.length ? (1 - p) ** 2 + 100 * (at(x, i + 1) - p * p) ** 2 : 0)),
  gradient: (x) =>
    Array.from(x, (p, i) => {
      const own = i + 1 < x.length ? -2 * (1 - p) - 400 * p * (at(x, i + 1) - p * p) : 0;
      return own + (i > 0 ? 200 * (p - at(x, i - 1) ** 2) : 0);
    }),
};

const beale: Problem = {
  value: (x) => sum([1.5, 2.25, 2.625], (c, k) => (c - at(x, 0) + at(x, 0) * at(x, 1) ** (k + 1)) ** 2),
  gradient: (x) => {
    const [a, b] = [at(x, 0), at(x, 1)];
    const r = [1.5, 2.25, 2.625].map((c, k) => c - a + a * b ** (k + 1));
    return [sum(r, (p, k) => 2 * p * (b ** (k + 1) - 1)), sum(r, (p, k) => 2 * p * a * (k + 1) * b ** k)];
  },
};

const himmelblau: Problem = {
  value: (x) => (at(x, 0) ** 2 + at(x, 1) - 11) ** 2 + (at(x, 0) + at(x, 1) ** 2 - 7) ** 2,
  gradient: (x) => {
    const [a, b] = [at(x, 0), at(x, 1)];
    const [r, s] = [a * a + b - 11, a + b * b - 7];
    return [4 * a * r + 2 * s, 2 * r + 4 * b * s];
  },
};

const rastrigin: Problem = {
  value: (x) => 10 * x.length + sum(x, (p) => p * p - 10 * Math.cos(2 * Math.PI * p)),
  gradient: (x) => Array.from(x, (p) => 2 * p + 20 * Math.PI * Math.sin(2 * Math.PI * p)),
};

/** Of condition 10^6 by eigenvalues in geometric progression. */
const quadratic: Problem = {
  value: (x) => sum(x, (p, i) => (10 ** ((6 * i) / (x.length - 1)) * p * p) / 2),
  gradient: (x) => Array.from(x, (p, i) => 10 ** ((6 * i) / (x.length - 1)) * p),
};

const wood: Problem = {
  value: (x) => {
    const [a, b, c, d] = [at(x, 0), at(x, 1), at(x, 2), at(x, 3)];
    const valleys = 100 * (b - a * a) ** 2 + (1 - a) ** 2 + 90 * (d - c * c) ** 2 + (1 - c) ** 2;
    return valleys + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1);
  },
  gradient: (x) => {
    const [a, b, c, d] = [at(x, 0), at(x, 1), at(x, 2), at(x, 3)];
    return [
      -400 * a * (b - a * a) - 2 * (1 - a),
      200 * (b - a * a) + 20.2 * (b - 1) + 19.8 * (d - 1),
      -360 * c * (d - c * c) - 2 * (1 - c),
      180 * (d - c * c) + 20.2 * (d - 1) + 19.8 * (b - 1),
    ];
  },
};

/** Σ log(1 + exp(-m)) of a few margins, with a pull toward 0: smooth and convex. */
const weight = (k: number, i: number) => Math.sin(3 * k + 5 * i);
const margins = (x: Vector) => Array.from({ length: 12 }, (_, k) => sum(x, (p, i) => weight(k, i) * p));
const logistic: Problem = {
  value: (x) => sum(margins(x), (m) => Math.log(1 + Math.exp(-m))) + 0.05 * sum(x, (p) => p * p),
  gradient: (x) => {
    const m = margins(x);
    return Array.from(x, (p, i) => 0.1 * p - sum(m, (margin, k) => weight(k, i) / (1 + Math.exp(margin))));
  },
};

const styblinski: Problem = {
  value: (x) => sum(x, (p) => p ** 4 - 16 * p * p + 5 * p) / 2,
  gradient: (x) => Array.from(x, (p) => (4 * p ** 3 - 32 * p + 5) / 2),
};

/** What no line search finds a flat place of. */
const kink: Problem = {
  value: (x) => sum(x, (p) => Math.abs(p) + 0.1 * p * p + 0.05 * Math.sin(40 * p)),
  gradient: (x) => Array.from(x, (p) => Math.sign(p) + 0.2 * p + 2 * Math.cos(40 * p)),
};

const wiggle: Problem = {
  value: (x) => sum(x, (p) => 0.05 * p * p + Math.sin(3 * p) + 0.5 * Math.sin(7 * p + 1)),
  gradient: (x) => Array.from(x, (p) => 0.1 * p + 3 * Math.cos(3 * p) + 3.5 * Math.cos(7 * p + 1)),
};

/** Without end. */
const stairs: Problem = {
  value: (x) => sum(x, (p) => p + 0.8 * Math.sin(p) + 0.3 * Math.sin(5 * p)),
  gradient: (x) => Array.from(x, (p) => 1 + 0.8 * Math.cos(p) + 1.5 * Math.cos(5 * p)),
};

const line: Problem = {
  value: (x) => sum(x, (p, i) => (i + 1) * p),
  gradient: (x) => Array.from(x, (_, i) => i + 1),
};

const smooth = { rosenbrock, beale, himmelblau, rastrigin, quadratic, wood, logistic, styblinski };
export const FUNCTIONS = { ...smooth, kink, wiggle, stairs, line };
