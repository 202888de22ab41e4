// What `npm start` and `npx steepest demo` have in common: what they compute and say. Each draws it in its own way.

import { numericalGradient, sgd } from "steepest";
import { createNetwork, judge, train } from "./digits.mjs";
import { fit, residualSumOfSquares } from "./pasture.mjs";
import { slopeInDegrees, terrainGradient } from "./terrain.mjs";

/** A field of numbers: how steeply a terrain rises, and its slopes in degrees. */
export function measureTerrain(terrain) {
  console.log(`Terrain around Jacksboro, Tennessee: ${terrain.rows} x ${terrain.columns} elevations`);
  const [rise, milliseconds] = timed(() => terrainGradient(terrain));
  const slopes = slopeInDegrees(rise);
  const mean = slopes.reduce((sum, slope) => sum + slope) / slopes.length;
  const most = slopes.reduce((highest, slope) => Math.max(highest, slope));
  console.log(`  its gradient took ${milliseconds} ms, the first call included`);
  console.log(`  slope: ${mean.toFixed(1)}° on average, ${most.toFixed(1)}° at most`);
  return { rise, slopes };
}

/** A fit: the minimum of a loss, without a derivative. */
export function fitPasture(observations) {
  console.log(`\nYield of a pasture: a logistic curve through ${observations.length} observations`);
  const [fitted, milliseconds] = timed(() => fit(observations));
  const { losses, value, iterations, evaluations, converged, reason, parameters } = fitted;
  const outcome = converged ? "converged" : "did not converge";
  console.log(`  ${outcome} (${reason}): ${iterations} steps, ${evaluations} losses, ${milliseconds} ms`);
  console.log(`  loss ${losses[0].toPrecision(4)} -> ${value.toPrecision(4)}`);
  console.log(`  found:           ${parameters.map((p) => p.toPrecision(6)).join("  ")}`);
  console.log("  NIST's certified 72.4622  2.61808  0.0673592");
  console.log(`  sum of squares   ${residualSumOfSquares(observations, parameters).toFixed(8)} (NIST: 8.05652293)`);
  return fitted;
}

/** One step at a time: from p = 2 down to the minimum of p². */
export function walkDownhill() {
  console.log("\np² from p = 2, learning rate 0.1\n  step  gradient         p");
  const square = ([p]) => p ** 2;
  const optimizer = sgd({ learningRate: 0.1 }).init([2]);
  for (let step = 1; step <= 100; step++) {
    const gradient = numericalGradient(square, optimizer.params);
    optimizer.step(gradient);
    if (step <= 5 || step % 20 === 0) {
      const numbers = [gradient[0], optimizer.params[0]].map((number) => String(Number(number.toPrecision(6))));
      console.log(`  ${String(step).padStart(4)}  ${numbers[0].padEnd(15)}  ${numbers[1]}`);
    }
  }
}

/** A network of 9,610 parameters learns to read; what it makes of the digits that it has not seen. */
export async function learnDigits(parts, { epochs = 40, onEpoch } = {}) {
  const { training, heldOut } = parts;
  console.log(`\nHandwritten digits: ${training.inputs.length} to learn from, ${heldOut.inputs.length} held out`);
  const network = createNetwork();
  const began = performance.now();
  const { history } = await train(network, parts, { epochs, onEpoch });
  const seconds = (performance.now() - began) / 1000;
  const verdict = judge(network, heldOut);
  network.free();
  console.log(`  ${epochs} epochs of AdamW in batches of 32 took ${seconds.toFixed(2)} s`);
  console.log(`  loss ${history[0].loss.toPrecision(3)} -> ${history.at(-1).loss.toPrecision(3)}`);
  console.log(`  ${percent(verdict.accuracy)} of the held-out digits read right`);
  return verdict;
}

export function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function timed(work) {
  const start = performance.now();
  const result = work();
  return [result, (performance.now() - start).toFixed(1)];
}
