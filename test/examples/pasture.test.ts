import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fit, readPasture, residualSumOfSquares } from "../../examples/pasture.mjs";

const pasture = readPasture(fileURLToPath(new URL("../../examples/data/pasture.csv", import.meta.url)));
const certified = [72.462237576, 2.6180768402, 0.067359200066];

test("the data are NIST's: the certified parameters give the certified sum of squares", () => {
  expect(residualSumOfSquares(pasture, certified)).toBeCloseTo(8.0565229338, 9);
});

test("the fit converges to NIST's certified parameters", () => {
  const { converged, reason, parameters } = fit(pasture);
  expect({ converged, reason }).toEqual({ converged: true, reason: "gradientTolerance" });
  for (const [i, value] of certified.entries()) expect(parameters[i] / value).toBeCloseTo(1, 6);
});
