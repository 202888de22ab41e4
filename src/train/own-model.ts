import { describe } from "../ndarray/dtype.js";
import { Differences, isPromise, isUsable, threw, unusable } from "../numdiff/differences.js";
import type { Optimizer } from "../optim/optimizer.js";
import { Argument, copyOf, firstNotFinite, type Leaf, type Live, type ParameterTree } from "../params/parameters.js";
import { isRows, type Rows, rowsOf, Table } from "./data.js";
import type { GradientKind, Trainee, Where } from "./trainee.js";

/** A formula of one's own, for `fit` to find its parameters. */
export interface Model<P extends ParameterTree = ParameterTree, B = never> {
  /** Where training begins. While it lasts, what it has come to; afterwards, copies in the kinds of the beginning. */
  params: P;
  /** The loss over a batch: a mean over its rows, for batches count by their rows. */
  loss(batch: B, params: Live<P>): number | PromiseLike<number>;
  /** Its gradient in the structure of the parameters; null for those that are not to move. */
  gradient?(batch: B, params: Live<P>): unknown;
  /** The share of right answers, if there is such a thing. */
  accuracy?(batch: B, params: Live<P>): number | PromiseLike<number>;
}

/** The same whatever its parameters and batches are. */
export type AnyModel = { params: unknown; loss: unknown; gradient?: unknown; accuracy?: unknown };

type Functions = Record<"loss" | "gradient" | "accuracy", (batch: unknown, params: unknown) => unknown>;

/**
 * A model in JavaScript.
 *
 * Its functions are given the parameters in JavaScript memory, and find the same as `model.params`. Between the calls
 * those are the optimizer's, for callbacks to read and to write.
 */
export class OwnModel implements Trainee {
  readonly #model: Functions & { params: unknown };
  readonly #before: unknown;
  /** What `model.params` are between the calls. */
  #shown: unknown;
  readonly #argument: Argument;
  readonly #differences: Differences | undefined;
  readonly #table: Table | undefined;
  #validation: unknown;
  #order = new Uint32Array();
  /** What may be null in a gradient, and what was. */
  #absent: Set<Leaf>;
  /** A gradient in which something else was. */
  #partial: unknown;
  readonly hasAccuracy: boolean;
  count = 0;
  accuracy = Number.NaN;

  constructor(
    model: AnyModel,
    readonly optimizer: Optimizer<never>,
    readonly gradient: GradientKind,
    data: Rows | undefined,
    validation: unknown,
  ) {
    this.#model = model as Functions & AnyModel;
    this.#before = this.#model.params;
    this.hasAccuracy = typeof this.#model.accuracy === "function";
    if (data !== undefined) this.#table = new Table(data, "");
    this.#validation = isRows(validation) ? new Table(validation, "validation.").all() : validation;
    const { params, frozen } = optimizer.vectors;
    this.#absent = new Set(frozen);
    this.#argument = new Argument(params.layout);
    if (gradient !== "backprop") {
      this.#differences = new Differences(this.#argument);
      this.#differences.open(false);
    }
    this.#shown = this.#before;
  }

  get rows(): number | undefined {
    return this.#table?.rows;
  }

  get right(): number {
    return this.accuracy * this.count;
  }

  hold(rows: Uint32Array<ArrayBuffer>): void {
    this.#validation = (this.#table as Table).part(rows);
  }

  arrange(order: Uint32Array<ArrayBuffer>): void {
    this.#order = order;
  }

  evaluateRows(from: number, count: number, first: boolean, where: Where): Promise<number> {
    const table = this.#table as Table;
    const all = count === table.rows; // their order is of no account
    return this.#evaluate(all ? table.all() : table.batch(this.#order, from, count), count, first, where);
  }

  evaluateBatch(batch: unknown, first: boolean, where: Where): Promise<number> {
    return this.#evaluate(batch, (isRows(batch) && rowsOf(batch)) || 1, first, where);
  }

