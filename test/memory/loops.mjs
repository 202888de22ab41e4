/**
 * Loops that must run in bounded memory, each meant for a process of its own:
 *
 *     node --expose-gc test/memory/loops.mjs forget '{"calls": 10000}'
 *
 * Prints what it took as JSON. Runs on dist/, for which `npm run build` must have been.
 */
import { adam, array, configure, fit, gradient, loadNetwork, memoryUsage, mlp, sgd } from "../../dist/index.js";

const MiB = 2 ** 20;
const nextTask = () => new Promise((resolve) => setImmediate(resolve));

/** Gradients of a million elements, nothing freed, and the event loop let run between calls if `yields`; how many were resident. */
async function forget({ calls, maximumMemory, yields = false }) {
  if (maximumMemory !== undefined) configure({ maximumMemory });
  const n = 1_000_000;
  const f = array(Float64Array.from({ length: n }, (_, i) => Math.sin(i)));
  const expected = Float64Array.from(gradient(f).data);
  let resident = 0;
  for (let i = 0; i < calls; ++i) {
    const { data } = gradient(f);
    if (data.byteLength < data.buffer.byteLength) ++resident;
    // A few elements each time, all of them now and then.
    const step = i % 100 === 0 ? 1 : 99_999;
    for (let k = 0; k < n; k += step) {
      if (data[k] !== expected[k]) throw new Error(`call ${i}: element ${k} is ${data[k]}, not ${expected[k]}`);
    }
    if (yields) await nextTask();
  }
  return { resident };
}

/** Calls on small arrays in every way that leaves nothing behind; the growth of all memories after a warm-up. */
async function small({ calls }) {
  const values = Float64Array.from({ length: 100 }, (_, i) => i * i);
  const uneven = Float64Array.from({ length: 100 }, (_, i) => i ** 1.5);
  const f = array(values);
  const out = array(values);
  const typedOut = new Float64Array(100);
  const nested = [
    [1, 2, 4],
    [7, 11, 16],
  ];
  const ways = {
    resident: () => gradient(f).free(),
    typed: () => gradient(values),
    nested: () => gradient(nested),
    "out, resident": () => gradient(f, { out }),
    "out, typed": () => gradient(values, 0.5, { out: typedOut }),
    coordinates: () => gradient(f, uneven).free(),
    errors: () => refused(() => array([1, Number.NaN], { dtype: "int64" })),
  };
  const growth = {};
  for (const [name, run] of Object.entries(ways)) {
    for (let i = 0; i < calls / 10; ++i) run();
    const before = await settled();
    for (let i = 0; i < calls; ++i) run();
    const after = await settled();
    growth[name] = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
  }
  return { growth };
}

/** Steps in every way, which leave nothing behind, and optimizers that are freed or forgotten; growth as in `small`. */
async function steps({ steps }) {
  const params = { w: new Float32Array(60), b: new Float64Array(4) };
  const grads = { w: new Float32Array(60).fill(1), b: [1, 2, 3, 4] };
  const two = [adam(), sgd({ momentum: 0.9 })].map((rule) => rule.init(params));
  const [scheduled, frozen] = [(step) => 1 / (1 + step), { groups: [{ params: "b", frozen: true }] }].map((option) =>
    adam(typeof option === "function" ? { learningRate: option } : option).init(params),
  );
  const ways = {
    "two over the same arrays": [1, () => [two[0].step(grads), two[1].step(grads)]],
    "own gradients": [1, () => two[0].step()],
    schedule: [1, () => scheduled.step(grads)],
    "null gradients and frozen parameters": [1, (i) => frozen.step({ ...grads, w: i % 2 ? null : grads.w })],
    accumulated: [1, () => two[0].accumulate(grads, 0.5)],
    refused: [10, () => refused(() => two[0].step({ w: [1] }))],
    "saved and loaded": [10, () => two[0].load(two[0].save())],
    freed: [10, () => adam().init(params).free()],
    forgotten: [100, () => adam().init(params)],
  };
  const growth = {};
  for (const [name, [share, run]] of Object.entries(ways)) {
    // No finalizer runs in a loop: what it forgets is all in use at once. The allocator keeps that many blocks for the
    // next, 200 bytes of JavaScript each, so the first loop grows memory and only what a second adds is a leak.
    const warmup = name === "forgotten" ? 1 : 10;
    for (let i = 0; i < steps / share / warmup; ++i) run(i);
    const before = await settled();
    for (let i = 0; i < steps / share; ++i) run(i);
    const after = await settled();
    growth[name] = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
  }
  return { growth };
}

