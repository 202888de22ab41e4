import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { viewOf } from "../ndarray/ndarray.js";
import { transfer } from "../ndarray/operand.js";
import type { Batch, Network } from "../nn/network.js";
import { Optimizer } from "../optim/optimizer.js";
import type { Rule } from "../optim/rule.js";
import { adam } from "../optim/rules/adam.js";
import type { ParameterTree } from "../params/parameters.js";
import { checkSeed } from "../random/philox.js";
import { isRows, lasting, type Rows, rowsOf } from "./data.js";
import { checkCount, type EarlyStopping, Monitor, metricsOf } from "./early-stopping.js";
import { type Feed, isIterable, RowFeed, StreamFeed } from "./feed.js";
import { type BatchReport, type EpochReport, Loop, type Training } from "./loop.js";
import { isNetwork, NetworkModel } from "./network-model.js";
import { type AnyModel, type Model, OwnModel } from "./own-model.js";
import { split } from "./shuffle.js";
import type { GradientKind, Trainee } from "./trainee.js";

/** What to train on: inputs and targets, row by row, or batches that come by themselves. */
export type TrainingData<B> =
  | B
  | Iterable<B>
  | AsyncIterable<B>
  | ((epoch: number) => Iterable<B> | AsyncIterable<B> | PromiseLike<Iterable<B> | AsyncIterable<B>>);

/** Options of `fit`. */
export interface FitOptions<B> {
  /**
   * How to step: a rule, adam() unless set; or what a rule's `init` gave for the parameters of the model, which goes on
   * from where it is and is not freed.
   */
  optimizer?: Rule | Pick<Optimizer, "save" | "step" | "stepCount">;
  /** Rows of a step: 1 is stochastic, "full" all of them, as they come; 32 unless set, or all if they are fewer. */
  batchSize?: number | "full";
  /** How often to go through the data; 10 unless set. */
  epochs?: number;
  /** Whether rows come in a new order each epoch; true unless set. */
  shuffle?: boolean;
  /** Says the orders, and what is held out: an integer from 0 to 2^53 - 1, 0 unless set. */
  seed?: number;
  /** What to evaluate after each epoch: inputs and targets, or a share of the rows, above 0 and below 1, to hold out. */
  validation?: B | number;
  /** Ends training when it gets no better. With it, the parameters at the end are those of the best epoch. */
  earlyStopping?: EarlyStopping;
  /** The model's own, "backprop", if it has one; or differences, "central" (2n losses a step) or "forward" (n). */
  gradient?: GradientKind;
  /** Called after each step; it ends training by returning false, or a promise of it. */
  onBatch?: (report: BatchReport) => unknown;
  /** Called after each epoch, alike. */
  onEpoch?: (report: EpochReport) => unknown;
  /** Ends training before the next step, also while a batch of an iterable is awaited, which may never come. */
  signal?: AbortSignal;
  /** What `save` of a report gave: training goes on from there, bit for bit, with the same model, data and options. */
  resume?: Uint8Array;
}

const OPTIONS = [
  "optimizer",
  "batchSize",
  "epochs",
  "shuffle",
  "seed",
  "validation",
  "earlyStopping",
  "gradient",
  "onBatch",
  "onEpoch",
  "signal",
  "resume",
];

/** Models and optimizers in training. */
const busy = /* @__PURE__ */ new WeakSet<object>();

/**
 * Trains a network, or any model with a loss: batch, stochastic and mini-batch descent are one loop.
 *
 *     for each epoch, for each batch: θ = step(θ, ∇ loss(batch, θ))
 *
 * A page stays alive meanwhile: every 20 ms the event loop has its turn.
 *
 * A model of one's own is `{ params, loss(batch, params), gradient?(batch, params), accuracy?(batch, params) }`. Its
 * functions are given what batches are of the data, and the parameters in their structure as arrays that are not to be
 * written; `loss` comes first, then with the same batch the others. `loss` and `gradient` may return promises. While
 * training lasts, `model.params` are what it has come to, for callbacks to read and write; afterwards they are copies of
 * the kinds of the beginning. If training throws, they are what it had come to.
 *
 * @param model what `mlp` gave, or such an object
 * @param data `{ inputs, targets }`: arrays whose rows belong together, nested, NDArrays, or typed arrays of one row after
 *   the other. Batches have the same kinds; those of typed arrays and NDArrays are valid until the next one. Or an
 *   iterable of batches, an async one, or a function of the epoch that gives one
 * @returns the history of losses, and why training ended
 * @throws {RangeError} if an option is out of range, a number of the data not finite, rows are missing, or the first loss
 *   or gradient is not finite; or the file to resume from is truncated, of another format or training, newer: then nothing changed
 * @throws {TypeError} if an option is of the wrong type or unknown, or the model writes to its parameters
 * @throws {Error} if a function of the model or a callback throws, which is the cause
 * @example
 * const line = {
 *   params: { slope: 0, offset: 0 },
 *   loss: ({ inputs, targets }, { slope, offset }) =>
 *     inputs.reduce((sum, x, i) => sum + (slope * x + offset - targets[i]) ** 2, 0) / inputs.length,
 * };
 * const data = { inputs: [0, 1, 2, 3], targets: [1, 3, 5, 7] };
 * const { reason } = await fit(line, data, { optimizer: sgd({ learningRate: 0.1 }), batchSize: 2, epochs: 200 });
 * console.log(line.params.slope.toFixed(3), line.params.offset.toFixed(3), reason); // 2.000 1.000 epochs
 * @see H. Robbins & S. Monro, A stochastic approximation method (1951)
 */
