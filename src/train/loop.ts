import { isPromise, threw } from "../numdiff/differences.js";
import { normKernels } from "../optim/norms.js";
import type { Optimizer } from "../optim/optimizer.js";
import { segmentsOf } from "../params/parameters.js";
import { views } from "../wasm/heap.js";
import type { EpochMetrics, Metric, Monitor } from "./early-stopping.js";
import type { Feed } from "./feed.js";
import { type Progress, readProgress, type Setting, writeProgress } from "./resume.js";
import { type Trainee, Where } from "./trainee.js";
import { Turns } from "./yielding.js";

/** What `onBatch` is told, after each step. */
export interface BatchReport {
  /** From 1 on. */
  readonly epoch: number;
  /** From 1 on in each epoch. */
  readonly batch: number;
  /** How many there are in an epoch, if that is known. */
  readonly batches?: number;
  /** Steps made. */
  readonly step: number;
  /** Before the step. */
  readonly loss: number;
  /** The share of answers that were right, for models that tell. */
  readonly accuracy?: number;
  /** A file from which the option `resume` goes on. */
  save(): Uint8Array<ArrayBuffer>;
}

/** What `onEpoch` is told. */
export interface EpochReport extends Readonly<EpochMetrics> {
  /** A file from which the option `resume` goes on. */
  save(): Uint8Array<ArrayBuffer>;
}

/** How training ended. */
export interface Training {
  /** The metrics of the epochs that were completed. */
  readonly history: readonly Readonly<EpochMetrics>[];
  /** Epochs completed, with those before `resume`. */
  readonly epochs: number;
  /** Steps made, with those before `resume`. */
  readonly steps: number;
  /**
   * The option that ended it; "stopped" by a callback, "aborted" by the signal, "diverged" when the loss or a parameter
   * was not finite: then the parameters are those of the best epoch, or of the beginning if none was completed.
   */
  readonly reason: "epochs" | "earlyStopping" | "stopped" | "aborted" | "diverged";
  /** The best epoch by what early stopping monitors, if one was completed. */
  readonly best?: {
    /** From 1 on. */
    readonly epoch: number;
    /** What it was there. */
    readonly value: number;
  };
}

/** What there is to train with. */
export interface Equipment {
  readonly trainee: Trainee;
  readonly feed: Feed;
  readonly optimizer: Optimizer<never>;
  readonly monitor: Monitor;
  readonly metrics: readonly Metric[];
  readonly setting: Setting;
  readonly epochs: number;
  readonly onBatch: ((report: BatchReport) => unknown) | undefined;
  readonly onEpoch: ((report: EpochReport) => unknown) | undefined;
  readonly signal: AbortSignal | undefined;
}

type Reason = Training["reason"];

