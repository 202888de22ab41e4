import { describe, expect, test } from "vitest";
import { shuffled, split } from "../../src/train/shuffle.js";

const upTo = (n: number) => new Uint32Array(n).map((_, i) => i);

test("an order depends on the seed and the epoch, and is the same everywhere", () => {
  const orders = [
    [0, 1],
    [0, 2],
    [1, 1],
    [2 ** 53 - 1, 1],
  ].map(([seed, epoch]) => Array.from(shuffled(upTo(10), seed as number, epoch as number)).join(" "));
  // The first word of seed 0, stream 1 is 0x844515e1, which is 7 modulo 10, and the second 1 modulo 9.
  expect(orders).toEqual(["2 8 6 0 9 4 5 3 1 7", "2 8 7 9 4 3 5 6 0 1", "6 7 5 4 2 8 9 3 1 0", "1 5 0 8 3 2 6 9 7 4"]);
});

test("every order is as likely as any other", () => {
  const counts = new Map<string, number>();
  const tries = 24_000;
  for (let seed = 0; seed < tries; ++seed) {
    const order = shuffled(upTo(4), seed, 1).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  const expected = tries / 24;
  const chiSquared = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // 23 degrees of freedom: one seed in a thousand would be above.
  expect(chiSquared).toBeLessThan(49.7);
});

test("it is a permutation of what is given, which stays as it is, of so many rows that words are refused, too", () => {
  const rows = Uint32Array.from({ length: 300_000 }, (_, i) => 3 * i);
  const order = shuffled(rows, 7, 1);
  const sorted = order.slice().sort();
  expect(rows.every((row, i) => row === 3 * i && row === sorted[i])).toBe(true);
  expect(order.slice(0, 100)).not.toEqual(rows.slice(0, 100));
  expect(shuffled(new Uint32Array(), 0, 1)).toEqual(new Uint32Array());
});

describe("split", () => {
  test("holds rows of chance out, each set in ascending order", () => {
    const { training, heldOut } = split(10, 3, 5);
    expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from(upTo(10)));
    expect([heldOut.length, training.length]).toEqual([3, 7]);
    expect(training).toEqual(training.slice().sort());
    expect(heldOut).toEqual(heldOut.slice().sort());
    expect(split(10, 3, 6).heldOut).not.toEqual(heldOut);
    expect(split(10, 3, 5)).toEqual({ training, heldOut });
  });

  test("of nothing leaves all rows as they are", () => {
    expect(split(3, 0, 5)).toEqual({ training: upTo(3), heldOut: new Uint32Array() });
  });
});
