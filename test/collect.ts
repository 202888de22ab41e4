import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Collects garbage and lets the finalizers run, until `done` or ten rounds have passed. */
export async function collect(done: () => boolean): Promise<void> {
  for (let round = 0; round < 10 && !done(); ++round) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