export async function fit(model: Network, data: TrainingData<Batch>, options?: FitOptions<Batch>): Promise<Training>;
export async function fit<P extends ParameterTree, B>(
  model: Model<P, B>,
  data: TrainingData<B>,
  options?: FitOptions<B>,
): Promise<Training>;
export async function fit(model: object, data: unknown, options: FitOptions<unknown> = {}): Promise<Training> {
  checkModel(model);
  checkOptions("fit", options, OPTIONS);
  const { optimizer = adam() } = options;
  const locks = optimizer instanceof Optimizer ? [model, optimizer] : [model];
  for (const each of locks) {
    if (busy.has(each))
      throw new TypeError(`This ${each === model ? "model" : "optimizer"} is in training: await the other fit first.`);
  }
  for (const each of locks) busy.add(each);
  try {
    return await train(model as AnyModel, data, optimizer, options);
  } finally {
    for (const each of locks) busy.delete(each);
  }
}

async function train(model: AnyModel, data: unknown, how: object, options: FitOptions<unknown>): Promise<Training> {
  const { batchSize, validation, earlyStopping, onBatch, onEpoch, signal, resume } = options;
  const { epochs = 10, shuffle = true, seed = 0 } = options;
  checkCount("epochs", epochs);
  if (batchSize !== undefined && batchSize !== "full") checkCount("batchSize", batchSize, ' or "full"');
  if (typeof shuffle !== "boolean") throw new TypeError(`shuffle must be true or false; got ${describe(shuffle)}.`);
  checkSeed(seed);
  for (const [name, callback] of Object.entries({ onBatch, onEpoch })) {
    if (callback !== undefined && typeof callback !== "function")
      throw new TypeError(`${name} must be a function; got ${describe(callback)}.`);
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean")
    throw new TypeError(`signal must be an AbortSignal; got ${describe(signal)}.`);
  const gradient = gradientOf(model, options.gradient);
  const table = isRows(data) ? lasting(data) : undefined;
  if (table === undefined) checkStream(data, options);
  else if (rowsOf(table) === 0) throw new RangeError("data has no rows.");
  const share = shareOf(validation, table !== undefined, isNetwork(model));
  const set = isRows(validation) ? lasting(validation) : share > 0 ? undefined : validation;

  const optimizer = (how instanceof Optimizer ? how : bind(how, model.params)) as Optimizer<never>;
  let trainee: Trainee | undefined;
  let changed = false;
  try {
    if (optimizer === how) checkBound(optimizer, model.params);
    trainee = isNetwork(model)
      ? new NetworkModel(model, optimizer, gradient, table, set as Rows | undefined)
      : new OwnModel(model, optimizer, gradient, table, set);
    const { rows } = trainee;
    let feed: Feed = new StreamFeed(trainee, data, signal);
    let size: number | undefined;
    if (rows !== undefined) {
      const { training, heldOut } = split(rows, heldOutOf(share, rows), seed);
      size = sizeOf(batchSize, training.length);
      if (share > 0) trainee.hold(heldOut);
      feed = new RowFeed(trainee, training, size, shuffle, seed);
    }
    const metrics = metricsOf(trainee.hasAccuracy, validation !== undefined);
    const monitor = new Monitor(earlyStopping, metrics);
    const setting = {
      seed,
      shuffle,
      gradient,
      rows,
      batchSize: size,
      "share held out": share,
      metrics: metrics.join(", "),
      monitor: monitor.metric,
    };
    const loop = new Loop({ trainee, feed, optimizer, monitor, metrics, setting, epochs, onBatch, onEpoch, signal });
    if (resume === undefined) optimizer.zeroGradients();
    else loop.resume(resume);
    changed = true;
    return await loop.run();
  } finally {
    try {
      trainee?.end(changed);
    } finally {
      if (optimizer !== how) optimizer.free();
    }
  }
}

function checkModel(model: unknown): void {
  if (typeof model !== "object" || model === null || typeof (model as AnyModel).loss !== "function")
    throw new TypeError(`fit takes a network, or an object with params and loss; got ${describe(model)}.`);
  if (isNetwork(model)) return;
  const own = model as AnyModel;
  if (own.params === undefined) throw new TypeError("The model has no params to train.");
  for (const name of ["gradient", "accuracy"] as const) {
    if (own[name] !== undefined && typeof own[name] !== "function")
      throw new TypeError(`${name} of the model must be a function; it is ${describe(own[name])}.`);
  }
  if (!Reflect.set(own, "params", own.params))
    throw new TypeError("params of the model must be writable, for that is where fit puts what it finds.");
}

function gradientOf(model: object, given: GradientKind | undefined): GradientKind {
  const own = "gradient" in model && model.gradient !== undefined;
  if (given === undefined) return own ? "backprop" : "central";
  if (!["backprop", "central", "forward"].includes(given))
    throw new TypeError(`gradient must be "backprop", "central" or "forward"; got ${describe(given)}.`);
  if (given === "backprop" && !own)
    throw new TypeError('gradient is "backprop", but the model has no function gradient; "central" needs none.');
  return given;
}

function checkStream(data: unknown, { batchSize, shuffle, epochs = 10 }: FitOptions<unknown>): void {
  if (typeof data !== "function" && (ArrayBuffer.isView(data) || !isIterable(data))) {
    throw new TypeError(
      `data must be { inputs, targets }, an iterable of batches or a function (epoch) => iterable; got ${describe(data)}.`,
    );
  }
  for (const [name, value] of Object.entries({ batchSize, shuffle })) {
    if (value !== undefined)
      throw new TypeError(
        `${name} is for { inputs, targets }; batches that come by themselves are taken as they come.`,
      );
  }
  if (Array.isArray(data) && data.length === 0) throw new RangeError("data has no batches.");
  if (epochs > 1 && "next" in data)
    throw new TypeError(
      `data can be gone through once, and epochs is ${epochs}: a function (epoch) => iterable makes it anew each time.`,
    );
}

/**
 * The share of rows to hold out; 0 if the validation set is one by itself.
 *
 * @param rows whether the data has rows to hold out
 * @param network whether the model is one, for which a set has inputs and targets whatever the data is
 */
function shareOf(validation: unknown, rows: boolean, network: boolean): number {
  if (validation === undefined) return 0;
  if (typeof validation === "number") {
    if (!(validation > 0 && validation < 1))
      throw new RangeError(`validation must be a share above 0 and below 1, or a set; got ${validation}.`);
    if (!rows) throw new TypeError("validation is a share, but data has no rows: give it as a batch of its own.");
    return validation;
  }
  if (typeof validation !== "object" || validation === null || ((rows || network) && !isRows(validation)))
    throw new TypeError(`validation must be a share, or { inputs, targets }; got ${describe(validation)}.`);
  if (isRows(validation) && rowsOf(validation) === 0) throw new RangeError("validation has no rows.");
  return 0;
}

function heldOutOf(share: number, rows: number): number {
  const count = Math.round(share * rows);
  if (share > 0 && (count === 0 || count === rows)) {
    throw new RangeError(
      `validation is ${share}, which holds out ${count} of ${rows} rows; there must be some of both kinds.`,
    );
  }
  return count;
}

function sizeOf(batchSize: number | "full" | undefined, rows: number): number {
  if (batchSize === "full") return rows;
  if (batchSize === undefined) return Math.min(32, rows);
  if (batchSize > rows)
    throw new RangeError(
      `batchSize is ${batchSize}, but there are ${rows} rows to train on; "full" takes all of them.`,
    );
  return batchSize;
}

function bind(rule: object, params: unknown): Optimizer {
  if (typeof rule !== "object" || rule === null || !("stages" in rule)) {
    throw new TypeError(
      `optimizer must be a rule such as adam(), or what its init gave; got ${describe(rule)}.${typeof rule === "object" && rule !== null && "init" in rule ? " lbfgs is for minimize." : ""}`,
    );
  }
  const { stages, init } = rule as Rule;
  const climbing = stages.find(({ values }) => values.maximize === true);
  if (climbing) throw new TypeError(`fit goes downhill; optimizer is ${climbing.name} with maximize.`);
  return init(params as number[]);
}

/** Refuses an optimizer over other parameters than those of the model. */
function checkBound(optimizer: Optimizer<never>, params: unknown): void {
  if (optimizer.swapped)
    throw new TypeError("The averages of the optimizer's parameters are in their place: swap() back before fit.");
  if (params === (optimizer.params as unknown)) return;
  const { layout, address } = optimizer.vectors.params;
  for (const [leaf, source] of layout.operands(params, "model.params")) {
    const own = new leaf.type.View(leaf.size);
    transfer(source, 0, leaf.size, own, leaf.type);
    const bound = viewOf(leaf.type, layout.addressOf(leaf, address), leaf.size);
    for (let i = 0; i < leaf.size; ++i) {
      if (Object.is(own[i], bound[i])) continue;
      const path = leaf.path === "" ? "" : `${leaf.path.startsWith("[") ? "" : "."}${leaf.path}`;
      throw new RangeError(
        `model.params${path}[${i}] is ${own[i]}, and that of the optimizer ${bound[i]}: an optimizer that is given must be at the parameters of the model, as adam().init(model.params) is.`,
      );
    }
  }
}
