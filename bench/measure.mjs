/**
 * Measures JavaScript runners on one case, in a process of its own: node measure.mjs <case> <file in runners/>...
 *
 * Every result is checked before anything is timed: bit for bit, unless a runner's file says why not. Then
 * all take turns, so that a disturbance of the machine hits them alike. Prints the Node version, the checksum of the
 * results and, by runner, the median of nanoseconds a call, as JSON.
 */
import { CASES, checksum, inputOf } from "./cases.mjs";
import { reference } from "./runners/plain.mjs";
import { median } from "./statistics.mjs";
import { now, turn, warmUp } from "./timing.mjs";

const BUDGET = 600e6; // ns for all turns together
const SLOW = 80e6; // ns a call from which on one turn must do

const [name, ...libraries] = process.argv.slice(2);
const input = inputOf(CASES.find((one) => one.name === name));
const expected = reference(input);

const runners = [];
for (const library of libraries) runners.push(...(await import(`./runners/${library}.mjs`)).runners(input));

for (const { name, call, release, isRight } of runners) {
  const result = call();
  if (!isRight(result, expected)) throw new Error(`The results of "${name}" are wrong.`);
  release?.(result);
}

const turns = runners.map((runner) => ({ runner, estimate: warmUp(runner), samples: [] }));
const end = now() + BUDGET;
for (let round = 0; round < 3 || now() < end; ++round) {
  for (const { runner, estimate, samples } of turns) {
    if (round === 0 || estimate < SLOW) samples.push(turn(runner, estimate));
  }
}

console.log(
  JSON.stringify({
    version: process.versions.node,
    checksum: checksum(expected),
    nanoseconds: Object.fromEntries(turns.map(({ runner, samples }) => [runner.name, median(samples)])),
  }),
);