/** Epochs of batches, each a loss, a step and a report. */
export class Loop {
  /** Changed between one call of the user's functions and the next, so that it can be saved in each. */
  #progress: Progress = {
    epoch: 1,
    batch: 0,
    steps: 0,
    sums: { rows: 0, loss: 0, right: 0 },
    history: [],
  };
  /** The parameters of the best epoch, or those of the beginning. */
  readonly #best: Uint8Array<ArrayBuffer>;
  readonly #where = new Where();
  readonly #turns = new Turns();
  #stopped = false;
  #running = true;
  readonly #save = () => this.#write();

  constructor(readonly equipment: Equipment) {
    this.#best = this.#weights.slice();
  }

  get #weights(): Uint8Array<ArrayBuffer> {
    const { address, layout } = this.equipment.optimizer.vectors.params;
    return views.u8.subarray(address, address + layout.bytes);
  }

  /** Takes the place of a training that was saved, or throws and changes nothing. */
  resume(file: unknown): void {
    const { metrics, setting, optimizer, monitor } = this.equipment;
    const saved = readProgress(file, metrics, setting, this.#best.length);
    optimizer.load(saved.optimizer);
    this.#best.set(saved.best);
    this.#progress = saved.progress;
    monitor.state = saved.watched;
  }

  #write(): Uint8Array<ArrayBuffer> {
    if (!this.#running) throw new TypeError("save is for callbacks: this training has ended.");
    const { metrics, setting, optimizer, monitor } = this.equipment;
    return writeProgress(this.#progress, monitor.state, metrics, setting, this.#best, optimizer.save());
  }

  async run(): Promise<Training> {
    const { feed, monitor } = this.equipment;
    let reason: Reason | undefined;
    try {
      while (reason === undefined) reason = this.#ending() ?? (await this.#epoch());
    } catch (error) {
      this.#running = false;
      await feed.close().catch(() => {}); // what went wrong first is what is said
      throw error;
    }
    this.#running = false;
    await feed.close();
    if (!this.#isSound()) reason = "diverged";
    const { best } = monitor.state;
    if (reason === "diverged" || (monitor.restores && best !== undefined)) this.#weights.set(this.#best);
    const { history, steps } = this.#progress;
    return { history, epochs: history.length, steps, reason, ...(best && { best }) };
  }

  /** Why no other epoch should begin. */
  #ending(): Reason | undefined {
    const { monitor, epochs } = this.equipment;
    if (monitor.done) return "earlyStopping";
    return this.#progress.epoch > epochs ? "epochs" : this.#interruption();
  }

  #interruption(): Reason | undefined {
    if (this.equipment.signal?.aborted) return "aborted";
    return this.#stopped ? "stopped" : undefined;
  }

  /** Goes through the batches that are left of an epoch; why it did not get to the end. */
  async #epoch(): Promise<Reason | undefined> {
    const { trainee, feed, onBatch } = this.equipment;
    const where = this.#where;
    const progress = this.#progress;
    const { epoch, sums } = progress;
    where.epoch = epoch;
    where.batch = progress.batch + 1;
    await feed.begin(epoch, progress.batch, where);
    while (progress.batch !== feed.batches) {
      const reason = this.#interruption();
      if (reason !== undefined) return reason;
      where.batch = progress.batch + 1;
      let loss = feed.next(progress.steps === 0, where);
      if (isPromise(loss)) loss = await loss;
      if (loss === "aborted") return loss;
      if (loss === undefined) break;
      if (!Number.isFinite(loss)) return "diverged";
      trainee.step();
      progress.batch += 1;
      progress.steps += 1;
      const { count, right, accuracy } = trainee;
      sums.rows += count;
      sums.loss += loss * count;
      sums.right += right;
      if (onBatch !== undefined) {
        const report = {
          epoch,
          batch: progress.batch,
          ...(feed.batches !== undefined && { batches: feed.batches }),
          step: progress.steps,
          loss,
          ...(trainee.hasAccuracy && { accuracy }),
          save: this.#save,
        };
        await this.#tell("onBatch", onBatch, report);
      }
      if (this.#turns.due) await this.#turns.turn();
    }
    return this.#endEpoch();
  }

  async #endEpoch(): Promise<Reason | undefined> {
    const { trainee, monitor, metrics, onEpoch } = this.equipment;
    const { epoch, sums, steps, history } = this.#progress;
    this.#where.batch = 0;
    if (!this.#isSound()) return "diverged";
    const found: EpochMetrics = { epoch, loss: sums.loss / sums.rows };
    if (trainee.hasAccuracy) found.accuracy = sums.right / sums.rows;
    if (metrics.includes("validationLoss")) {
      found.validationLoss = await trainee.validate(this.#where);
      if (!Number.isFinite(found.validationLoss)) return "diverged";
      if (trainee.hasAccuracy) found.validationAccuracy = trainee.accuracy;
    }
    if (monitor.update(found)) this.#best.set(this.#weights);
    history.push(found);
    this.#progress = { epoch: epoch + 1, batch: 0, steps, sums: { rows: 0, loss: 0, right: 0 }, history };
    if (onEpoch !== undefined) await this.#tell("onEpoch", onEpoch, { ...found, save: this.#save });
    return undefined;
  }

  async #tell<R>(name: string, callback: (report: R) => unknown, report: R): Promise<void> {
    try {
      let answer = callback(report);
      if (isPromise(answer)) answer = await answer;
      if (answer === false) this.#stopped = true;
    } catch (error) {
      throw threw(`callback ${name}`, error, this.#where);
    }
  }

  /** Whether all parameters are finite. */
  #isSound(): boolean {
    const { params } = this.equipment.optimizer.vectors;
    return segmentsOf(params.layout, params.address).every(({ kind, address, count }) =>
      Number.isFinite(normKernels()[`maximumNorm_${kind}`](address, count)),
    );
  }
}
