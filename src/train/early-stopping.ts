import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { AT_LEAST_ZERO, checkNumber } from "../ndarray/ranges.js";

/** What there is to say of an epoch. */
export interface EpochMetrics {
  /** From 1 on. */
  epoch: number;
  /** The mean over the rows, each where the parameters were when its batch came. */
  loss: number;
  /** The share of answers that were right, for models that tell. */
  accuracy?: number;
  /** The loss of the validation set at the end of the epoch. */
  validationLoss?: number;
  /** The share of its answers that are right. */
  validationAccuracy?: number;
}

/** @inline */
export type Metric = Exclude<keyof EpochMetrics, "epoch">;

/** In the order in which they are kept, and whether they should rise. */
const METRICS: Readonly<Record<Metric, boolean>> = {
  loss: false,
  accuracy: true,
  validationLoss: false,
  validationAccuracy: true,
};

const NAMES = /* @__PURE__ */ Object.keys(METRICS) as Metric[];

/** Those that there are, with or without an accuracy and a validation set. */
export function metricsOf(accuracy: boolean, validation: boolean): readonly Metric[] {
  return NAMES.filter((name) => (accuracy || !METRICS[name]) && (validation || !name.startsWith("validation")));
}

/** When `fit` ends training because it gets no better. */
export interface EarlyStopping {
  /** Epochs without improvement after which training ends, 1 or more. */
  patience: number;
  /** What an improvement must be larger than; 0 unless set. */
  minDelta?: number;
  /** The number to go by: "validationLoss" where there is a validation set, else "loss", unless set. */
  monitor?: Metric;
}

/** Where a monitor stands. */
export interface Watched {
  best: { epoch: number; value: number } | undefined;
  /** Epochs since the best one. */
  bad: number;
}

/** Knows which epoch was the best by one of the metrics, and for how long there was none better. */
export class Monitor {
  readonly metric: Metric;
  readonly #patience: number;
  readonly #minDelta: number;
  /** Whether the weights of the best epoch are to be those at the end. */
  readonly restores: boolean;
  state: Watched = { best: undefined, bad: 0 };

  /** @param metrics those that there will be */
  constructor(options: EarlyStopping | undefined, metrics: readonly Metric[]) {
    this.restores = options !== undefined;
    if (options !== undefined) checkOptions("earlyStopping", options, ["patience", "minDelta", "monitor"]);
    const { patience, minDelta = 0, monitor } = options ?? {};
    if (options !== undefined) checkCount("earlyStopping.patience", patience);
    this.#patience = patience ?? Number.POSITIVE_INFINITY;
    this.#minDelta = checkNumber("earlyStopping.minDelta", AT_LEAST_ZERO, minDelta);
    this.metric = monitor ?? (metrics.includes("validationLoss") ? "validationLoss" : "loss");
    if (!NAMES.includes(this.metric))
      throw new TypeError(`earlyStopping.monitor must be one of ${NAMES.join(", ")}; got ${describe(this.metric)}.`);
    if (!metrics.includes(this.metric)) {
      const why = this.metric.startsWith("validation") && !metrics.includes("validationLoss");
      throw new TypeError(
        `earlyStopping.monitor is "${this.metric}", but there is no ${why ? "validation set" : "accuracy: the model has none"}.`,
      );
    }
  }

  /** Takes the metrics of an epoch; whether it is the best so far. */
  update(metrics: EpochMetrics): boolean {
    const { metric, state } = this;
    const value = metrics[metric] as number;
    const than = state.best?.value;
    const better =
      than === undefined
        ? !Number.isNaN(value)
        : METRICS[metric]
          ? value > than + this.#minDelta
          : value < than - this.#minDelta;
    this.state = better ? { best: { epoch: metrics.epoch, value }, bad: 0 } : { ...state, bad: state.bad + 1 };
    return better;
  }

  get done(): boolean {
    return this.state.bad >= this.#patience;
  }
}

/** Refuses what is no integer of 1 or more. */
export function checkCount(name: string, value: unknown, or = ""): void {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number${or}; got ${describe(value)}.`);
  if (!(value >= 1 && Number.isSafeInteger(value)))
    throw new RangeError(`${name} must be an integer of 1 or more${or}; got ${value}.`);
}
