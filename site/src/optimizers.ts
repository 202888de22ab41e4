import { adagrad, adam, type ClosureRule, lbfgs, lion, type Rule, rmsprop, sgd } from "steepest";
import { literal } from "./ui/format.js";

export interface OptimizerSettings {
  readonly learningRate: number;
  readonly momentum: number;
}

/** An optimizer of the page. Its colour is --o-<id> in the style sheet, in every room. */
export interface OptimizerChoice {
  readonly id: string;
  readonly title: string;
  /** Its mark beside the colour, for those who cannot tell the colours apart. */
  readonly mark: Mark;
  readonly hasMomentum?: boolean;
  readonly learningRate: number;
  make(settings: OptimizerSettings): Rule | ClosureRule;
  /** The same as one reads it in code. */
  code(settings: OptimizerSettings): string;
  readonly imports: string;
}

export type Mark = "circle" | "square" | "triangle" | "diamond" | "cross" | "plus" | "ring";

const plain = (
  id: string,
  title: string,
  mark: Mark,
  learningRate: number,
  rule: (options: { learningRate: number }) => Rule,
): OptimizerChoice => ({
  id,
  title,
  mark,
  learningRate,
  make: (settings) => rule({ learningRate: settings.learningRate }),
  code: (settings) => `${id}({ learningRate: ${literal(settings.learningRate)} })`,
  imports: id,
});

export const OPTIMIZERS: readonly OptimizerChoice[] = [
  plain("sgd", "Gradient descent", "circle", 0.001, sgd),
  {
    id: "momentum",
    title: "Momentum",
    mark: "square",
    learningRate: 0.0005,
    hasMomentum: true,
    make: ({ learningRate, momentum }) => sgd({ learningRate, momentum }),
    code: ({ learningRate, momentum }) =>
      `sgd({ learningRate: ${literal(learningRate)}, momentum: ${literal(momentum)} })`,
    imports: "sgd",
  },
  plain("adagrad", "AdaGrad", "plus", 0.5, adagrad),
  plain("rmsprop", "RMSProp", "triangle", 0.01, rmsprop),
  plain("adam", "Adam", "diamond", 0.05, adam),
  plain("lion", "Lion", "cross", 0.02, lion),
  {
    id: "lbfgs",
    title: "L-BFGS",
    mark: "ring",
    learningRate: 1,
    make: ({ learningRate }) => lbfgs({ learningRate, maxIterations: 1, lineSearch: "strongWolfe" }),
    code: ({ learningRate }) =>
      `lbfgs({ learningRate: ${literal(learningRate)}, maxIterations: 1, lineSearch: "strongWolfe" })`,
    imports: "lbfgs",
  },
];
