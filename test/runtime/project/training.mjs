/**
 * Trainings that stop in one runtime and go on in another from what was saved, to end as if they had never stopped.
 *
 * Nothing here depends on an engine's own mathematics: square roots are exact, cosines and powers are not. Those of the
 * networks' activations are the package's own.
 */
import { describe, hexadecimal } from "./bits.mjs";

const STOP = 9;
const END = 20;

/** H. Rosenbrock's valley, and the way up. */
function valley(x) {
  const gradient = new Float64Array(x.length);
  let value = 0;
  for (let i = 1; i < x.length; ++i) {
    const across = x[i] - x[i - 1] * x[i - 1];
    const along = 1 - x[i - 1];
    value += 100 * (across * across) + along * along;
    gradient[i - 1] -= 400 * across * x[i - 1] + 2 * along;
    gradient[i] += 200 * across;
  }
  return { value, gradient };
}

const begin = (Kind, n) => Kind.from({ length: n }, (_, i) => ((i * (31 * i + 17)) % 101) / 64 - 1);

const trainings = {
  "adamw, clipped, scheduled, in groups": {
    init({ adamw, chain, clipByGlobalNorm, inverseSqrt, join, linearWarmup }) {
      const learningRate = join([linearWarmup(0.1, { steps: 5 }), inverseSqrt(0.1, { warmup: 3 })], [12]);
      const groups = [{ params: "b", weightDecay: 0, learningRate: 0.01 }];
      return chain(clipByGlobalNorm(1), adamw({ learningRate, weightDecay: 0.1, amsgrad: true, groups })).init({
        w: begin(Float32Array, 67),
        b: begin(Float64Array, 7),
      });
    },
    // A batch of its own at each step.
    step(optimizer, t) {
      const { w, b } = optimizer.params;
      optimizer.step({
        w: valley(w).gradient.map((x, i) => x * ((i + t) % 3)),
        b: t % 4 === 3 ? null : valley(b).gradient,
      });
    },
  },
  ...Object.fromEntries(
    [Float32Array, Float64Array].map((Kind) => [
      `lbfgs over a ${Kind.name}`,
      {
        init: ({ lbfgs }) =>
          lbfgs({ maxIterations: 1, historySize: 3, lineSearch: "strongWolfe" }).init({ w: begin(Kind, 12) }),
        step: (optimizer) =>
          optimizer.step(({ w }) => {
            const { value, gradient } = valley(w);
            return { value, gradient: { w: gradient } };
          }),
      },
    ]),
  ),
};

/** Networks through every activation, whose parameters are those of the optimizer. */
for (const [dtype, Kind, loss] of [
  ["float32", Float32Array, "crossEntropy"],
  ["float64", Float64Array, "binaryCrossEntropy"],
]) {
  const inputs = begin(Kind, 33);
  const targets = Uint8Array.from({ length: loss === "crossEntropy" ? 11 : 22 }, (_, i) => ((i * i) % 3) & 1);
  trainings[`a network of ${dtype}`] = {
    init({ adam, mlp }) {
      const activation = ["relu", "leakyRelu", "gelu", "silu", "tanh", "sigmoid", "softplus", "identity"];
      const network = mlp({ layers: [3, 7, 6, 5, 7, 6, 5, 7, 6, 2], activation, loss, dtype, l2: 0.01, seed: 11 });
      const start = network.save();
      const optimizer = adam({ learningRate: 0.05 }).init(network.params);
      network.attach(optimizer);
      return {
        step() {
          network.gradient({ inputs, targets });
          optimizer.step();
        },
        get params() {
          return { start, predictions: network.predict(inputs), loss: [network.loss({ inputs, targets })] };
        },
        load: (file) => optimizer.load(file),
        save: () => optimizer.save(),
        free() {
          network.free();
          optimizer.free();
        },
      };
    },
    step: (training) => training.step(),
  };
}

function endOf(name, optimizer) {
  for (let t = STOP; t < END; ++t) trainings[name].step(optimizer, t);
  const end = [...Object.values(optimizer.params), optimizer.save()].map(describe);
  optimizer.free();
  return end;
}

/** What was saved on the way, in hexadecimal, and the end that was reached without a stop. */
export function neverStopped(steepest) {
  const files = {};
  const ends = {};
  for (const [name, { init, step }] of Object.entries(trainings)) {
    const optimizer = init(steepest);
    for (let t = 0; t < STOP; ++t) step(optimizer, t);
    files[name] = hexadecimal(optimizer.save());
    ends[name] = endOf(name, optimizer);
  }
  return { files, ends };
}

/** The end that is reached from what was saved elsewhere. */
export function resumed(steepest, files) {
  const ends = {};
  for (const [name, { init }] of Object.entries(trainings)) {
    const optimizer = init(steepest);
    optimizer.load(Uint8Array.from(files[name].match(/../g), (pair) => Number.parseInt(pair, 16)));
    ends[name] = endOf(name, optimizer);
  }
  return ends;
}
