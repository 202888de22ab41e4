/** What the loop of `fit` needs of a model: loss and gradient, batch by batch, where the parameters are now. */
export interface Trainee {
  readonly hasAccuracy: boolean;
  /** How many there are, unless batches come by themselves. */
  readonly rows: number | undefined;
  /** Rows of the batch that was evaluated last; 1 if it does not say. */
  readonly count: number;
  /** The accuracy over that batch, or the validation set, and its sum over the rows. */
  readonly accuracy: number;
  readonly right: number;
  /** Takes the rows that are held out to validate with. */
  hold(rows: Uint32Array<ArrayBuffer>): void;
  /** Takes the order in which the rows come from now on. */
  arrange(order: Uint32Array<ArrayBuffer>): void;
  /**
   * The loss over rows of that order, NaN if it is not finite; the gradient is kept for the next step.
   *
   * @param first whether that is an error, as before the first step, when nothing has diverged
   */
  evaluateRows(from: number, count: number, first: boolean, where: Where): number | Promise<number>;
  /** The same for a batch that comes by itself. */
  evaluateBatch(batch: unknown, first: boolean, where: Where): number | Promise<number>;
  /** Goes along the gradient. */
  step(): void;
  /** The loss over the validation set. */
  validate(where: Where): number | Promise<number>;
  /**
   * Gives back what was taken.
   *
   * @param changed whether the model is to have what the parameters have come to
   */
  end(changed: boolean): void;
}

/** Where training is, as messages say it. */
export class Where {
  epoch = 1;
  /** 0 at the end of an epoch. */
  batch = 0;

  toString(): string {
    return this.batch === 0 ? ` at the end of epoch ${this.epoch}` : ` at epoch ${this.epoch}, batch ${this.batch}`;
  }
}

/** Which gradient to follow. */
export type GradientKind = "backprop" | "central" | "forward";
