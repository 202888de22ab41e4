/** The programs that measure, and how they are started. What is not on this machine is left out. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SHAPES } from "./shapes.mjs";
import { median } from "./statistics.mjs";
import { writeTraining } from "./trainings.mjs";

/** By how much the losses after an epoch may differ, relatively. */
const LOSS_TOLERANCE = 1e-3;

const here = fileURLToPath(new URL(".", import.meta.url));
const local = (file) => join(here, file);

/** What a program prints as JSON; throws with what it wrote to stderr if it fails. */
export function ask(command, ...parameters) {
  return JSON.parse(execFileSync(command, parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
}

function answers(command, ...parameters) {
  try {
    return execFileSync(command, parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

/** The running Node, and Node 24 unless that is the same; by major version. */
export function findNodes() {
  const nodes = [{ path: process.execPath, version: process.versions.node }];
  const path = local("node_modules/node24/bin/node");
  const version = answers(path, "--version")?.trim().slice(1);
  if (version !== undefined && !process.versions.node.startsWith("24.")) nodes.push({ path, version });
  return nodes;
}

/** The packages that are compared with, installed at the first run. */
export function installRivals() {
  if (
    ["numpy-ts", "numeric", "@tensorflow/tfjs-core", "@jax-js/jax"].every((name) =>
      existsSync(local(`node_modules/${name}`)),
    )
  )
    return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["ci", "--prefix", here], { stdio: "inherit", shell: process.platform === "win32" });
}

/** The loops in C. */
export function compileLimit() {
  const compiled = compile("limit");
  return compiled && { title: compiled.title, run: (one) => ask(compiled.program, ...describe(one)) };
}

/** Goes with the process. */
function temporaryDirectory(name) {
  const directory = mkdtempSync(join(tmpdir(), `steepest-${name}-`));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A program in C, compiled. */
function compile(name) {
  const program = join(temporaryDirectory(name), name);
  const flags = ["-O3", "-ffp-contract=off", "-fno-math-errno", ...(process.arch === "x64" ? ["-msse4.1"] : [])];
  if (answers("gcc", ...flags, "-o", program, local(`${name}.c`), "-lm") === undefined) return undefined;
  return { title: `C, gcc ${flags.filter((flag) => !flag.startsWith("-f")).join(" ")}`, program };
}

/** A Python that has NumPy. */
export function findNumPy() {
  for (const python of ["/usr/bin/python3", "python3"]) {
    const version = answers(python, "-c", "import numpy; print(numpy.__version__)")?.trim();
    if (version === undefined) continue;
    return { title: `NumPy ${version}`, run: (one) => ask(python, local("numpy_gradient.py"), ...describe(one)) };
  }
  return undefined;
}

/** A case as limit.c and numpy_gradient.py take it. */
function describe({ dtype, spacing, shape }) {
  return [dtype, spacing, ...shape].map(String);
}

/** All JavaScript on one case. */
export function measure(node, one, libraries) {
  return ask(node.path, local("measure.mjs"), one.name, ...libraries);
}

/** Gradients by differences: nanoseconds a call by size and program. */
export function measureFunctions(node) {
  return ask(node.path, local("functions.mjs"));
}

/** The same of a Python that has SciPy. */
export function measureSciPy() {
  for (const python of ["/usr/bin/python3", "python3"]) {
    const version = answers(python, "-c", "import scipy; print(scipy.__version__)")?.trim();
    if (version !== undefined) return { title: `SciPy ${version}`, times: ask(python, local("rosenbrock.py")) };
  }
  return undefined;
}

const PYTHON = "/usr/bin/python3";

/** The version of torch, if there is one. */
function findTorch() {
  return answers(PYTHON, "-c", "import torch; print(torch.__version__)")?.trim();
}

/** Steps of optimizers in this package and by hand: see optimizers.mjs. */
export function measureOptimizers(node) {
  return ask(node.path, local("optimizers.mjs"));
}

/**
 * Programs that answer the nanoseconds of a step of a rule with n parameters: torch, and the loops in C; and if there is
 * a compiler, those of a million divisions and square roots.
 */
export function optimizerRivals() {
  const rivals = {};
  const torch = findTorch();
  if (torch !== undefined)
    rivals[`torch ${torch}, 1 thread`] = (name, n) => ask(PYTHON, local("torch_optimizers.py"), name, n).nanoseconds;
  const compiled = compile("optimizers");
  if (compiled === undefined) return { rivals };
  const run = (name, n) => ask(compiled.program, name, n).nanoseconds;
  rivals[compiled.title] = run;
  return { rivals, limits: { division: run("division", "1000000"), root: run("root", "1000000") } };
}

/**
 * Matrix products: see products.mjs. Loops by hand have a process of their own: once a buffer was detached, as the memory
 * of tfjs is when it grows, V8 compiles loops over typed arrays to half their speed.
 */
export function measureProducts(node) {
  const [alone, others] = [["plain JS"], ["tfjs wasm", "jax-js"]].map((rivals) =>
    ask(node.path, local("products.mjs"), ...rivals),
  );
  for (const [title, { ratios }] of Object.entries(others.shapes)) Object.assign(alone.shapes[title].ratios, ratios);
  return { ...alone, peak: Math.max(alone.peak, others.peak) };
}

/** The same of a Python that has NumPy. */
export function measureNumPyProducts() {
  const numbers = SHAPES.flatMap(({ m, n, k, form }) => [m, n, k, form]).map(String);
  for (const python of ["/usr/bin/python3", "python3"]) {
    const version = answers(python, "-c", "import numpy; print(numpy.__version__)")?.trim();
    if (version === undefined) continue;
    const times = ask(python, local("numpy_products.py"), ...numbers);
    return {
      title: `NumPy ${version}, 1 thread`,
      times: Object.fromEntries(SHAPES.map(({ title }, i) => [title, times[i]])),
    };
  }
  return undefined;
}

/** Files in trainers/ by the names of programs. */
const TRAINERS = {
  steepest: "steepest",
  "plain JS": "plain",
  "tfjs wasm": "tfjs",
  "jax-js": "jax-js",
  "fit along gradients of tfjs": "tfjs-gradients",
};

/**
 * By name, what measures epochs of a training: see networks.mjs and torch_networks.py. Each has a process of its own, for
 * the reason that is told at measureProducts.
 */
function networkPrograms() {
  const programs = Object.fromEntries(
    Object.entries(TRAINERS).map(([name, file]) => [
      name,
      ({ path }, training) => ask(path, local("networks.mjs"), file, training),
    ]),
  );
  const torch = findTorch();
  if (torch !== undefined) programs.torch = (_, training) => ask(PYTHON, local("torch_networks.py"), training);
  return { programs, torch };
}

/**
 * Epochs of a training in rounds, in which all programs have their turn.
 *
 * @returns by Node version { steepest, ratios: { rival } }: nanoseconds, and how many times as long rivals take
 */
export function measureNetwork(nodes, training, rounds) {
  const { programs, torch } = networkPrograms();
  const path = join(temporaryDirectory("training"), "training");
  writeTraining(path, training);
  const rows = nodes.map((node) => {
    const times = {};
    let expected;
    for (let round = 0; round < rounds; ++round) {
      for (const [name, run] of Object.entries(programs)) {
        const { nanoseconds, loss } = run(node, path);
        expected ??= loss;
        if (!(Math.abs(loss - expected) <= LOSS_TOLERANCE * expected))
          throw new Error(`${training.title}: the loss by ${name} is ${loss} after an epoch, not ${expected}.`);
        (times[name] ??= []).push(nanoseconds);
      }
    }
    const { steepest, ...rivals } = times;
    const ratios = Object.fromEntries(
      Object.entries(rivals).map(([name, rival]) => [name, median(rival.map((time, round) => time / steepest[round]))]),
    );
    return { version: node.version, steepest: median(steepest), ratios };
  });
  return { title: training.title, torch, rows };
}
