import { expect, test } from "vitest";
import * as steepest from "../src/index.js";
import * as slim from "../src/slim.js";

/** What the package is: a name that comes or goes here is a change that its users see. */
const EXPORTS = [
  "AxisError",
  "NDArray",
  "Optimizer",
  "adadelta",
  "adagrad",
  "adam",
  "adamax",
  "adamw",
  "adan",
  "addDecayedWeights",
  "array",
  "asgd",
  "centralize",
  "chain",
  "clipByGlobalNorm",
  "clipByValue",
  "configure",
  "constant",
  "cosineDecay",
  "cyclic",
  "ema",
  "exponentialDecay",
  "gradient",
  "inverseSqrt",
  "join",
  "linearWarmup",
  "lion",
  "lookahead",
  "memoryUsage",
  "minimize",
  "multiStep",
  "nadam",
  "numericalGradient",
  "oneCycle",
  "piecewise",
  "polynomialDecay",
  "prodigy",
  "radam",
  "reduceOnPlateau",
  "rmsprop",
  "rprop",
  "scheduleFreeAdamw",
  "scheduleFreeSgd",
  "sgd",
  "stepDecay",
  "zeros",
];

test("steepest exports", () => {
  expect(Object.keys(steepest).sort()).toEqual(EXPORTS);
});

test("steepest/slim exports the same, and init", () => {
  expect(Object.keys(slim).sort()).toEqual([...EXPORTS, "init"].sort());
});
