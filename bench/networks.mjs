/**
 * Measures epochs of a training by one program, in a process of its own: node networks.mjs <file in trainers/> <training>.
 * Prints as JSON the median of nanoseconds an epoch and the loss over all rows after the first one.
 */
import { median } from "./statistics.mjs";
import { now } from "./timing.mjs";
import { readTraining } from "./trainings.mjs";

/** What comes before is not counted; few, for in a network that is through, numbers too small to be normal are slow. */
const WARM_UP = { epochs: 5, nanoseconds: 1e9 };
const MEASURED = { epochs: 20, nanoseconds: 1.5e9 };

const [program, path] = process.argv.slice(2);
const { trainer } = await import(`./trainers/${program}.mjs`);
const { loss, epoch, train = repeat } = await trainer(readTraining(path));

async function repeat(onEpoch) {
  while (onEpoch({ loss: epoch() }) !== false);
}

let first;
let warmUp = true;
const samples = [];
let spent = 0;
let last = now();
await train(() => {
  const time = now() - last;
  first ??= loss();
  spent += time;
  samples.push(time);
  const { epochs, nanoseconds } = warmUp ? WARM_UP : MEASURED;
  if (samples.length === epochs || spent > nanoseconds) {
    if (!warmUp) return false;
    warmUp = false;
    samples.length = 0;
    spent = 0;
  }
  last = now();
});
console.log(JSON.stringify({ nanoseconds: median(samples), loss: first }));
