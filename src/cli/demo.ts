import { extname } from "node:path";
import { adam, array, fit, gradient, minimize, mlp, numericalGradient, sgd } from "steepest";
import type { Option, parse } from "./arguments.js";
import { UsageError } from "./errors.js";
import { typeOf } from "./npy.js";
import { openOutput } from "./output.js";

export const OPTIONS: Record<string, Option> = {
  output: { short: "o", takes: "one" },
  help: { short: "h", takes: "nothing" },
};

/** `steepest demo`: a field, a fit, a walk and a network. */
export async function demoCommand({ positionals, values }: ReturnType<typeof parse>): Promise<void> {
  const output = values["output"]?.[0];
  if (positionals.length > 0) throw new UsageError(`demo reads no file; got ${JSON.stringify(positionals[0])}.`);
  if (output !== undefined && extname(output).toLowerCase() !== ".png")
    throw new UsageError(`demo draws a .png; got ${JSON.stringify(output)}.`);
  await showCrater(output);
  fitPasture();
  walkDownhill();
  await learnSpirals();
}

const CELLS = 400;
const METRES = 10;
/** From level ground to the steepest. */
const SHADES = " .:-=+*#%@";

/** A field of numbers: the slope of a volcano with a crater, whose true slope is known. */
async function showCrater(output: string | undefined): Promise<void> {
  const across = Float64Array.from({ length: CELLS }, (_, i) => (i - (CELLS - 1) / 2) * METRES);
  const profile = (r: number) => 900 * Math.exp(-((r / 900) ** 2)) - 500 * Math.exp(-((r / 350) ** 2));
  const exact = (r: number) =>
    -1800 * (r / 900 ** 2) * Math.exp(-((r / 900) ** 2)) + 1000 * (r / 350 ** 2) * Math.exp(-((r / 350) ** 2));
  const radius = Float64Array.from({ length: CELLS ** 2 }, (_, i) =>
    Math.hypot(across[i % CELLS]!, across[Math.floor(i / CELLS)]!),
  );
  const heights = array(radius.map(profile), { shape: [CELLS, CELLS] });

  const began = performance.now();
  const [dy, dx] = gradient(heights, METRES, { edgeOrder: 2 }) as (typeof heights)[];
  const milliseconds = (performance.now() - began).toFixed(1);
  const [y, x] = [dy!.data, dx!.data] as [Float64Array, Float64Array];
  const slope = y.map((rise, i) => Math.hypot(rise, x[i]!));
  const steepest = slope.reduce((most, each) => Math.max(most, each));
  const worst = slope.reduce((most, each, i) => Math.max(most, Math.abs(each - Math.abs(exact(radius[i]!)))), 0);
  const degrees = (rise: number) => `${((Math.atan(rise) * 180) / Math.PI).toFixed(1)}°`;
  print(`The slope of a volcano: ${CELLS} x ${CELLS} heights, ${METRES} m apart`);
  print(`  its gradient took ${milliseconds} ms, the first call included`);
  print(`  ${degrees(steepest)} at most; off by ${worst.toFixed(5)} m per m at most from the formula`);
  for (let row = 10; row < CELLS; row += 20) {
    let line = "  ";
    for (let column = 5; column < CELLS; column += 8) {
      const shade = (slope[row * CELLS + column]! / steepest) * (SHADES.length - 1);
      line += SHADES[Math.round(shade)];
    }
    print(line.trimEnd());
  }
  if (output === undefined) return;
  const results = { type: typeOf("float64"), unit: undefined, shape: [CELLS, CELLS], fortran: false, axes: [0, 1] };
  const map = await openOutput(output, "png", { ...results, range: undefined });
  await map.write([y, x]);
  await map.commit();
  print(`  wrote ${output}`);
}

/** D. A. Ratkowsky, Nonlinear Regression Modeling (1983): growing time and yield of a pasture. NIST's Rat42. */
const PASTURE = [
  ...[
    [9, 8.93],
    [14, 10.8],
    [21, 18.59],
    [28, 22.33],
    [42, 39.35],
  ],
  ...[
    [57, 56.11],
    [63, 61.73],
    [70, 64.62],
    [79, 67.08],
  ],
] as [time: number, yield_: number][];

