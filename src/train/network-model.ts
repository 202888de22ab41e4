import type { Dataset } from "../nn/dataset.js";
import type { Evaluator } from "../nn/evaluator.js";
import type { Network, NetworkParams } from "../nn/network.js";
import type { Trainer } from "../nn/trainer.js";
import { unusable } from "../numdiff/differences.js";
import type { Optimizer } from "../optim/optimizer.js";
import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import { type Rows, rowsOf, Table } from "./data.js";
import type { GradientKind, Trainee, Where } from "./trainee.js";

/** By its own interface for training: the class would come into every bundle with `fit`. */
export function isNetwork(model: object): boolean {
  return "trainer" in model && "evaluator" in model && typeof model.trainer === "function";
}

/** How many rows are brought to linear memory at a time where there is no room for all. */
const PART = 1024;

/**
 * A network, which trains in linear memory: its rows are copied there once, and a step is one call.
 *
 *     order | held out   numbers of rows, u32: those to train with, as they come, and those to validate with
 */
export class NetworkModel implements Trainee {
  readonly hasAccuracy: boolean;
  readonly rows: number | undefined;
  count = 0;
  accuracy = Number.NaN;
  right = 0;
  readonly network: Network;
  readonly #attached: boolean;
  readonly #data: Dataset | undefined;
  readonly #validation: Dataset | undefined;
  #indices: Block | undefined;
  #trainer: Trainer | undefined;
  #evaluator: Evaluator | undefined;
  /** The rows where there is no room for all of them in linear memory: they are brought there a batch at a time. */
  readonly #table: Table | undefined;
  #order = new Uint32Array();
  #heldOut = new Uint32Array();
  /** Rows that the trainer takes at most. */
  #most = 0;

  constructor(
    model: object,
    readonly optimizer: Optimizer<NetworkParams>,
    readonly gradient: GradientKind,
    data: Rows | undefined,
    validation: Rows | undefined,
  ) {
    const network = model as Network;
    this.network = network;
    this.hasAccuracy = network.hasAccuracy;
    this.#attached = network.params !== (optimizer.params as unknown);
    if (this.#attached) network.attach(optimizer);
    network.hold(true);
    try {
      if (data !== undefined) {
        if (hasRoom(network, data)) this.#data = network.dataset(data);
        else this.#table = tableOf(network, data);
      }
      this.rows = (this.#data ?? this.#table)?.rows;
      if (validation !== undefined) {
        this.#validation = network.dataset(validation, "validation.");
        this.#evaluator = network.evaluator(this.#validation.rows);
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  hold(rows: Uint32Array<ArrayBuffer>): void {
    this.#heldOut = rows;
    this.#evaluator = this.network.evaluator(rows.length);
  }

  arrange(order: Uint32Array<ArrayBuffer>): void {
    this.#order = order;
    if (this.#data === undefined) return;
    this.#indices ??= heap.allocate(4 * (order.length + this.#heldOut.length));
    const { address } = this.#indices;
    new Uint32Array(views.buffer, address, order.length).set(order);
    new Uint32Array(views.buffer, address + 4 * order.length, this.#heldOut.length).set(this.#heldOut);
  }

  evaluateRows(from: number, count: number, first: boolean, where: Where): number {
    const { rows } = this;
    if (this.#data === undefined) return this.evaluateBatch(this.#table?.batch(this.#order, from, count), first, where);
    const indices = count === rows ? 0 : (this.#indices as Block).address + 4 * from;
    return this.#evaluate(this.#data, indices, count, first, where);
  }

  evaluateBatch(batch: unknown, first: boolean, where: Where): number {
    const data = this.network.dataset(batch as Rows, `data${where}: `, false);
    try {
      return this.#evaluate(data, 0, data.rows, first, where);
    } finally {
      data.free();
    }
  }

  #evaluate(data: Dataset, indices: number, count: number, first: boolean, where: Where): number {
    const { gradient, network, optimizer } = this;
    if (count > this.#most) {
      this.#trainer?.free();
      this.#trainer = undefined;
      this.#trainer = network.trainer(count, gradient !== "backprop");
      this.#most = count;
    }
    const trainer = this.#trainer as Trainer;
    optimizer.vectors; // refuses to go on where a callback has freed it
    const step = optimizer.stepCount % 2 ** 32;
    const value =
      gradient === "backprop"
        ? trainer.gradient(data, indices, count, step)
        : trainer.differences(data, indices, count, step, gradient === "central");
    if (first && !Number.isFinite(value)) throw unusable(value, where);
    this.#judge(trainer.hits, count);
    return value;
  }

  #judge(hits: number, count: number): void {
    this.count = count;
    this.right = hits / this.network.judged;
    this.accuracy = this.right / count;
  }

  step(): void {
    this.optimizer.step();
  }

  validate(): number {
    const evaluator = this.#evaluator as Evaluator;
    const heldOut = this.#heldOut.length;
    if (this.#validation !== undefined) {
      const value = evaluator.loss(this.#validation);
      this.#judge(evaluator.hits, this.#validation.rows);
      return value;
    }
    if (this.#data !== undefined) {
      const value = evaluator.loss(this.#data, (this.#indices as Block).address + 4 * this.#order.length, heldOut);
      this.#judge(evaluator.hits, heldOut);
      return value;
    }
    let value = 0;
    let hits = 0;
    inParts(this.network, this.#table as Table, this.#heldOut, (part) => {
      value += evaluator.loss(part) * (part.rows / heldOut);
      hits += evaluator.hits;
    });
    this.#judge(hits, heldOut);
    return value;
  }

  end(): void {
    for (const each of [this.#trainer, this.#evaluator, this.#data, this.#validation]) each?.free();
    if (this.#indices !== undefined) heap.free(this.#indices);
    this.network.hold(false);
    if (this.#attached) this.network.detach();
  }
}

/** Whether all rows fit in linear memory, beside what is there. */
function hasRoom(network: Network, data: Rows): boolean {
  const { layers, dtype } = network.architecture;
  const width = (layers[0] as number) + (layers.at(-1) as number);
  const bytes = (rowsOf(data, layers[0]) ?? 0) * (4 + width * (dtype === "float64" ? 8 : 4));
  if (!(bytes < heap.limit)) return false;
  const room = heap.tryAllocate(bytes);
  if (room !== undefined) heap.free(room);
  return room !== undefined;
}

/** The rows where they are, checked as they will be when they are brought to linear memory. */
function tableOf(network: Network, data: Rows): Table {
  const table = new Table(data, "", rowsOf(data, network.architecture.layers[0]));
  inParts(
    network,
    table,
    Uint32Array.from({ length: table.rows }, (_, i) => i),
    () => {},
  );
  return table;
}

function inParts(network: Network, table: Table, rows: Uint32Array<ArrayBuffer>, take: (part: Dataset) => void): void {
  for (let from = 0; from < rows.length; from += PART) {
    const part = table.batch(rows, from, Math.min(PART, rows.length - from));
    const data = network.dataset(part, `in rows from ${rows[from]} on, `, false);
    try {
      take(data);
    } finally {
      data.free();
    }
  }
}
