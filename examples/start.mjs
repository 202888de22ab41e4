// `npm start`: what steepest is for, in five short acts.

import { fileURLToPath } from "node:url";
import { Presets, SingleBar } from "cli-progress";
import { numericalGradient, sgd } from "steepest";
import { fitChart, lossChart } from "./charts.mjs";
import { createNetwork, judge, readDigits, split, train } from "./digits.mjs";
import { raceChart, readingChart, xorChart } from "./digits-charts.mjs";
import { map } from "./map.mjs";
import { fit, readPasture, residualSumOfSquares } from "./pasture.mjs";
import { draw } from "./pictures.mjs";
import { gradientsOnXor, raceOnDigits } from "./races.mjs";
import { coloured, HEIGHT_COLOURS, range, SLOPE_COLOURS, shadedRelief } from "./relief.mjs";
import { readTerrain, slopeInDegrees, terrainGradient } from "./terrain.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const began = performance.now();

await showTerrain();
await fitPasture();
walkDownhill();
await trainOnDigits();
await compareGradients();
console.log(`\nAll done in ${((performance.now() - began) / 1000).toFixed(1)} s.`);

/** A field of numbers: the gradient of a terrain. */
async function showTerrain() {
  const terrain = readTerrain(file("data/jacksboro_fault_dem.npz"));
  console.log(`Terrain around Jacksboro, Tennessee: ${terrain.rows} x ${terrain.columns} elevations`);

  const [rise, milliseconds] = timed(() => terrainGradient(terrain));
  const slopes = slopeInDegrees(rise);
  const mean = slopes.reduce((sum, slope) => sum + slope) / slopes.length;
  console.log(`  its gradient took ${milliseconds} ms, the first call included`);
  console.log(`  slope: ${mean.toFixed(1)}° on average, ${range(slopes)[1].toFixed(1)}° at most`);

  const heights = terrain.elevation.data;
  const relief = shadedRelief({ towardsEast: rise.towardsEast.data, towardsNorth: rise.towardsNorth.data }, heights);
  const heightLegend = { title: "elevation, m", domain: range(heights), colours: HEIGHT_COLOURS };
  await save("relief.png", map(terrain, relief, "Shaded relief around Jacksboro, Tennessee", heightLegend));

  const steepest = 40;
  const slopeLegend = { title: "slope, °", domain: [0, steepest], colours: SLOPE_COLOURS };
  const slopeColours = coloured(slopes, steepest, SLOPE_COLOURS);
  await save("slope.png", map(terrain, slopeColours, "Slope around Jacksboro, Tennessee", slopeLegend));
}

/** A fit: the minimum of a loss, without a derivative. */
async function fitPasture() {
  const observations = readPasture(file("data/pasture.csv"));
  console.log(`\nYield of a pasture: a logistic curve through ${observations.length} observations`);

  const [fitted, milliseconds] = timed(() => fit(observations));
  const { losses, value, iterations, evaluations, converged, reason, parameters } = fitted;
  const outcome = converged ? "converged" : "did not converge";
  console.log(`  ${outcome} (${reason}): ${iterations} steps, ${evaluations} losses, ${milliseconds} ms`);
  console.log(`  loss ${losses[0].toPrecision(4)} -> ${value.toPrecision(4)}`);
  console.log(`  found:           ${parameters.map((p) => p.toPrecision(6)).join("  ")}`);
  console.log("  NIST's certified 72.4622  2.61808  0.0673592");
  console.log(`  sum of squares   ${residualSumOfSquares(observations, parameters).toFixed(8)} (NIST: 8.05652293)`);
  await save("fit.png", fitChart(observations, fitted));
  await save("loss.png", lossChart(fitted));
}

/** One step at a time: from p = 2 down to the minimum of p². */
function walkDownhill() {
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

/** A network of 9,610 parameters learns to read. */
async function trainOnDigits() {
  const parts = split(readDigits(file("data/digits.csv.gz")));
  const { training, heldOut } = parts;
  const epochs = 40;
  console.log(`\nHandwritten digits: ${training.inputs.length} to learn from, ${heldOut.inputs.length} held out`);

  const network = createNetwork();
  const format = "  {bar} epoch {value}/{total}, loss {loss}, {accuracy} right, {eta} s left";
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  bar.start(epochs, 0, { loss: "-", accuracy: "-" });
  const began = performance.now();
  const { history } = await train(network, parts, {
    epochs,
    onEpoch({ epoch, loss, validationAccuracy }) {
      bar.update(epoch, { loss: loss.toFixed(4), accuracy: percent(validationAccuracy) });
    },
  });
  const seconds = (performance.now() - began) / 1000;
  bar.stop();

  const verdict = judge(network, heldOut);
  console.log(`  ${epochs} epochs of AdamW in batches of 32 took ${seconds.toFixed(2)} s`);
  console.log(`  loss ${history[0].loss.toPrecision(3)} -> ${history.at(-1).loss.toPrecision(3)}`);
  console.log(`  ${percent(verdict.accuracy)} of the held-out digits read right`);
  await save("digits.png", readingChart(verdict, heldOut));
  network.free();

  const points = await raceOnDigits(parts);
  await save("race.png", raceChart(points));
}

/** No backpropagation: every weight is moved, and the loss looked at. */
async function compareGradients() {
  const both = await gradientsOnXor();
  console.log("\nExclusive or: the same training by backpropagation and by central differences alone");
  for (const [name, { losses, milliseconds, answers }] of Object.entries(both)) {
    const loss = losses.at(-1).toPrecision(9);
    const microseconds = ((1000 * milliseconds) / losses.length).toFixed(0).padStart(4);
    const rounded = answers.map((p) => p.toFixed(3)).join(" ");
    console.log(`  ${name.padEnd(8)}  loss ${loss}, ${microseconds} µs a step, answers ${rounded}`);
  }
  await save("xor.png", xorChart(both));
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function timed(work) {
  const start = performance.now();
  const result = work();
  return [result, (performance.now() - start).toFixed(1)];
}

async function save(name, specification) {
  const path = file(`output/${name}`);
  await draw(path, specification);
  console.log(`  wrote ${path}`);
}
