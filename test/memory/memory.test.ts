import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

/** `npm run test:long` runs what the issue of bounded memory asks for in full; the suite a part of it. */
const LONG = process.env.LONG === "1";
const TIMEOUT = LONG ? 1_800_000 : 60_000;
const MiB = 2 ** 20;
const loops = fileURLToPath(new URL("loops.mjs", import.meta.url));

async function run(name: string, options: object) {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", loops, name, JSON.stringify(options)]);
  if (LONG) console.log(name, JSON.stringify(options), stdout);
  return JSON.parse(stdout);
}

describe("a program that never frees does not die", () => {
  const maximumMemory = LONG ? 1024 * MiB : 256 * MiB;
  const calls = LONG ? 10_000 : 600;
  // Beyond the budget: Node itself, f and what is compared with, and garbage that V8 has not collected yet.
  const bound = maximumMemory / MiB + 256;

  test("in a loop that lets no finalizer run, which spills once memory is full", { timeout: TIMEOUT }, async () => {
    const { peakMiB, reserved, resident } = await run("forget", { calls, maximumMemory });
    expect(reserved).toBeLessThanOrEqual(maximumMemory);
    expect(peakMiB).toBeLessThan(bound);
    expect(resident).toBeGreaterThan(0);
    expect(resident).toBeLessThan(calls);
  });

  test("in a loop that yields, whose results return to linear memory", { timeout: TIMEOUT }, async () => {
    const { peakMiB, reserved, resident } = await run("forget", { calls, maximumMemory, yields: true });
    expect(reserved).toBeLessThanOrEqual(maximumMemory);
    expect(peakMiB).toBeLessThan(bound);
    // More than fit at once.
    expect(resident).toBeGreaterThan(maximumMemory / 8e6);
  });
});

test.each([
  ["calls on small arrays", "small", { calls: LONG ? 1_000_000 : 100_000 }],
  ["steps of optimizers", "steps", { steps: LONG ? 1_000_000 : 20_000 }],
  ["trainings", "trainings", { trainings: LONG ? 50_000 : 1000 }],
])("%s keep every memory flat", { timeout: TIMEOUT }, async (_, name, options) => {
  const { growth } = await run(name, options);
  for (const [way, { used, reserved, heapUsed, external, rss }] of Object.entries<Record<string, number>>(growth)) {
    // The last one that was forgotten may still be alive.
    if (way === "forgotten") expect(used).toBeLessThan(8192);
    else expect([way, used]).toEqual([way, 0]);
    expect([way, reserved]).toEqual([way, 0]);
    expect(heapUsed, way).toBeLessThan(MiB);
    expect(external, way).toBeLessThan(MiB);
    expect(rss, way).toBeLessThan(32 * MiB);
  }
});
