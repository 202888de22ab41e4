import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { createNetwork, HELD_OUT, judge, readDigits, split, train } from "../../examples/digits.mjs";
import { gradientsOnXor } from "../../examples/races.mjs";

type Samples = { inputs: number[][]; targets: number[] };
const digits = readDigits(fileURLToPath(new URL("../../examples/data/digits.csv.gz", import.meta.url))) as Samples;
const parts = split(digits) as { training: Samples; heldOut: Samples };
const network = createNetwork();
afterAll(() => network.free());

test("the file has 1797 digits, of which each is in one part", () => {
  expect(digits.inputs.length).toBe(1797);
  expect(parts.heldOut.targets.length).toBe(HELD_OUT);
  const all = [...parts.training.inputs, ...parts.heldOut.inputs];
  expect(new Set(all)).toEqual(new Set(digits.inputs));
  expect(all.length).toBe(1797);
});

test("at least 97 % of the held-out digits are read right", { timeout: 60_000 }, async () => {
  const { history } = await train(network, parts, {});
  const { confusion, misread, accuracy } = judge(network, parts.heldOut);
  expect(accuracy).toBeGreaterThanOrEqual(0.97);
  expect(accuracy).toBe(history.at(-1)?.validationAccuracy);
  const right = (confusion as number[][]).reduce((sum, row, digit) => sum + (row[digit] as number), 0);
  expect(right + misread.length).toBe(HELD_OUT);
  expect(misread.every(({ shows, read }: { shows: number; read: number }) => shows !== read)).toBe(true);
});

test("exclusive or is learnt by differences as by backpropagation", async () => {
  const { backprop, central } = await gradientsOnXor();
  for (const [i, loss] of backprop.losses.entries())
    expect(Math.abs(central.losses[i] - loss)).toBeLessThan(1e-6 * backprop.losses[0]);
  expect(central.answers.map(Math.round)).toEqual([0, 1, 1, 0]);
});
