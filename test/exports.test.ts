import { expect, test } from "vitest";
import * as steepest from "../src/index.js";
import * as slim from "../src/slim.js";

/** What the package is: a name that comes or goes here is a change that its users see. */
const EXPORTS = [
  "AxisError",
  "Lbfgs",
  "NDArray",
  "Network",
  "Optimizer",
  "adadelta",
  "adafactor",
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
  "checkGradient",
  "clipByGlobalNorm",
  "clipByValue",
  "configure",
  "constant",
  "cosineDecay",
  "cyclic",
  "derivative",
  "directionalDerivative",
  "ema",
  "exponentialDecay",
  "fit",
  "gradient",
  "groupColumns",
  "hessian",
  "hessianVectorProduct",
  "inverseSqrt",
  "jacobian",
  "join",
  "lamb",
  "lbfgs",
  "linearWarmup",
  "lion",
  "loadNetwork",
  "lookahead",
  "memoryUsage",
  "minimize",
  "mlp",
  "multiStep",
  "muon",
  "nadam",
  "numericalGradient",
  "oneCycle",
  "partition",
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
  "spsa",
  "stepDecay",
  "zeros",
];

test("steepest exports", () => {
  expect(Object.keys(steepest).sort()).toEqual(EXPORTS);
});

test("steepest/slim exports the same, and init", () => {
  expect(Object.keys(slim).sort()).toEqual([...EXPORTS, "init"].sort());
});
