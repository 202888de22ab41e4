/**
 * Measures gradients of Rosenbrock's function by differences, in a process of its own: numericalGradient, a loop written
 * by hand and numeric.js in turn. Prints nanoseconds a call as JSON, or why there are none.
 */
import { createRequire } from "node:module";
import * as steepest from "../dist/index.js";
import { median } from "./statistics.mjs";
import { now, turn, warmUp } from "./timing.mjs";

const BUDGET = 400e6; // ns for all turns of a group

/** rosenbrock.py has the same. */
const pointOf = (n) => Float64Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 50 - 1);

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

/** The same bits, or, for what chooses other steps, four digits. */
function check(name, gradient, expected, isExact) {
  const scale = isExact ? 0 : 1e-4 * Math.max(...expected.map(Math.abs));
  const wrong = expected.findIndex((value, i) => !(Math.abs(gradient[i] - value) <= scale));
  if (wrong >= 0) throw new Error(`${name}: ${gradient[wrong]} at ${wrong}, not ${expected[wrong]}.`);
}

const numeric = createRequire(import.meta.url)("numeric");
/** numeric.js calls the function with arrays of its own kind, for which engines would compile it anew for all. */
const apart = new Function(`return ${rosenbrock}`)();

/** What takes turns, one group after the other, the loop first. */
function groupsOf(n) {
  const x = pointOf(n);
  return [
    ...["central", "forward"].map((method) => [
      { name: `plain JS, ${method}`, call: () => byHand[method](rosenbrock, x) },
      { name: `steepest, ${method}`, call: () => steepest.numericalGradient(rosenbrock, x, { method }) },
    ]),
    [{ name: "numeric.js", call: () => numeric.gradient(apart, x) }],
  ];
}

const results = {};
for (const n of [20, 1000]) {
  results[n] = {};
  for (const group of groupsOf(n)) {
    const turns = [];
    for (const runner of group) {
      const { name, call } = runner;
      let gradient;
      try {
        gradient = call();
      } catch {
        results[n][name] = "throws";
        continue;
      }
      if (turns.length > 0) check(name, gradient, turns[0].runner.call(), true);
      else check(name, gradient, byHand.central(rosenbrock, pointOf(n)), name === "plain JS, central");
      turns.push({ runner, estimate: warmUp(runner), samples: [] });
    }
    for (const end = now() + BUDGET; now() < end && turns.length > 0; ) {
      for (const { runner, estimate, samples } of turns) samples.push(turn(runner, estimate));
    }
    for (const { runner, samples } of turns) results[n][runner.name] = median(samples);
  }
}
console.log(JSON.stringify(results));