  async #evaluate(batch: unknown, count: number, first: boolean, where: Where): Promise<number> {
    this.count = count;
    this.#partial = undefined;
    this.#enter();
    try {
      let value = this.#call("loss", batch, where);
      if (isPromise(value)) {
        if (this.#differences !== undefined) throw promised(value, where);
        value = await value;
      }
      if (typeof value !== "number" || (first && !isUsable(value))) throw unusable(value, where);
      if (!isUsable(value)) return Number.NaN;
      if (this.hasAccuracy) await this.#judge(batch, where);
      if (this.#differences !== undefined) return this.#differentiate(this.#differences, batch, value, first, where);
      let gradient = this.#call("gradient", batch, where);
      if (isPromise(gradient)) gradient = await gradient;
      const { params, grads, frozen } = this.optimizer.vectors;
      this.#argument.checkUnchanged(params.address, where, "model");
      grads.assign(gradient, "gradient", this.#absent);
      const bad = first ? firstNotFinite(params.layout, grads.address) : undefined;
      if (bad !== undefined) throw new RangeError(`The gradient is not finite${where}, in the entry of ${bad}.`);
      if (this.#absent.size > frozen.size) {
        this.#absent = new Set(frozen);
        this.#partial = gradient;
      }
      return value;
    } finally {
      this.#leave();
    }
  }

  #differentiate(differences: Differences, batch: unknown, value: number, first: boolean, where: Where): number {
    const model = this.#model;
    const byValue = this.#argument.layout.isNumber;
    const loss = (params: unknown): number => {
      if (byValue) model.params = params;
      return model.loss(batch, params) as number;
    };
    const { params, grads } = this.optimizer.vectors;
    this.#argument.checkUnchanged(params.address, where);
    const scheme = { method: this.gradient as "central" | "forward", rule: 0, step: 0 } as const;
    try {
      differences.take(loss, scheme, value, String(where), grads.address);
      return value;
    } catch (error) {
      // What the loss itself throws comes as the cause of another error.
      if (first || !(error instanceof RangeError)) throw error;
      return Number.NaN;
    }
  }

  async #judge(batch: unknown, where: Where): Promise<void> {
    const accuracy = await this.#call("accuracy", batch, where);
    if (typeof accuracy !== "number")
      throw new TypeError(`The accuracy must be a number; it is ${describe(accuracy)}${where}.`);
    this.accuracy = accuracy;
  }

  #call(name: keyof Functions, batch: unknown, where: Where): unknown {
    try {
      const given = this.#model[name](batch, this.#argument.structure);
      return isPromise(given) ? this.#named(name, given, where) : given;
    } catch (error) {
      throw threw(name, error, where);
    }
  }

  async #named(name: string, promise: PromiseLike<unknown>, where: Where): Promise<unknown> {
    try {
      return await promise;
    } catch (error) {
      throw threw(name, error, where);
    }
  }

  step(): void {
    if (this.#partial === undefined) this.optimizer.step();
    else this.optimizer.step(this.#partial);
  }

  async validate(where: Where): Promise<number> {
    this.#enter();
    try {
      const value = await this.#call("loss", this.#validation, where);
      if (typeof value !== "number") throw unusable(value, where);
      if (this.hasAccuracy) await this.#judge(this.#validation, where);
      return value;
    } finally {
      this.#leave();
    }
  }

  #enter(): void {
    const { params } = this.#model;
    if (!Object.is(params, this.#shown))
      throw new TypeError(`model.params was replaced by ${describe(params)} during training; write into it instead.`);
    this.#argument.load(this.optimizer.vectors.params.address);
    this.#model.params = this.#argument.structure;
  }

  #leave(): void {
    this.#shown = this.optimizer.params;
    this.#model.params = this.#shown;
  }

  end(changed: boolean): void {
    this.#differences?.free();
    this.#model.params = this.#before;
    if (!changed) return;
    const { params } = this.optimizer.vectors;
    this.#model.params = copyOf(params.layout, params.address);
  }
}

function promised(value: PromiseLike<unknown>, where: Where): Error {
  value.then(undefined, () => {}); // nobody else will hear of its failure
  return new TypeError(
    `The loss returned a promise${where}; numerical gradients need numbers: give the model a gradient of its own.`,
  );
}
