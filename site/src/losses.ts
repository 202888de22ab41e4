export interface Loss {
  readonly title: string;
  /** As mathematics has it. */
  readonly formula: string;
  /** As code has it: what `value` computes, operation by operation. */
  readonly code: string;
  readonly gradientCode?: string;
  value(x: number, y: number): number;
  gradient?(x: number, y: number): [number, number];
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly start: readonly [number, number];
  readonly minima: readonly (readonly [number, number])[];
  /** Learning rates that suit it better than those of the optimizers. */
  readonly rates?: Readonly<Record<string, number>>;
}

export const LOSSES: Record<string, Loss> = {
  rosenbrock: {
    title: "Rosenbrock’s valley",
    formula: "(1 − x)² + 100 (y − x²)²",
    code: "(1 - x) ** 2 + 100 * (y - x ** 2) ** 2",
    gradientCode: "[-2 * (1 - x) - 400 * x * (y - x ** 2), 200 * (y - x ** 2)]",
    value: (x, y) => (1 - x) ** 2 + 100 * (y - x ** 2) ** 2,
    gradient: (x, y) => [-2 * (1 - x) - 400 * x * (y - x ** 2), 200 * (y - x ** 2)],
    x: [-2, 2],
    y: [-1, 3],
    start: [-1.2, 1],
    minima: [[1, 1]],
  },
  himmelblau: {
    title: "Himmelblau’s four minima",
    formula: "(x² + y − 11)² + (x + y² − 7)²",
    code: "(x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2",
    gradientCode:
      "[4 * x * (x ** 2 + y - 11) + 2 * (x + y ** 2 - 7), 2 * (x ** 2 + y - 11) + 4 * y * (x + y ** 2 - 7)]",
    value: (x, y) => (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2,
    gradient: (x, y) => [
      4 * x * (x ** 2 + y - 11) + 2 * (x + y ** 2 - 7),
      2 * (x ** 2 + y - 11) + 4 * y * (x + y ** 2 - 7),
    ],
    x: [-5, 5],
    y: [-5, 5],
    start: [-0.5, -1],
    minima: [
      [3, 2],
      [-2.805118, 3.131313],
      [-3.77931, -3.283186],
      [3.584428, -1.848127],
    ],
    rates: { sgd: 0.005, momentum: 0.002 },
  },
  beale: {
    title: "Beale’s plateau",
    formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
    code: "(1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2",
    gradientCode: `[
  2 * (1.5 - x + x * y) * (y - 1) + 2 * (2.25 - x + x * y ** 2) * (y ** 2 - 1) + 2 * (2.625 - x + x * y ** 3) * (y ** 3 - 1),
  2 * (1.5 - x + x * y) * x + 4 * (2.25 - x + x * y ** 2) * x * y + 6 * (2.625 - x + x * y ** 3) * x * y ** 2,
]`,
    value: (x, y) => (1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2,
    gradient: (x, y) => [
      2 * (1.5 - x + x * y) * (y - 1) +
        2 * (2.25 - x + x * y ** 2) * (y ** 2 - 1) +
        2 * (2.625 - x + x * y ** 3) * (y ** 3 - 1),
      2 * (1.5 - x + x * y) * x + 4 * (2.25 - x + x * y ** 2) * x * y + 6 * (2.625 - x + x * y ** 3) * x * y ** 2,
    ],
    x: [-1, 4.5],
    y: [-2, 2],
    start: [0.6, 1.4],
    minima: [[3, 0.5]],
  },
  saddle: {
    title: "A saddle between two valleys",
    formula: "x² + (y² − 1)² / 2",
    code: "x ** 2 + (y ** 2 - 1) ** 2 / 2",
    gradientCode: "[2 * x, 2 * y * (y ** 2 - 1)]",
    value: (x, y) => x ** 2 + (y ** 2 - 1) ** 2 / 2,
    gradient: (x, y) => [2 * x, 2 * y * (y ** 2 - 1)],
    x: [-2, 2],
    y: [-1.6, 1.6],
    start: [1.7, 0.01],
    minima: [
      [0, 1],
      [0, -1],
    ],
    rates: { sgd: 0.05, momentum: 0.02 },
  },
};
