import { describe } from "../ndarray/dtype.js";
import { threw } from "../numdiff/differences.js";
import { shuffled } from "./shuffle.js";
import type { Trainee, Where } from "./trainee.js";

type Loss = number | "aborted" | undefined;

/** The batches of an epoch, one after the other, each evaluated as it comes. */
export interface Feed {
  /** How many there are in an epoch, if that is known. */
  readonly batches: number | undefined;
  /** Begins an epoch, or goes on with it after some of its batches. */
  begin(epoch: number, done: number, where: Where): void | Promise<void>;
  /** The loss over the next batch; undefined if there is none, "aborted" if the signal was first. */
  next(first: boolean, where: Where): Loss | Promise<Loss>;
  /** Says that no more batches of the epoch are wanted. */
  close(): Promise<void>;
}

/** Batches of rows, in a new order each epoch; the last one has what is left. */
export class RowFeed implements Feed {
  readonly batches: number;
  #from = 0;
  #arranged = false;

  constructor(
    readonly trainee: Trainee,
    readonly rows: Uint32Array<ArrayBuffer>,
    readonly batchSize: number,
    readonly shuffle: boolean,
    readonly seed: number,
  ) {
    this.batches = Math.ceil(rows.length / batchSize);
  }

  begin(epoch: number, done: number): void {
    this.#from = done * this.batchSize;
    // The order in a batch of all rows would change nothing but the last bits.
    const shuffles = this.shuffle && this.batches > 1;
    if (this.#arranged && !shuffles) return;
    this.trainee.arrange(shuffles ? shuffled(this.rows, this.seed, epoch) : this.rows);
    this.#arranged = true;
  }

  next(first: boolean, where: Where): number | undefined | Promise<number> {
    const from = this.#from;
    const count = Math.min(this.batchSize, this.rows.length - from);
    if (count <= 0) return undefined;
    this.#from = from + count;
    return this.trainee.evaluateRows(from, count, first, where);
  }

  async close(): Promise<void> {}
}

/** Batches that come from an iterable. */
export class StreamFeed implements Feed {
  readonly batches: number | undefined;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  /** Ends the wait that is under way. One listener calls it: one for each batch, or a race with one promise, would pile up. */
  #giveUp = (): void => {};
  readonly #onAbort = (): void => this.#giveUp();
  /** Whether a wait was ended, so that the iterator may never answer. */
  #stalled = false;

  constructor(
    readonly trainee: Trainee,
    readonly data: unknown,
    readonly signal: AbortSignal | undefined,
  ) {
    if (Array.isArray(data)) this.batches = data.length;
  }

  async begin(epoch: number, done: number, where: Where): Promise<void> {
    const { data } = this;
    this.signal?.addEventListener("abort", this.#onAbort); // once, however often it is added
    const iterable: unknown = typeof data === "function" ? await this.#await(() => data(epoch), where) : data;
    if (this.#stalled) return;
    if (!isIterable(iterable))
      throw new TypeError(`data must give an iterable of batches; it gave ${describe(iterable)} for epoch ${epoch}.`);
    this.#iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]?.();
    for (let i = 0; i < done; ++i) {
      where.batch = i + 1;
      const pulled = await this.#pull(where);
      if (pulled === undefined) return;
      if (pulled.done)
        throw new RangeError(
          `data ended before batch ${i + 1} of epoch ${epoch}; when it was saved, ${done} were done.`,
        );
    }
  }

  async next(first: boolean, where: Where): Promise<Loss> {
    const pulled = await this.#pull(where);
    if (pulled === undefined) return "aborted";
    if (pulled.done) {
      this.#iterator = undefined;
      if (where.batch > 1) return undefined;
      throw new RangeError(
        `data gave no batch in epoch ${where.epoch}; a generator can be gone through once, a function (epoch) => iterable makes a new one.`,
      );
    }
    return this.trainee.evaluateBatch(pulled.value, first, where);
  }

  /** The next batch, which may be a promise, as in a `for await`. */
  #pull(where: Where): Promise<IteratorResult<unknown> | undefined> {
    return this.#await(async () => {
      const { done = false, value } = await (this.#iterator as Iterator<unknown>).next();
      return { done, value: await value };
    }, where);
  }

  /** What data gives; undefined if the signal is first. */
  async #await<T>(get: () => T | PromiseLike<T>, where: Where): Promise<T | undefined> {
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        this.#giveUp = () => {
          this.#stalled = true;
          resolve(undefined);
        };
        if (this.signal?.aborted) this.#giveUp();
        else Promise.resolve(get()).then(resolve, reject);
      });
    } catch (error) {
      this.#iterator = undefined;
      throw threw("data", error, where);
    } finally {
      this.#giveUp = () => {};
    }
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener("abort", this.#onAbort);
    const iterator = this.#iterator;
    this.#iterator = undefined;
    const returned = (async () => {
      await iterator?.return?.();
    })();
    if (!this.#stalled) return returned;
    returned.catch(() => {}); // a generator answers after the batch that does not come
  }
}

interface AnyIterable {
  [Symbol.iterator]?(): Iterator<unknown>;
  [Symbol.asyncIterator]?(): AsyncIterator<unknown>;
}

export function isIterable(data: unknown): data is AnyIterable {
  if (typeof data !== "object" || data === null) return false;
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = data as AnyIterable;
  return typeof (async ?? sync) === "function";
}
