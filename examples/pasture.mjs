// How a pasture grows: a logistic curve, fitted to nine observations by descent. No derivative is written down.

import { readFileSync } from "node:fs";
import { minimize, sgd } from "steepest";

/** Reads the .csv: a list of { time, yield }. */
export function readPasture(path) {
  return parsePasture(readFileSync(path, "utf8"));
}

export function parsePasture(csv) {
  const [, ...lines] = csv.trim().split("\n");
  return lines.map((line) => {
    const [time, grown] = line.split(",").map(Number);
    return { time, yield: grown };
  });
}

/** The model: growth that starts slowly and ends at `limit`. */
export function logistic([limit, delay, rate], time) {
  return limit / (1 + Math.exp(delay - rate * time));
}

/**
 * Fits the model by least squares.
 *
 * Descent takes the same step in every direction, so all directions should be about equally long: times and yields are
 * divided by their largest, the parameters are then numbers between 1 and 6, and [1, 1, 1] will do as a start.
 *
 * @returns what minimize answers, and besides `start` and `parameters` in the units of the data, and the `losses`
 */
export function fit(observations) {
  const longest = Math.max(...observations.map(({ time }) => time));
  const most = Math.max(...observations.map((observation) => observation.yield));
  const points = observations.map((observation) => [observation.time / longest, observation.yield / most]);
  const inUnits = ([limit, delay, rate]) => [limit * most, delay, rate / longest];

  // The loss: the mean of the squares of what the model misses.
  const loss = (p) => points.reduce((sum, [t, y]) => sum + (logistic(p, t) - y) ** 2, 0) / points.length;

  const start = [1, 1, 1];
  const losses = [];
  const minimum = minimize(loss, start, {
    optimizer: sgd({ learningRate: 1, momentum: 0.9, nesterov: true }),
    gradientTolerance: 1e-9,
    maxIterations: 5000,
    onIteration: ({ value }) => losses.push(value),
  });
  return { ...minimum, losses, start: inUnits(start), parameters: inUnits(minimum.x) };
}

/** The sum of the squares of what a model misses, in the units of the data. */
export function residualSumOfSquares(observations, parameters) {
  return observations.reduce((sum, { time, yield: grown }) => sum + (logistic(parameters, time) - grown) ** 2, 0);
}
