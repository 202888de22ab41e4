import { type BatchLoss, rowsPerCall, storeValues, threwInBatch } from "./batched.js";
import { type Loss, threw } from "./differences.js";
import type { Evaluations } from "./evaluations.js";

/**
 * Makes all evaluations of a loss that may answer with promises, several of them at a time.
 *
 * Each call is given parameters of its own, which nobody writes to or takes back before it has settled. After the first
 * failure, or when the signal aborts, no other call begins, and what is still on its way is ignored.
 *
 * @param concurrency calls in flight at most
 */
export async function evaluateConcurrently(
  loss: Loss | BatchLoss,
  evaluations: Evaluations,
  batch: boolean,
  concurrency: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { count } = evaluations;
  const rows = batch ? rowsPerCall(evaluations, concurrency) : 1;
  let next = 0;
  let stopped = false;

  const evaluate = async (k: number): Promise<void> => {
    const { structure } = evaluations.argument(k);
    let value: unknown;
    try {
      value = await (loss as Loss)(structure as never);
    } catch (error) {
      throw stopped ? error : threw("loss", error, evaluations.place(k));
    }
    if (!stopped) evaluations.store(k, value);
  };

  const evaluateBatch = async (first: number, size: number): Promise<void> => {
    const points = evaluations.rows(first, size);
    try {
      let values: unknown;
      try {
        values = await (loss as BatchLoss)(points);
      } catch (error) {
        throw threwInBatch(error, size);
      }
      if (!stopped) storeValues(evaluations, first, size, values);
    } finally {
      points.free();
    }
  };

  const proceed = async (): Promise<void> => {
    try {
      while (!stopped && next < count) {
        const first = next;
        next += rows;
        await (batch ? evaluateBatch(first, Math.min(rows, count - first)) : evaluate(first));
      }
    } catch (error) {
      stopped = true;
      throw error;
    }
  };

  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      stopped = true;
      reject(signal?.reason);
    };
  });
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([aborted, Promise.all(Array.from({ length: Math.min(concurrency, count) }, proceed))]);
  } finally {
    stopped = true;
    signal?.removeEventListener("abort", abort);
  }
}
