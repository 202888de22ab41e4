/** `steepest gradient` writes the bytes that np.save writes of np.gradient: test/fixtures/cli.py. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "../../src/cli/arguments.js";
import { gradientCommand, OPTIONS } from "../../src/cli/gradient.js";

const FIXTURES = join(import.meta.dirname, "../fixtures/cli");
const FLOAT16 = "Float16Array" in globalThis;

interface Case {
  readonly args: string[];
  readonly files: { [name: string]: string | { [member: string]: string } };
}

const cases: Case[] = readFileSync(join(FIXTURES, "cases.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "steepest-cli-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the command on files of the fixtures, in this process. */
async function run(args: string[]): Promise<void> {
  const placed = args.map((text, k) => {
    if (args[k - 1] === "-o") return join(directory, text);
    return existsSync(join(FIXTURES, text.replace(/:.*/, ""))) ? join(FIXTURES, text) : text;
  });
  await gradientCommand(parse("gradient", placed, OPTIONS));
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** What was written, as the fixtures have it. */
function written(): Case["files"] {
  const entries = readdirSync(directory).map((name) => {
    const bytes = readFileSync(join(directory, name));
    if (!name.endsWith(".npz")) return [name, base64(bytes)];
    return [name, Object.fromEntries(Object.entries(unzipSync(bytes)).map(([member, each]) => [member, base64(each)]))];
  });
  return Object.fromEntries(entries);
}

// In one piece; a few rows at a time; a row at a time.
describe.each([["256"], ["0.002"], ["0.00001"]])("with %s MiB", (memory) => {
  test.each(cases.map((each) => [each.args.join(" "), each] as const))("%s", async (_, { args, files }) => {
    const float16 = args.some((text) => text.includes("f2"));
    if (float16 && !FLOAT16) {
      await expect(run(args)).rejects.toThrow("holds float16, for which Node 24 or newer is needed.");
      return;
    }
    await run([...args, "--memory", memory]);
    expect(written()).toEqual(files);
  });
});
