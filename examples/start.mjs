// `npm start`: what steepest is for, in five short acts.

import { fileURLToPath } from "node:url";
import { Presets, SingleBar } from "cli-progress";
import { fitPasture, learnDigits, measureTerrain, percent, walkDownhill } from "./acts.mjs";
import { fitChart, lossChart } from "./charts.mjs";
import { readDigits, split } from "./digits.mjs";
import { raceChart, readingChart, xorChart } from "./digits-charts.mjs";
import { map } from "./map.mjs";
import { readPasture } from "./pasture.mjs";
import { draw } from "./pictures.mjs";
import { gradientsOnXor, raceOnDigits } from "./races.mjs";
import { coloured, HEIGHT_COLOURS, range, SLOPE_COLOURS, shadedRelief } from "./relief.mjs";
import { readTerrain } from "./terrain.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const began = performance.now();

await showTerrain();
await showFit();
walkDownhill();
await trainOnDigits();
await compareGradients();
console.log(`\nAll done in ${((performance.now() - began) / 1000).toFixed(1)} s.`);

async function showTerrain() {
  const terrain = readTerrain(file("data/jacksboro_fault_dem.npz"));
  const { rise, slopes } = measureTerrain(terrain);

  const heights = terrain.elevation.data;
  const relief = shadedRelief({ towardsEast: rise.towardsEast.data, towardsNorth: rise.towardsNorth.data }, heights);
  const heightLegend = { title: "elevation, m", domain: range(heights), colours: HEIGHT_COLOURS };
  await save("relief.png", map(terrain, relief, "Shaded relief around Jacksboro, Tennessee", heightLegend));

  const steepest = 40;
  const slopeLegend = { title: "slope, °", domain: [0, steepest], colours: SLOPE_COLOURS };
  const slopeColours = coloured(slopes, steepest, SLOPE_COLOURS);
  await save("slope.png", map(terrain, slopeColours, "Slope around Jacksboro, Tennessee", slopeLegend));
}

async function showFit() {
  const observations = readPasture(file("data/pasture.csv"));
  const fitted = fitPasture(observations);
  await save("fit.png", fitChart(observations, fitted));
  await save("loss.png", lossChart(fitted));
}

async function trainOnDigits() {
  const parts = split(readDigits(file("data/digits.csv.gz")));
  const epochs = 40;
  const format = "  {bar} epoch {value}/{total}, loss {loss}, {accuracy} right, {eta} s left";
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  const verdict = await learnDigits(parts, {
    epochs,
    onEpoch({ epoch, loss, validationAccuracy }) {
      const metrics = { loss: loss.toFixed(4), accuracy: percent(validationAccuracy) };
      if (epoch === 1) bar.start(epochs, epoch, metrics);
      else bar.update(epoch, metrics);
      if (epoch === epochs) bar.stop();
    },
  });
  await save("digits.png", readingChart(verdict, parts.heldOut));

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

async function save(name, specification) {
  const path = file(`output/${name}`);
  await draw(path, specification);
  console.log(`  wrote ${path}`);
}
