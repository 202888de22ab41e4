/**
 * Measures steps of optimizers, resident, float32, in a process of its own: Adam and momentum against a loop by hand and
 * tfjs, and every rule against memcpy. Prints, as JSON,
 *
 *     { versus: { case: { steepest, copied, set, plain, [tfjs] } }, rules: { name: { steepest, memcpy, divisions, roots } } }
 *
 * in nanoseconds: `copied` with a gradient from elsewhere, `set` with one that the caller copies to the optimizer's own;
 * `memcpy` of as many bytes as the step reads and writes, within as many as its arrays have; and how many divisions and
 * square roots there are for each parameter.
 */
import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as steepest from "../dist/index.js";
import { adam } from "./by-hand.mjs";
import { median } from "./statistics.mjs";
import { now, turn, warmUp } from "./timing.mjs";

const BUDGET = 300e6; // ns for all turns of a case
const makers = { ...steepest };
const values = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1));

/** What one would write by hand. */
const byHand = {
  adam(n) {
    const [p, g, m, v] = [values(n), values(n), new Float32Array(n), new Float32Array(n)];
    let t = 0;
    const call = () => {
      t += 1;
      adam(p, g, m, v, t);
    };
    return { p, call };
  },
  sgd(n) {
    const [p, g, b] = [values(n), values(n), new Float32Array(n)];
    const call = () => {
      for (let i = 0; i < n; ++i) {
        b[i] = 0.9 * b[i] + g[i];
        p[i] -= 1e-6 * b[i];
      }
    };
    return { p, call };
  },
};

setWasmPaths(new URL("node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/", import.meta.url).pathname);
await tf.setBackend("wasm");

/** Its optimizers make new tensors of parameters and state, an operation for each operator of the formula. */
function tfjs(name, n) {
  const [variable, tensor] = [tf.variable(tf.tensor1d(values(n))), tf.tensor1d(values(n))];
  const optimizer = name === "adam" ? tf.train.adam(1e-3, 0.9, 0.999, 1e-8) : tf.train.momentum(1e-6, 0.9);
  const call = () => optimizer.applyGradients([{ name: variable.name, tensor }]);
  return { read: () => variable.dataSync(), call };
}

const OPTIONS = { sgd: { learningRate: 1e-6, momentum: 0.9 } };

function resident(name, n, shape = [n]) {
  const w = shape.length === 1 ? values(n) : steepest.array(values(n), { shape });
  const optimizer = makers[name](OPTIONS[name] ?? {}).init({ w });
  const elements = ({ w }) => (w instanceof Float32Array ? w : w.data);
  elements(optimizer.gradients).set(values(n));
  return { p: elements(optimizer.params), optimizer, call: () => optimizer.step() };
}

function measured(runners) {
  const turns = runners.map((runner) => ({ runner, estimate: warmUp(runner), samples: [] }));
  for (const end = now() + BUDGET; now() < end; ) {
    for (const { runner, estimate, samples } of turns) samples.push(turn(runner, estimate));
  }
  return turns.map(({ samples }) => median(samples));
}

const versus = {};
for (const [name, n] of [
  ["adam", 1e6],
  ["adam", 1000],
  ["sgd", 1e6],
]) {
  const [ours, plain, theirs] = [resident(name, n), byHand[name](n), tfjs(name, n)];
  for (const { call } of [ours, plain, theirs]) for (let t = 0; t < 5; ++t) call();
  for (const [who, p] of Object.entries({ plain: plain.p, tfjs: theirs.read() })) {
    ours.p.forEach((value, i) => {
      if (!(Math.abs(value - p[i]) < 1e-5)) throw new Error(`${name}: ${value} at ${i}; ${who} has ${p[i]}.`);
    });
  }
  const given = values(n);
  const copying = { call: () => ours.optimizer.step({ w: given }) };
  const setting = {
    call: () => {
      ours.optimizer.gradients.w.set(given);
      ours.optimizer.step();
    },
  };
  const [own, hand, copied, set, other] = measured([ours, plain, copying, setting, theirs]);
  versus[`${name} ${n}`] = { steepest: own, plain: hand, copied, set, [`tfjs ${version_wasm}, wasm`]: other };
  ours.optimizer.free();
}

/**
 * What a step has to do for each parameter: [arrays in use, floats read and written, divisions, square roots]. The
 * parameter itself is read and written, its gradient read, and so on for what the rule keeps. prodigy, lamb and adafactor
 * go through some arrays again, for they first need sums over all.
 */
const WORK = {
  sgd: [3, 5, 0, 0],
  adagrad: [3, 5, 1, 1],
  adadelta: [4, 7, 1, 1],
  rmsprop: [3, 5, 1, 1],
  adam: [4, 7, 1, 1],
  adamw: [4, 7, 1, 1],
  adamax: [4, 7, 1, 0],
  nadam: [4, 7, 1, 1],
  radam: [4, 7, 1, 1],
  asgd: [3, 5, 0, 0],
  rprop: [4, 7, 0, 0],
  lion: [3, 5, 0, 0],
  adan: [6, 11, 1, 1],
  scheduleFreeSgd: [3, 5, 0, 0],
  scheduleFreeAdamw: [4, 7, 1, 1],
  prodigy: [6, 13, 1, 1],
  lamb: [5, 11, 1, 1],
  adafactor: [2, 7, 0, 0],
};

const rules = {};
for (const [name, [arrays, floats, divisions, roots]] of Object.entries(WORK)) {
  const ours = resident(name, 1e6, name === "adafactor" ? [1000, 1000] : [1e6]);
  const [from, to] = [values((arrays * 1e6) / 2), values((arrays * 1e6) / 2)];
  const [own, copy] = measured([ours, { call: () => to.set(from) }]);
  rules[name] = { steepest: own, memcpy: (copy * floats) / arrays, divisions, roots };
  ours.optimizer.free();
}
const matrix = resident("muon", 256 * 256, [256, 256]);
rules["muon, 256 x 256"] = { steepest: measured([matrix])[0] };
matrix.optimizer.free();

console.log(JSON.stringify({ versus, rules }));
