/** Measures numericalGradient against a loop written by hand over the same loss, in a process of its own. */
import * as steepest from "../dist/index.js";
import { median } from "./statistics.mjs";
import { now, turn, warmUp } from "./timing.mjs";

const BUDGET = 400e6; // ns for all turns of a size

function rosenbrock(x) {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; ++i) {
    const a = x[i + 1] - x[i] * x[i];
    const b = 1 - x[i];
    sum += 100 * a * a + b * b;
  }
  return sum;
}

const CENTRAL = Number.EPSILON ** (1 / 3);
const FORWARD = Number.EPSILON ** (1 / 2);

const byHand = {
  central(f, x) {
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; ++i) {
      const at = x[i];
      const h = (at >= 0 ? 1 : -1) * CENTRAL * Math.max(1, Math.abs(at));
      x[i] = at - h;
      const lower = f(x);
      x[i] = at + h;
      const upper = f(x);
      gradient[i] = (upper - lower) / (at + h - (at - h));
      x[i] = at;
    }
    return gradient;
  },
  forward(f, x) {
    const gradient = new Float64Array(x.length);
    const here = f(x);
    for (let i = 0; i < x.length; ++i) {
      const at = x[i];
      const h = (at >= 0 ? 1 : -1) * FORWARD * Math.max(1, Math.abs(at));
      x[i] = at + h;
      gradient[i] = (f(x) - here) / (at + h - at);
      x[i] = at;
    }
    return gradient;
  },
};

const results = [];
if (steepest.numericalGradient !== undefined) {
  for (const n of [20, 1000]) {
    for (const method of ["central", "forward"]) {
      const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
      const ours = { call: () => steepest.numericalGradient(rosenbrock, x, { method }) };
      const plain = { call: () => byHand[method](rosenbrock, x) };
      const expected = plain.call();
      ours.call().forEach((value, i) => {
        if (value !== expected[i])
          throw new Error(`numericalGradient, ${method}: ${value} at ${i}, not ${expected[i]}.`);
      });
      const turns = [ours, plain].map((runner) => ({ runner, estimate: warmUp(runner), samples: [] }));
      for (const end = now() + BUDGET; now() < end; ) {
        for (const { runner, estimate, samples } of turns) samples.push(turn(runner, estimate));
      }
      const [steepestTime, plainTime] = turns.map(({ samples }) => median(samples));
      results.push({ n, method, steepest: steepestTime, plain: plainTime });
    }
  }
}
console.log(JSON.stringify(results));
