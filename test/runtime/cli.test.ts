import { execFile } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { inProject, tool } from "./run.js";

const FIXTURES = join(import.meta.dirname, "../fixtures/cli");
const execute = promisify(execFile);

const commands: [name: string, ...command: [string, ...string[]]][] = [
  ["npx", "npx", "--no-install", "--silent", "steepest"],
  ["Bun", tool("bun"), inProject("node_modules/steepest/dist/cli.js")],
  ["Deno", tool("deno"), "run", "-A", "--no-remote", "--no-lock", inProject("node_modules/steepest/dist/cli.js")],
];

describe.each(commands)("the command line by %s", (_, program, ...parameters) => {
  const steepest = (...args: string[]) =>
    execute(program, [...parameters, ...args], { cwd: inProject(), shell: process.platform === "win32" });

  test.each([
    "plain-C.npy --edge-order 2 -o out.npy",
    "deflated.npz --key plain --spacing deflated.npz:x --axis 0 -o out.npy",
  ])("gradient %s", async (line) => {
    const args = line.split(" ");
    const known = readFileSync(join(FIXTURES, "cases.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each));
    const { files } = known.find((each) => each.args.join(" ") === line);
    copyFileSync(join(FIXTURES, args[0]), inProject(args[0]));
    const { stdout, stderr } = await steepest("gradient", ...args);
    expect([stdout, stderr]).toEqual(["", ""]);
    for (const [name, bytes] of Object.entries(files)) expect(readFileSync(inProject(name), "base64")).toBe(bytes);
  });

  test("fails with code 1 and a sentence", async () => {
    await expect(steepest("gradient", "nowhere.npy", "-o", "out.npy")).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: "steepest: nowhere.npy does not exist.\n",
    });
  });

  test("demo", async () => {
    expect((await steepest("demo")).stdout).toContain("NIST's certified 72.4622  2.61808  0.0673592\n");
  });
});
