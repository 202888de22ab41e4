/** Milliseconds that a page waits at most: a frame and a little. */
const TURN = 20;

/**
 * Turns to the event loop, so that a page stays alive and an abort arrives: `due` says when one is, `turn` is it.
 *
 * Timers alone would cost 4 ms each in browsers, which `setImmediate` and messages do not; `scheduler.yield` comes back
 * before the timers of others.
 */
export class Turns {
  #last = performance.now();

  get due(): boolean {
    return performance.now() - this.#last >= TURN;
  }

  async turn(): Promise<void> {
    await new Promise<void>(nextTask);
    this.#last = performance.now();
  }
}

function nextTask(resolve: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (typeof setImmediate === "function") setImmediate(resolve);
  else if (typeof MessageChannel === "function") {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  } else setTimeout(resolve);
}