/** Whole trainings in every way, which leave nothing behind; growth as in `small`. */
async function trainings({ trainings }) {
  const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(i)]);
  const targets = rows.map(([x, y]) => (x > y ? 1 : 0));
  const data = { inputs: rows, targets };
  const typed = { inputs: Float32Array.from(rows.flat()), targets: Uint8Array.from(targets) };
  const network = mlp({ layers: [2, 4, 2], loss: "crossEntropy", dropout: 0.2 });
  const model = {
    params: { w: [0, 0] },
    loss: ({ inputs }, { w }) => inputs.reduce((sum, x) => sum + (w[0] * x[0] + w[1] * x[1] - 1) ** 2, 0),
    gradient: ({ inputs }, { w }) => ({ w: [0, 1].map((k) => inputs.reduce((sum, x) => sum + 2 * w[k] * x[k], 0)) }),
  };
  let file;
  const onBatch = ({ step, save }) => {
    if (step === 5) file = save();
  };
  const options = { epochs: 2, validation: 0.2 };
  await fit(network, data, { ...options, onBatch });
  const thrown = () => Promise.reject(new Error("no"));
  const aborted = () => {
    const abort = new AbortController();
    return fit(network, data, { ...options, signal: abort.signal, onBatch: () => abort.abort() });
  };
  const loaded = async () => {
    const copy = loadNetwork(network.save());
    await fit(copy, data, { ...options, earlyStopping: { patience: 1 } });
    copy.predict(rows);
    copy.free();
  };
  const ways = {
    network: () => fit(network, typed, options),
    "network by differences": () => fit(network, data, { ...options, gradient: "forward" }),
    "network, stream": () => fit(network, () => [typed, data], { epochs: 2 }),
    "network, saved and resumed": () => fit(network, data, { ...options, resume: file, onBatch }),
    "network, thrown": () => fit(network, data, { ...options, onBatch: thrown }).catch(() => {}),
    "network, aborted": aborted,
    "network, refused": () => fit(network, { inputs: rows, targets: targets.with(9, 2) }, options).catch(() => {}),
    "network, diverged": () => fit(network, data, { ...options, optimizer: sgd({ learningRate: 1e300 }) }),
    "networks, saved and loaded, trained and freed": loaded,
    "own model": () => fit(model, data, { ...options, earlyStopping: { patience: 1 } }),
    "own model by differences": () => fit(model, data, { ...options, gradient: "central" }),
    "own model, stream": () => fit(model, () => [data], { epochs: 2 }),
    "own model, thrown": () => fit(model, data, { ...options, onEpoch: thrown }).catch(() => {}),
  };
  const growth = {};
  for (const [name, run] of Object.entries(ways)) {
    // As long as the loop: tables of the engine, as of weak references, grow to what is forgotten between collections.
    for (let i = 0; i < trainings; ++i) await run();
    const before = await settled();
    for (let i = 0; i < trainings; ++i) await run();
    const after = await settled();
    growth[name] = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
  }
  return { growth };
}

function refused(run) {
  try {
    run();
  } catch {
    return;
  }
  throw new Error("not refused");
}

/** What memory is in use once garbage is collected and finalizers have run. */
async function settled() {
  for (let round = 0; round < 3; ++round) {
    globalThis.gc();
    await nextTask();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { ...memoryUsage(), heapUsed, external, rss };
}

const [name, options = "{}"] = process.argv.slice(2);
const baseline = process.resourceUsage().maxRSS * 1024;
const start = performance.now();
const details = await { forget, small, steps, trainings }[name](JSON.parse(options));
console.log(
  JSON.stringify({
    seconds: Number(((performance.now() - start) / 1000).toFixed(2)),
    baselineMiB: Math.round(baseline / MiB),
    peakMiB: Math.round((process.resourceUsage().maxRSS * 1024) / MiB),
    ...memoryUsage(),
    ...details,
  }),
);
