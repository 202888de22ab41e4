/** Every rule that takes arrays of any shape, for the contract that rules.test.ts holds them to. A new one is one line. */
import { readFileSync } from "node:fs";
import * as steepest from "../../src/index.js";

export type Make = (options?: object) => steepest.Rule;

/** What a hyperparameter may be, as its error says it, and values within and outside. */
export interface Kind {
  readonly expected: string;
  readonly accepted: readonly number[];
  readonly refused: readonly number[];
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const SIZE: Kind = { expected: "a finite number of 0 or more", accepted: [0, 3], refused: [-0.1, nan, infinity] };
const ABOVE: Kind = { expected: "a finite number above 0", accepted: [1e-9, 3], refused: [0, -1, nan, infinity] };
const SHARE: Kind = { expected: "a number from 0 to below 1", accepted: [0, 0.99], refused: [-0.1, 1, nan] };
const WITHIN: Kind = { expected: "a number above 0 and below 1", accepted: [0.01, 0.99], refused: [0, 1, nan] };
const ANY: Kind = { expected: "a finite number", accepted: [-1, 0, 3], refused: [nan, infinity] };
const FACTOR: Kind = { expected: "a number above 1", accepted: [1.01, infinity], refused: [1, nan] };
const MORE: Kind = { expected: "a finite number above 1", accepted: [1.01, 3], refused: [1, nan, infinity] };
const DOWN: Kind = { expected: "a finite number of 0 or less", accepted: [-1, 0], refused: [0.1, nan, -infinity] };
const ONE: Kind = { expected: "a finite number of 1 or more", accepted: [1, 3], refused: [0.9, nan, infinity] };

const ADAM = { learningRate: SIZE, beta1: SHARE, beta2: SHARE, epsilon: SIZE, weightDecay: SIZE };
const FREE = { weightDecay: SIZE, r: SIZE, weightLearningRatePower: SIZE };

interface Row {
  readonly numbers: Readonly<Record<string, Kind>>;
  readonly flags: string;
  /** Why arrays do not go each by itself. */
  readonly together?: string;
  /** Why elements do not. */
  readonly perArray?: string;
}

// biome-ignore format: a rule a line
const TABLE: Readonly<Record<string, Row>> = {
  sgd: { numbers: { learningRate: SIZE, momentum: SIZE, dampening: ANY, weightDecay: SIZE }, flags: "nesterov maximize" },
  adagrad: { numbers: { learningRate: SIZE, learningRateDecay: SIZE, initialAccumulatorValue: SIZE, epsilon: SIZE, weightDecay: SIZE }, flags: "maximize" },
  adadelta: { numbers: { learningRate: SIZE, rho: SHARE, epsilon: SIZE, weightDecay: SIZE }, flags: "maximize" },
  rmsprop: { numbers: { learningRate: SIZE, alpha: SHARE, epsilon: SIZE, weightDecay: SIZE, momentum: SIZE }, flags: "centered maximize" },
  adam: { numbers: ADAM, flags: "amsgrad decoupledWeightDecay maximize" },
  adamw: { numbers: ADAM, flags: "amsgrad decoupledWeightDecay maximize" },
  adamax: { numbers: ADAM, flags: "maximize" },
  nadam: { numbers: { ...ADAM, momentumDecay: SIZE }, flags: "decoupledWeightDecay maximize" },
  radam: { numbers: ADAM, flags: "decoupledWeightDecay maximize" },
  asgd: { numbers: { learningRate: SIZE, lambd: SIZE, alpha: SIZE, t0: SIZE, weightDecay: SIZE }, flags: "maximize" },
  rprop: { numbers: { learningRate: SIZE, "etas[0]": WITHIN, "etas[1]": MORE, "stepSizes[0]": SIZE, "stepSizes[1]": ABOVE }, flags: "maximize" },
  lion: { numbers: { learningRate: SIZE, beta1: SHARE, beta2: SHARE, weightDecay: SIZE }, flags: "maximize" },
  adan: { numbers: { learningRate: SIZE, beta1: SHARE, beta2: SHARE, beta3: SHARE, epsilon: SIZE, weightDecay: SIZE }, flags: "maximize" },
  scheduleFreeSgd: { numbers: { learningRate: SIZE, momentum: WITHIN, ...FREE }, flags: "maximize" },
  scheduleFreeAdamw: { numbers: { learningRate: SIZE, beta1: WITHIN, beta2: SHARE, epsilon: SIZE, ...FREE }, flags: "maximize" },
  lamb: { numbers: ADAM, flags: "maximize", perArray: "norms are of arrays" },
  adafactor: { numbers: { learningRate: SIZE, beta2Decay: DOWN, epsilon1: SIZE, epsilon2: SIZE, d: ONE, weightDecay: SIZE }, flags: "maximize", perArray: "norms are of arrays" },
  prodigy: { numbers: { ...ADAM, d0: ABOVE, dCoef: ABOVE, growthRate: FACTOR }, flags: "decoupledWeightDecay useBiasCorrection safeguardWarmup maximize", together: "one step size is estimated from all" },
};

/** A line of optim.jsonl, which optim.py describes. */
export interface Trajectory {
  readonly rule: string;
  readonly dtype: "float64" | "float32";
  readonly options: Readonly<Record<string, unknown>> & { readonly learningRate: number };
  readonly group?: object;
  readonly average?: readonly number[];
  readonly start: readonly number[];
  readonly after: Readonly<Record<number, readonly number[]>>;
}

export const TRAJECTORIES: readonly Trajectory[] = readFileSync(
  new URL("../fixtures/optim.jsonl", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

export const makeOf = (name: string): Make => (steepest as unknown as Record<string, Make>)[name] as Make;

/** Each rule, with the options that the trajectories go by. */
export const RULES = Object.entries(TABLE).map(([name, row]) => ({
  name,
  ...row,
  flags: row.flags.split(" "),
  rule: makeOf(name),
  sets: TRAJECTORIES.filter(({ rule, dtype, group }) => rule === name && dtype === "float64" && !group).map(
    ({ options }) => options,
  ),
}));
