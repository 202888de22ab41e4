import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { ABOVE_ZERO, AT_LEAST_ZERO, BELOW_ONE, checkNumber, type Range } from "../ndarray/ranges.js";
import { checkSeed } from "../random/philox.js";

/** The numbers that kernels know them by. */
export const ACTIVATIONS = {
  identity: 0,
  relu: 1,
  leakyRelu: 2,
  gelu: 3,
  silu: 4,
  tanh: 5,
  sigmoid: 6,
  softplus: 7,
} as const;

/** With labels in place of probabilities, crossEntropy is the next one. */
export const LOSSES = { mse: 0, mae: 1, huber: 2, crossEntropy: 3, binaryCrossEntropy: 5 } as const;
export const WITH_LABELS = 4;

/** Half the width of the uniform distribution that weights are drawn from. */
const INITIALIZATIONS = {
  he: (inputs: number, _outputs: number) => Math.sqrt(6 / inputs),
  glorot: (inputs: number, outputs: number) => Math.sqrt(6 / (inputs + outputs)),
  lecun: (inputs: number, _outputs: number) => Math.sqrt(3 / inputs),
};

const RECTIFIERS: readonly string[] = ["relu", "leakyRelu", "gelu", "silu"];

/** relu, leakyRelu (slope 0.01), gelu (with erf), silu, tanh, sigmoid, softplus or identity. */
export type Activation = keyof typeof ACTIVATIONS;
/** mse, mae, huber, crossEntropy or binaryCrossEntropy. */
export type NetworkLoss = keyof typeof LOSSES;
/** he, glorot or lecun. */
export type Initialization = keyof typeof INITIALIZATIONS;

/** Options of `mlp`. */
export interface MlpOptions {
  /** Numbers of inputs, of the neurons of each hidden layer, and of outputs. */
  readonly layers: readonly number[];
  /** What the loss is; "crossEntropy" and "binaryCrossEntropy" take the outputs as logits. */
  readonly loss: NetworkLoss;
  /** After each hidden layer, one for all or one for each; "relu" unless set. */
  readonly activation?: Activation | readonly Activation[];
  /** Of parameters, and of all arithmetic; "float32" unless set. */
  readonly dtype?: "float32" | "float64";
  /** Says what the initial weights are and what dropout leaves out: an integer from 0 to 2^53 - 1, 0 unless set. */
  readonly seed?: number;
  /**
   * How wide the initial weights are spread: uniformly to ±√(6/inputs) by "he", ±√(6/(inputs + outputs)) by "glorot",
   * ±√(3/inputs) by "lecun". Unless set it is "he" where relu, leakyRelu, gelu or silu follows, else "glorot".
   */
  readonly initialization?: Initialization;
  /** Share of each hidden layer's results that is left out in training, one for all or one for each; 0 unless set. */
  readonly dropout?: number | readonly number[];
  /** λ of the penalty λ/2 Σ w² on weights, not on biases, that is part of the loss; 0 unless set. */
  readonly l2?: number;
  /** Where huber goes from a parabola to a line; 1 unless set. */
  readonly delta?: number;
}

/** Everything about a network but its numbers: the options of `mlp` as they came to be, which it takes again. */
export interface Architecture extends MlpOptions {
  readonly activation: readonly Activation[];
  readonly dtype: "float32" | "float64";
  readonly seed: number;
  readonly dropout: readonly number[];
  readonly l2: number;
  readonly delta: number;
}

const OPTIONS = ["layers", "loss", "activation", "dtype", "seed", "initialization", "dropout", "l2", "delta"];

/** The options, each of them checked. */
export function architectureOf(options: unknown): Architecture {
  checkOptions("mlp", options, OPTIONS);
  const {
    layers: given,
    loss,
    activation = "relu",
    dtype = "float32",
    dropout = 0,
    l2 = 0,
    delta = 1,
    ...more
  } = options as MlpOptions;
  if (!Array.isArray(given))
    throw new TypeError(`layers must be an array such as [64, 32, 10]; got ${describe(given)}.`);
  const layers = Object.freeze(Array.from<number>(given));
  if (layers.length < 2) {
    throw new RangeError(
      `layers must be at least two numbers, of inputs and of outputs; got [${layers.map(describe).join(", ")}].`,
    );
  }
  layers.forEach((width: unknown, l) => {
    checkNumber(`layers[${l}]`, WIDTH, width);
  });
  oneOf("loss", LOSSES, loss);
  if (loss === "crossEntropy" && layers.at(-1) === 1) {
    throw new RangeError(
      `crossEntropy needs an output for each class, at least 2; layers ends with 1. For two classes and one output there is binaryCrossEntropy.`,
    );
  }
  const hidden = layers.length - 2;
  // One for all is checked even where there are no hidden layers to have it.
  const named = (option: string, given: unknown, l: number) => (Array.isArray(given) ? `${option}[${l}]` : option);
  const checked = (given: unknown, all: readonly unknown[]) => (Array.isArray(given) ? all : [given]);
  const activations = each("activation", activation, hidden);
  checked(activation, activations).forEach((name, l) => {
    oneOf(named("activation", activation, l), ACTIVATIONS, name);
  });
  const rates = each("dropout", dropout, hidden);
  checked(dropout, rates).forEach((rate, l) => {
    const name = named("dropout", dropout, l);
    checkNumber(name, BELOW_ONE, rate);
  });
  oneOf("dtype", { float32: 0, float64: 0 }, dtype);
  checkNumber("l2", AT_LEAST_ZERO, l2);
  checkNumber("delta", ABOVE_ZERO, delta);
  const { initialization } = more;
  if (initialization !== undefined) oneOf("initialization", INITIALIZATIONS, initialization);
  return Object.freeze({
    layers,
    loss,
    activation: activations,
    dtype,
    seed: checkSeed(more.seed ?? 0),
    ...(initialization && { initialization }),
    dropout: rates,
    l2,
    delta,
  });
}

function oneOf(name: string, known: object, value: unknown): void {
  if (typeof value === "string" && Object.hasOwn(known, value)) return;
  const Kind = typeof value === "string" ? RangeError : TypeError;
  throw new Kind(`${name} must be one of ${Object.keys(known).join(", ")}; got ${describe(value)}.`);
}

const WIDTH: Range = {
  expected: "an integer of 1 or more",
  accepts: (width) => Number.isInteger(width) && width >= 1 && width < 2 ** 31,
};

/** One value for each hidden layer. */
function each<T>(name: string, given: T | readonly T[], hidden: number): readonly T[] {
  if (!Array.isArray(given)) return Object.freeze(new Array<T>(hidden).fill(given as T));
  if (given.length === hidden) return Object.freeze(Array.from<T>(given));
  throw new RangeError(
    `${name} must be one for each of the ${hidden} hidden layers, or one for all; got ${given.length}.`,
  );
}

/** How far from 0 the weights of layer l begin. */
export function spreadOf({ layers, activation, initialization }: Architecture, l: number): number {
  const name = initialization ?? (RECTIFIERS.includes(activation[l] as string) ? "he" : "glorot");
  return INITIALIZATIONS[name](layers[l] as number, layers[l + 1] as number);
}
