/**
 * npm run bench: steepest, its rivals and the limit of the machine on the same arrays, in one run.
 *
 * Every case is measured in processes of its own, ROUNDS times, all programs in turn. A figure is the median of the
 * rounds, each the median of many calls; a ratio is the median of the ratios within a round, for on a busy machine
 * programs that ran one after another are comparable and figures minutes apart are not.
 */
import { writeFileSync } from "node:fs";
import { CASES } from "./cases.mjs";
import { LIMIT, NUMPY } from "./goals.mjs";
import {
  compileLimit,
  findNodes,
  findNumPy,
  installRivals,
  measure,
  measureFunctions,
  measureNetwork,
  measureNumPyProducts,
  measureOptimizers,
  measureProducts,
  measureSciPy,
  optimizerRivals,
} from "./programs.mjs";
import { networksReport, optimizersReport, productsReport, report } from "./report.mjs";
import { bundleSize } from "./size.mjs";
import { startup } from "./startup.mjs";
import { TRAININGS } from "./trainings.mjs";

const ROUNDS = 3;
const LIBRARIES = ["steepest", "plain", "numpy-ts", "ndarray-gradient", "memcpy"];
const SLOW = 80e6; // ns a call from which on one round must do

installRivals();
const nodes = findNodes();

/** Steps of optimizers, on which alone `npm run bench optimizers` ends. */
function optimizers() {
  const { rivals, limits } = optimizerRivals();
  const results = nodes.map((node) => {
    const measured = measureOptimizers(node);
    for (const [one, times] of Object.entries(measured.versus))
      for (const [rival, run] of Object.entries(rivals)) times[rival] = run(...one.split(" "));
    return { version: node.version, ...measured };
  });
  return optimizersReport(results, limits);
}
if (process.argv[2] === "optimizers") {
  console.log(optimizers());
  process.exit();
}

/** Matrix products, on which alone `npm run bench products` ends. */
function products() {
  const results = nodes.map((node) => ({ version: node.version, ...measureProducts(node) }));
  return productsReport(results, measureNumPyProducts());
}
if (process.argv[2] === "products") {
  console.log(products());
  process.exit();
}

/** Epochs of training and the size of everything, on which alone `npm run bench networks` ends. */
async function networks() {
  const results = TRAININGS.map((training) => measureNetwork(nodes, training, ROUNDS));
  return networksReport(results, await bundleSize("../dist/index.js", "*"));
}
if (process.argv[2] === "networks") {
  console.log(await networks());
  process.exit();
}

const others = Object.entries({ [NUMPY]: findNumPy(), [LIMIT]: compileLimit() }).filter(([, program]) => program);

/** times[node version][case][row] = nanoseconds a call, one for each round; NumPy and C are repeated for each Node. */
const times = Object.fromEntries(
  nodes.map(({ version }) => [version, Object.fromEntries(CASES.map(({ name }) => [name, {}]))]),
);

for (const one of CASES) {
  console.error(one.title);
  let libraries = LIBRARIES;
  for (let round = 0; round < ROUNDS; ++round) {
    const checksums = new Set();
    const record = (version, row, nanoseconds) => {
      const rows = times[version][one.name];
      (rows[row] ??= []).push(nanoseconds);
    };
    for (const node of nodes) {
      const answer = measure(node, one, libraries);
      checksums.add(answer.checksum);
      for (const [row, nanoseconds] of Object.entries(answer.nanoseconds)) record(node.version, row, nanoseconds);
    }
    for (const [row, program] of others) {
      const answer = program.run(one);
      checksums.add(answer.checksum);
      for (const { version } of nodes) record(version, row, answer.nanoseconds);
    }
    if (checksums.size > 1) throw new Error(`The results of ${one.title} differ between programs.`);
    const tooSlow = (library) =>
      Object.entries(times[nodes[0].version][one.name]).some(
        ([row, [first]]) => row.startsWith(library) && first > SLOW,
      );
    libraries = LIBRARIES.filter((library) => library === "steepest" || library === "plain" || !tooSlow(library));
  }
}

const text = `${report({
  nodes,
  others: Object.fromEntries(others),
  times,
  functions: Object.fromEntries(nodes.map((node) => [node.version, measureFunctions(node)])),
  scipy: measureSciPy(),
  startups: Object.fromEntries(nodes.map((node) => [node.version, startup(node)])),
  sizes: { steepest: await bundleSize("../dist/index.js"), "numpy-ts": await bundleSize("numpy-ts/core") },
})}
${optimizers()}
${products()}
${await networks()}`;
writeFileSync(new URL("RESULTS.md", import.meta.url), text);
console.log(text);