/** A fit: the minimum of a loss, without a derivative. */
function fitPasture(): void {
  // In units in which all parameters are about as large.
  const [longest, most] = [79, 67.08];
  const curve = (p: ArrayLike<number>, t: number) => p[0]! / (1 + Math.exp(p[1]! - p[2]! * t));
  const loss = (p: ArrayLike<number>) =>
    PASTURE.reduce((sum, [t, y]) => sum + (curve(p, t / longest) - y / most) ** 2, 0) / PASTURE.length;
  const began = performance.now();
  const { x, iterations, evaluations, reason } = minimize(loss, [1, 1, 1], {
    optimizer: sgd({ learningRate: 1, momentum: 0.9, nesterov: true }),
    gradientTolerance: 1e-9,
    maxIterations: 5000,
  });
  const milliseconds = (performance.now() - began).toFixed(1);
  const found = [x[0]! * most, x[1]!, x[2]! / longest].map((p) => p.toPrecision(6));
  print(`\nYield of a pasture: a logistic curve through ${PASTURE.length} observations`);
  print(`  ${reason}: ${iterations} steps, ${evaluations} losses, ${milliseconds} ms`);
  print(`  found            ${found.join("  ")}`);
  print("  NIST's certified 72.4622  2.61808  0.0673592");
}

/** One step at a time: from p = 2 down to the minimum of p². */
function walkDownhill(): void {
  print("\np² from p = 2, learning rate 0.1\n  step  gradient         p");
  const square = (p: ArrayLike<number>) => p[0]! ** 2;
  const optimizer = sgd({ learningRate: 0.1 }).init([2]);
  for (let step = 1; step <= 60; ++step) {
    const slope = numericalGradient(square, optimizer.params);
    optimizer.step(slope);
    if (step > 3 && step % 20 !== 0) continue;
    const [g, p] = [slope[0]!, optimizer.params[0]!].map((number) => String(Number(number.toPrecision(6))));
    print(`  ${String(step).padStart(4)}  ${g!.padEnd(15)}  ${p}`);
  }
}

/** A network learns which of two spirals a point is on; its map of the plane. */
async function learnSpirals(): Promise<void> {
  const [points, radius, epochs] = [200, 4, 300];
  const inputs = Array.from({ length: points }, (_, i) => {
    const along = 0.1 + (1.8 * Math.floor(i / 2)) / points;
    const angle = Math.PI * (2 * along + (i % 2));
    return [radius * along * Math.cos(angle), radius * along * Math.sin(angle)];
  });
  const data = { inputs, targets: inputs.map((_, i) => i % 2) };
  const network = mlp({ layers: [2, 32, 32, 1], activation: "tanh", loss: "binaryCrossEntropy", seed: 1 });
  const began = performance.now();
  const { history } = await fit(network, data, { optimizer: adam({ learningRate: 0.01 }), batchSize: 20, epochs });
  const milliseconds = (performance.now() - began).toFixed(0);
  const [first, last] = [history[0]!, history.at(-1)!].map(({ loss }) => loss.toPrecision(3));
  print(`\nTwo spirals: ${points} points, a network of 1,185 parameters`);
  print(`  ${epochs} epochs by backpropagation and Adam took ${milliseconds} ms; loss ${first} -> ${last}`);
  print(`  ${(100 * network.accuracy(data)).toFixed(1)} % of the points are on the right one`);
  for (let y = radius; y >= -radius; y -= radius / 10) {
    const row = Array.from({ length: 46 }, (_, i) => [((i - 22.5) / 21) * radius, y]);
    print(
      `  ${network
        .predict(row)
        .map(([p]) => SHADES[Math.round(p! * (SHADES.length - 1))])
        .join("")
        .trimEnd()}`,
    );
  }
  network.free();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
