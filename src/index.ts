/// <reference lib="esnext.disposable" preserve="true" />
export type { GradientOptions, Out, Spacing } from "./gradient/arguments.js";
export { gradient } from "./gradient/gradient.js";
export type { ArrayLikeND } from "./ndarray/array-like.js";
export { type ArrayInput, type ArrayOptions, array, zeros } from "./ndarray/create.js";
export type { DType, TypedArray } from "./ndarray/dtype.js";
export { AxisError } from "./ndarray/errors.js";
export { NDArray, type Shape } from "./ndarray/ndarray.js";
export type { NestedNumbers } from "./ndarray/operand.js";
export type { Activation, Architecture, Initialization, MlpOptions, NetworkLoss } from "./nn/architecture.js";
export {
  type Batch,
  loadNetwork,
  mlp,
  Network,
  type NetworkParams,
  type Outputs,
  type Samples,
} from "./nn/network.js";
export type { Estimate, Side } from "./numdiff/adaptive.js";
export {
  type CheckGradientOptions,
  checkGradient,
  type GradientCheck,
  type GradientEntry,
} from "./numdiff/check-gradient.js";
export { type DerivativeOptions, type Derivatives, derivative } from "./numdiff/derivative.js";
export {
  type AnswerFor,
  type DirectionalDerivativeOptions,
  directionalDerivative,
} from "./numdiff/directional-derivative.js";
export { type GroupColumnsOptions, groupColumns } from "./numdiff/group-columns.js";
export { type HessianOptions, hessian } from "./numdiff/hessian.js";
export { type HessianVectorProductOptions, hessianVectorProduct } from "./numdiff/hessian-vector-product.js";
export { type JacobianOptions, jacobian, type SparseJacobianOptions } from "./numdiff/jacobian.js";
export {
  type NumericalGradientOptions,
  type NumericalGradientResult,
  numericalGradient,
} from "./numdiff/numerical-gradient.js";
export type { Sparsity } from "./numdiff/pattern.js";
export type { SparseMatrix } from "./numdiff/sparse-jacobian.js";
export { type SpsaOptions, spsa } from "./numdiff/spsa.js";
export type { Values } from "./numdiff/vector-function.js";
export { chain } from "./optim/chain.js";
export type { Group, Schedule } from "./optim/hyperparameters.js";
export { type ClosureRule, type Evaluation, Lbfgs, type LbfgsOptions, lbfgs } from "./optim/lbfgs.js";
export { Optimizer } from "./optim/optimizer.js";
export { partition } from "./optim/partition.js";
export type { Rule } from "./optim/rule.js";
export { type AdadeltaOptions, adadelta } from "./optim/rules/adadelta.js";
export { type AdafactorOptions, adafactor } from "./optim/rules/adafactor.js";
export { type AdagradOptions, adagrad } from "./optim/rules/adagrad.js";
export { type AdamOptions, adam, adamw } from "./optim/rules/adam.js";
export { type AdamaxOptions, adamax } from "./optim/rules/adamax.js";
export { type AdanOptions, adan } from "./optim/rules/adan.js";
export { type AsgdOptions, asgd } from "./optim/rules/asgd.js";
export { type LambOptions, lamb } from "./optim/rules/lamb.js";
export { type LionOptions, lion } from "./optim/rules/lion.js";
export { type MuonOptions, muon } from "./optim/rules/muon.js";
export { type NadamOptions, nadam } from "./optim/rules/nadam.js";
export { type ProdigyOptions, prodigy } from "./optim/rules/prodigy.js";
export { type RadamOptions, radam } from "./optim/rules/radam.js";
export { type RmspropOptions, rmsprop } from "./optim/rules/rmsprop.js";
export { type RpropOptions, rprop } from "./optim/rules/rprop.js";
export { type ScheduleFreeAdamwOptions, scheduleFreeAdamw } from "./optim/rules/schedule-free-adamw.js";
export { type ScheduleFreeSgdOptions, scheduleFreeSgd } from "./optim/rules/schedule-free-sgd.js";
export { type SgdOptions, sgd } from "./optim/rules/sgd.js";
export { constant, join, linearWarmup, piecewise } from "./optim/schedules/compose.js";
export { type CyclicOptions, cyclic, type OneCycleOptions, oneCycle } from "./optim/schedules/cycles.js";
export {
  cosineDecay,
  exponentialDecay,
  inverseSqrt,
  multiStep,
  polynomialDecay,
  stepDecay,
} from "./optim/schedules/decay.js";
export { type Plateau, type PlateauOptions, type PlateauState, reduceOnPlateau } from "./optim/schedules/plateau.js";
export { ema } from "./optim/transforms/ema.js";
export { addDecayedWeights, centralize, clipByGlobalNorm, clipByValue } from "./optim/transforms/gradients.js";
export { type LookaheadOptions, lookahead } from "./optim/transforms/lookahead.js";
export type { Copied, Live, ParameterTree } from "./params/parameters.js";
export type { EarlyStopping, EpochMetrics } from "./train/early-stopping.js";
export { type FitOptions, fit, type TrainingData } from "./train/fit.js";
export type { BatchReport, EpochReport, Training } from "./train/loop.js";
export { type Iteration, type MinimizeOptions, type Minimum, minimize } from "./train/minimize.js";
export type { Model } from "./train/own-model.js";
export type { GradientKind } from "./train/trainee.js";
export { configure, memoryUsage } from "./wasm/heap.js";
