// Trains the network of the room Digits, away from the page.
import { fit, mlp, type Network, type Rule } from "steepest";
import type { FromWorker, Point, ToWorker, TrainingSettings } from "./digits-protocol.js";
import { OPTIMIZERS } from "./optimizers.js";

const PIXELS = 64;
/** Points of the curve of training, at most. */
const RESOLUTION = 600;
/** Milliseconds between two messages: about a frame. */
const FRAME = 16;

const page = self as unknown as {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void;
};

interface Rows {
  readonly inputs: Float32Array;
  readonly targets: Uint8Array;
}

let training: Rows = { inputs: new Float32Array(), targets: new Uint8Array() };
let heldOut = training;
let network: Network | undefined;
let ending = new AbortController();
let turn: Promise<void> = Promise.resolve();

page.addEventListener("message", ({ data: message }) => {
  if (message.type === "data") {
    const rows = message.targets.length - message.held;
    const part = (from: number, to: number): Rows => ({
      inputs: message.inputs.subarray(PIXELS * from, PIXELS * to),
      targets: message.targets.subarray(from, to),
    });
    training = part(0, rows);
    heldOut = part(rows, message.targets.length);
  } else if (message.type === "stop") ending.abort();
  else if (message.type === "predict") {
    if (network)
      page.postMessage({ type: "prediction", probabilities: network.predict(message.pixels) as Float32Array });
  } else {
    ending.abort();
    const mine = new AbortController();
    ending = mine;
    // The one before ends first.
    turn = turn
      .then(() => train(message.run, message.settings, mine.signal))
      .catch((error: Error) => {
        page.postMessage({ type: "failed", message: error.message });
      });
  }
});

async function train(run: number, settings: TrainingSettings, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { hidden, learningRate, batchSize, epochs, seed, pace } = settings;
  const choice = OPTIMIZERS.find(({ id }) => id === settings.optimizer) as (typeof OPTIMIZERS)[number];
  network?.free();
  network = mlp({ layers: [PIXELS, ...hidden, 10], loss: "crossEntropy", seed });
  const rows = training.targets.length;
  const batches = batchSize === "full" ? 1 : Math.ceil(rows / batchSize);
  const window = Math.max(1, Math.ceil((epochs * batches) / RESOLUTION));

  let points: Point[] = [];
  let posted = performance.now();
  const post = () => {
    if (points.length > 0) page.postMessage({ type: "points", run, points });
    points = [];
    posted = performance.now();
  };
  let [sum, count, paused] = [0, 0, 0];
  const begun = performance.now();
  let epochBegun = begun;
  const result = await fit(network, training, {
    optimizer: choice.make({ learningRate, momentum: 0.9 }) as Rule,
    batchSize,
    epochs,
    seed,
    validation: heldOut,
    signal,
    onBatch({ step, loss }) {
      sum += loss;
      if (++count < window) return;
      points.push({ at: (step - count / 2) / batches, loss: sum / count });
      sum = count = 0;
      if (performance.now() - posted > FRAME) post();
    },
    async onEpoch({ epoch, accuracy, validationLoss, validationAccuracy }) {
      points.push({
        at: epoch,
        accuracy: accuracy as number,
        heldLoss: validationLoss as number,
        heldAccuracy: validationAccuracy as number,
      });
      const now = performance.now();
      if (now - posted > FRAME) post();
      const rest = epochBegun + pace - now;
      if (rest > 0 && epoch < epochs) {
        await new Promise((resolve) => setTimeout(resolve, rest));
        paused += performance.now() - now;
      }
      epochBegun = performance.now();
    },
  });
  const milliseconds = performance.now() - begun - paused;
  post();
  const probabilities = network.predict(heldOut.inputs) as Float32Array;
  const readings = Uint8Array.from(heldOut.targets, (_, k) => likeliest(probabilities.subarray(10 * k, 10 * k + 10)));
  const parameters = [PIXELS, ...hidden].reduce((all, from, k) => all + (from + 1) * ([...hidden, 10][k] as number), 0);
  const { reason, epochs: done, steps } = result;
  page.postMessage({ type: "end", run, reason, epochs: done, steps, parameters, milliseconds, readings });
}

function likeliest(probabilities: Float32Array): number {
  return probabilities.indexOf(Math.max(...probabilities));
}
