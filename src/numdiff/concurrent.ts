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
 * @param signal not aborted yet
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

  const proceed = async (): Promise<void> => {
    let points: ReturnType<Evaluations["rows"]> | undefined;
    try {
      while (!stopped && next < count) {
        const first = next;
        const size = Math.min(rows, count - first);
        next += size;
        if (batch) points = evaluations.rows(first, size);
        const given = points ?? evaluations.argument(first).structure;
        let value: unknown;
        try {
          value = await loss(given as never);
        } catch (error) {
          throw batch ? threwInBatch(error, size) : threw("loss", error, stopped ? "" : evaluations.place(first));
        }
        if (stopped) return;
        if (batch) storeValues(evaluations, first, size, value);
        else evaluations.store(first, value);
        points?.free();
      }
    } catch (error) {
      stopped = true; // before anything else begins
      throw error;
    } finally {
      points?.free();
    }
  };

  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      stopped = true;
      reject(signal?.reason);
    };
  });
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([aborted, Promise.all(Array.from({ length: Math.min(concurrency, count) }, proceed))]);
  } finally {
    stopped = true;
    signal?.removeEventListener("abort", abort);
  }
}
