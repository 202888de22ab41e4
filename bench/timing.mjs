const WARM_UP = 60e6; // ns
const TURN = 4e6; // ns a runner computes before the next takes over

/** Where results go, so that no engine finds them unused. */
globalThis.sink = undefined;

export function now() {
  return Number(process.hrtime.bigint());
}

function once({ call, release }) {
  const result = call();
  globalThis.sink = result;
  release?.(result);
}

/** Runs until the optimizing compilers are through; about how many nanoseconds a call takes. */
export function warmUp(runner) {
  const start = now();
  let last = start;
  let calls = 0;
  while (last - start < WARM_UP) {
    once(runner);
    ++calls;
    last = now();
  }
  return (last - start) / calls;
}

/** Nanoseconds a call. The first is not counted: it brings the runner's own arrays back into the caches. */
export function turn(runner, estimate) {
  const calls = Math.ceil(TURN / estimate);
  once(runner);
  const start = now();
  for (let k = 0; k < calls; ++k) once(runner);
  return (now() - start) / calls;
}
