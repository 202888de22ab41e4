// What the page and the worker that trains say to each other.

export interface TrainingSettings {
  /** Numbers of neurons of the hidden layers. */
  readonly hidden: readonly number[];
  /** An id of OPTIMIZERS. */
  readonly optimizer: string;
  readonly learningRate: number;
  readonly batchSize: number | "full";
  readonly epochs: number;
  readonly seed: number;
  /** Milliseconds that each epoch lasts at least, so that one can watch. */
  readonly pace: number;
}

export type ToWorker =
  | { readonly type: "data"; readonly inputs: Float32Array; readonly targets: Uint8Array; readonly held: number }
  | { readonly type: "train"; readonly run: number; readonly settings: TrainingSettings }
  | { readonly type: "stop" }
  | { readonly type: "predict"; readonly pixels: Float32Array };

/** A point of the curves; `at` is in epochs. */
export interface Point {
  readonly at: number;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly heldLoss?: number;
  readonly heldAccuracy?: number;
}

export type FromWorker =
  | { readonly type: "points"; readonly run: number; readonly points: readonly Point[] }
  | {
      readonly type: "end";
      readonly run: number;
      readonly reason: string;
      readonly epochs: number;
      readonly steps: number;
      readonly parameters: number;
      /** Of computing, without the pauses. */
      readonly milliseconds: number;
      /** What the held-out digits are read as. */
      readonly readings: Uint8Array;
    }
  | { readonly type: "prediction"; readonly probabilities: Float32Array }
  | { readonly type: "failed"; readonly message: string };
