import { execFile } from "node:child_process";
import { mkdtempSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { header, typeOf } from "../../src/cli/npy.js";

const LONG = process.env.LONG === "1";
const CLI = join(import.meta.dirname, "../../dist/cli.js");
const directory = mkdtempSync(join(tmpdir(), "steepest-large-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const COLUMNS = 4000;
/** 1.6 GB, more than linear memory has. */
const ROWS = 100_000;
const BYTES = 4 * COLUMNS * ROWS;
const MiB = 2 ** 20;

/** Writes to standard error, at the end, the most memory that the process had. */
const METER = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS * 1024))';

test("a file of 1.6 GB is read in 140 MiB", { timeout: 600_000 }, async ({ skip }) => {
  skip(!LONG, "npm run test:long");
  const start = header(typeOf("float32"), undefined, [ROWS, COLUMNS], false);
  const [input, output] = [join(directory, "in.npy"), join(directory, "out.npy")];
  // A file with holes: zeros, and a one in the last column of a row here and there.
  const file = openSync(input, "w");
  writeSync(file, start);
  truncateSync(input, start.length + BYTES);
  const place = (row: number) => start.length + 4 * (COLUMNS * (row + 1) - 1);
  const rows = Array.from({ length: ROWS / 100 }, (_, k) => 100 * k + (k % 97) + 1);
  for (const row of rows) writeSync(file, Float32Array.of(1), 0, 4, place(row));

  const meter = `--import=data:text/javascript,${encodeURIComponent(METER)}`;
  const args = [meter, CLI, "gradient", input, "--axis", "0", "--spacing", "2", "--memory", "4", "-o", output];
  const { stderr } = await promisify(execFile)(process.execPath, args);
  expect(Number(stderr)).toBeGreaterThan(16 * MiB);
  expect(Number(stderr)).toBeLessThan(140 * MiB);

  expect(statSync(output).size).toBe(start.length + BYTES);
  const result = openSync(output, "r");
  const value = (row: number) => {
    const read = new Float32Array(1);
    readSync(result, read, 0, 4, place(row));
    return read[0];
  };
  for (const row of rows)
    expect([value(row - 1), value(row), value(row + 1)]).toEqual([row === 1 ? 0.5 : 0.25, 0, -0.25]);
});
