/** The program as a shell sees it: exit codes, messages, pipes and files. */
import { spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { gradient } from "steepest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { viridis } from "../../src/cli/png.js";

const CLI = join(import.meta.dirname, "../../dist/cli.js");
const FIXTURES = join(import.meta.dirname, "../fixtures/cli");
const VERSION = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")).version;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "steepest-cli-"));
  for (const file of readdirSync(FIXTURES)) copyFileSync(join(FIXTURES, file), join(directory, file));
  const [npy, npz] = ["plain-C.npy", "stored.npz"].map((file) => readFileSync(join(FIXTURES, file)));
  writeFileSync(join(directory, "cut.npy"), npy.subarray(0, 300));
  writeFileSync(join(directory, "cut.npz"), npz.subarray(0, 900));
  npz[300] ^= 1;
  writeFileSync(join(directory, "damaged.npz"), npz);
  writeFileSync(join(directory, "text.npy"), Buffer.from(npy.toString("latin1").replace("'<f8'", "'<U2'"), "latin1"));
  writeFileSync(join(directory, "escape.npy"), Buffer.from(npy.toString("latin1").replace("<f8", "\x1b[2J"), "latin1"));
  writeFileSync(join(directory, "ragged.csv"), "1,2\n3,4,5\n");
  writeFileSync(join(directory, "gap.csv"), "1,2\n3,\n");
  writeFileSync(join(directory, "first.csv"), "1,\n3,4\n");
  writeFileSync(join(directory, "semicolons.csv"), "5;1\n7;2\n");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function steepest(args: string, input: Uint8Array = Buffer.alloc(0)): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args.split(" ").filter(Boolean)], { cwd: directory });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk) => out.push(chunk));
  child.stderr.on("data", (chunk) => err.push(chunk));
  // What reads no input closes it early.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve) =>
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() })),
  );
}

const fixture = (name: string) => readFileSync(join(FIXTURES, name));
const result = (name: string) => readFileSync(join(directory, name));

describe("what is wrong is one sentence on standard error, and leaves no file", () => {
  test.each([
    // The command line.
    [2, "", "A command is missing: gradient or demo; steepest --help says more."],
    [2, "descend x.npy", 'There is no command "descend"; there are gradient, demo and help.'],
    [2, "help descend", 'There is no help on "descend"; there is on gradient and demo.'],
    [2, "gradient", "gradient needs a file to read, or - for standard input."],
    [
      2,
      "gradient --spacing 3 line-C.npy",
      "gradient needs a file to read, or - for standard input; --spacing takes all arguments up to the next option, so that the file stands before it.",
    ],
    [2, "gradient a.npy b.npy", 'gradient reads one file; got "a.npy", "b.npy".'],
    [
      2,
      "gradient line-C.npy --axes 0",
      "gradient has no option --axes; it takes --axis, --spacing, --edge-order, --output, --format, --key, --skip-header, --range, --memory, --help.",
    ],
    [2, "gradient line-C.npy --axis -o out.npy", "--axis needs a value."],
    [2, "gradient line-C.npy -o", "-o needs a value."],
    [2, "gradient line-C.npy --axis 0.5", '--axis takes integers; got "0.5".'],
    [2, "gradient line-C.npy --edge-order -1", '--edge-order must be 1 or 2; got "-1".'],
    [2, "gradient line-C.npy -o a.npy -o b.npy", "-o is given twice; it takes one value."],
    [2, "gradient line-C.npy --help=yes", '--help takes no value; got "yes".'],
    [
      2,
      "gradient line-C.npy -o out.txt",
      "out.txt does not say a format: end it in .npy, .npz, .csv or .png, or choose a --format.",
    ],
    [2, "gradient line-C.npy --memory -1", '--memory takes a number of MiB; got "-1".'],
    [2, "gradient - --spacing - 2", "Standard input holds one array: name a file for the others."],
    [2, "gradient plain-C.npy -f npz", "An npz cannot be written to standard output: name an --output."],
    [2, "gradient plain-C.npy --range 2 1", "--range takes two numbers, the smaller first; got 2 1."],
    [2, "demo slope.png", 'demo reads no file; got "slope.png".'],
    [1, "demo -o gap.csv", "gap.csv is a file, where a directory is needed."],
    // What files hold.
    [1, "gradient nowhere.npy -o out.npy", "nowhere.npy does not exist."],
    [1, "gradient . -o out.npy", ". is a directory."],
    [
      1,
      "gradient line-C.npy -o nowhere/out.npy",
      "nowhere/out.npy could not be written: its directory does not exist.",
    ],
    [1, "gradient line-C.npy -o gap.csv/out.npy", "gap.csv/out.npy does not exist."],
    [1, "gradient cut.npy -o out.npz", "cut.npy is cut off: it has 172 of 440 bytes of numbers."],
    [1, "gradient cut.npz -o out.npz", "cut.npz is damaged or cut off: it has no directory of its arrays."],
    [
      1,
      "gradient damaged.npz --key plain -o out.npz",
      "damaged.npz is damaged: the checksum of plain.npy does not match.",
    ],
    [1, "gradient text.npy -o out.npy", "text.npy holds '<U2', which has no gradient."],
    [1, "gradient escape.npy -o out.npy", "escape.npy holds '?[2J', which has no gradient."],
    [1, "gradient step.npy -o out.npy", "step.npy holds a single number, which has no gradient."],
    [1, "gradient stored.npz -o out.npy", "stored.npz holds plain, x: choose one with --key."],
    [1, "gradient stored.npz --key y -o out.npy", 'stored.npz has no array "y"; it holds plain, x.'],
    [
      1,
      "gradient line-C.npy --key y -o out.npy",
      "line-C.npy is no .npz file, so there is no array to choose with --key.",
    ],
    [
      1,
      "gradient header.csv -o out.npy",
      'header.csv has "a" in line 1 where a number was expected: if it is a header, skip it with --skip-header 1.',
    ],
    [
      1,
      "gradient semicolons.csv -o out.npy",
      'semicolons.csv has "5;1" in line 1 where a number was expected: numbers need commas between them.',
    ],
    [
      1,
      "gradient first.csv -o out.npy",
      "first.csv has nothing in line 1, column 2, where a number was expected (nan is one).",
    ],
    [1, "gradient ragged.csv -o out.npy", "ragged.csv has 3 fields in line 2, but 2 before it."],
    [
      1,
      "gradient gap.csv -o out.npy",
      "gap.csv has nothing in line 2, column 2, where a number was expected (nan is one).",
    ],
    [
      1,
      "gradient plain-C.npy --axis 2 -o out.npy",
      "plain-C.npy has no such gradient: axis 2 is out of bounds for array of dimension 2.",
    ],
    [1, "gradient plain-C.npy --axis 0 -2 -o out.npy", "plain-C.npy has no such gradient: repeated axis."],
    [
      1,
      "gradient plain-C.npy --spacing 1 2 3 -o out.npy",
      "--spacing takes one number for all axes, or for each axis a number or a file; got 3, and the number of axes is 2.",
    ],
    [
      1,
      "gradient plain-C.npy --spacing stored.npz 1 -o out.npy",
      "stored.npz holds plain, x: choose one with --spacing stored.npz:NAME.",
    ],
    [
      1,
      "gradient plain-C.npy --spacing line-C.npy 1 -o out.npy",
      "plain-C.npy has no such gradient: when 1d, distances must match the length of the corresponding dimension.",
    ],
    [
      1,
      "gradient plain-C.npy",
      "There are 2 results, which are too many for standard output: name an --output, or one --axis.",
    ],
    [
      1,
      "gradient block-C.npy -o out.png",
      "The result has shape [3,10,3], but a map is made of two axes with at least one sample each.",
    ],
    [1, "gradient c8.npy -o out.csv", "The result is complex64, but a csv holds real numbers: write .npy or .npz."],
  ] as const)("%i: steepest %s", async (code, args, sentence) => {
    const before = readdirSync(directory);
    const ended = await steepest(args);
    expect(ended).toEqual({ code, stdout: Buffer.alloc(0), stderr: `steepest: ${sentence}\n` });
    expect(readdirSync(directory)).toEqual(before);
  });
});

test.each([
  ["--help", /^steepest: NumPy's gradient/],
  ["help gradient", /--edge-order/],
  ["gradient --help", /--edge-order/],
  ["--version", new RegExp(`^${VERSION}\n$`)],
])("steepest %s", async (args, text) => {
  const { code, stdout, stderr } = await steepest(args);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.toString()).toMatch(text);
});

test.each([
  ["plain-C.npy", "- --axis 0 --edge-order 2"],
  ["plain-F.npy", "- --axis 0 --edge-order 2"],
  ["deflated.npz", "- --axis 0 --edge-order 2 --key plain"],
  ["table.csv", "- --axis 0 --edge-order 2 -f npy"],
])("%s through pipes gives the bytes of files", async (file, args) => {
  const piped = await steepest(`gradient ${args}`, fixture(file));
  expect([piped.code, piped.stderr]).toEqual([0, ""]);
  expect((await steepest(`gradient ${args.replace("-", file)} -o piped.npy`)).code).toBe(0);
  expect(piped.stdout.equals(result("piped.npy"))).toBe(true);
});

test("what was written can be read: archives, files over their own input, links", async () => {
  copyFileSync(join(FIXTURES, "plain-C.npy"), join(directory, "own.npy"));
  symlinkSync("own.npy", join(directory, "link.npy"));
  for (const args of ["plain-C.npy -o twice.npz", "twice.npz --key axis_1 --axis 0 -o twice.npy"])
    expect(await steepest(`gradient ${args}`)).toMatchObject({ code: 0, stderr: "" });
  for (const args of ["own.npy --axis 1 -o own.npy", "own.npy --axis 0 -o link.npy"])
    expect(await steepest(`gradient ${args}`)).toMatchObject({ code: 0, stderr: "" });
  expect(result("own.npy").equals(result("twice.npy"))).toBe(true);
  expect(lstatSync(join(directory, "link.npy")).isSymbolicLink()).toBe(true);
});

test.each(["64", "0"])("coordinates that are not real numbers are refused, with %s MiB", async (memory) => {
  const header = fixture("c8.npy").toString("latin1", 0, 128).replace("(9, 4)", "(11,) ");
  writeFileSync(join(directory, "complex.npy"), Buffer.concat([Buffer.from(header, "latin1"), Buffer.alloc(88)]));
  const { code, stderr } = await steepest(`gradient column.csv --spacing complex.npy --memory ${memory} -o out.npy`);
  expect([code, stderr]).toEqual([
    1,
    "steepest: column.csv has no such gradient: Spacing 1 must be real numbers; got an array of complex64.\n",
  ]);
});

test("a csv gives a csv, in numbers that read as the same", async () => {
  const input = "0,nan,1e-5\n-0.1,inf,2\r\n\n0.30000000000000004,-1,3";
  const { code, stdout, stderr } = await steepest("gradient - --axis 0", Buffer.from(input));
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.toString()).toBe("-0.1,nan,1.99999\n0.15000000000000002,nan,1.499995\n0.4,-inf,1\n");
});

test("float32 is written in as many digits as it has, row by row from any order", async () => {
  const expected = gradient(Float32Array.of(0.1, 0.7, 0.25));
  const file = Buffer.from(Float32Array.of(0.1, 0.7, 0.25).buffer);
  const header = fixture("plain-f4.npy")
    .toString("latin1", 0, 128)
    .replace("(11, 5)", "(1, 3) ")
    .replace("False", "True ");
  const { stdout } = await steepest("gradient - --axis 1 -f csv", Buffer.concat([Buffer.from(header, "latin1"), file]));
  expect(stdout.toString()).toBe("0.59999996,0.075,-0.45\n");
  expect(Float32Array.from(stdout.toString().split(","), Number)).toEqual(expected);
  const rows = await steepest("gradient plain-F.npy --axis 0 -f csv");
  expect(rows.stdout).toEqual((await steepest("gradient plain-C.npy --axis 0 -f csv")).stdout);
});

test("an array without elements, along an axis that has some, gives one", async () => {
  const header = fixture("plain-C.npy").toString("latin1", 0, 128).replace("(11, 5)", "(0, 5) ");
  const empty = Buffer.from(header, "latin1");
  const { code, stdout, stderr } = await steepest("gradient - --axis 1", empty);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.subarray(10)).toHaveLength(118);
  expect(stdout.toString("latin1")).toMatch(/'<f8', 'fortran_order': False, 'shape': \(0, 5\)/);
});

// Windows kills at once, and has no /dev/full.
describe.skipIf(process.platform === "win32")("what ends from outside", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s leaves no part of a file, and what was there before", async (signal, expected) => {
    writeFileSync(join(directory, "old.npy"), "old");
    const before = readdirSync(directory);
    const child = spawn(process.execPath, [CLI, "gradient", "-", "--memory", "0", "-o", "old.npy"], { cwd: directory });
    child.stdin.on("error", () => {});
    // Half of the numbers: the rest is waited for.
    child.stdin.write(fixture("line-C.npy").subarray(0, 160));
    while (readdirSync(directory).length === before.length) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill(signal);
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, readdirSync(directory), result("old.npy").toString()]).toEqual([expected, before, "old"]);
  });

  test.runIf(existsSync("/dev/full"))("a full device under standard output is one sentence", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [CLI, "gradient", "line-C.npy"], {
      cwd: directory,
      stdio: ["ignore", full, "pipe"],
    });
    let stderr = "";
    child.stderr!.on("data", (chunk) => (stderr += chunk));
    const code = await new Promise((resolve) => child.on("close", resolve));
    closeSync(full);
    expect([code, stderr]).toEqual([
      1,
      "steepest: standard output could not be written: no space is left on the device.\n",
    ]);
  });
});

test("a reader that stops early is no error to speak of", async () => {
  const child = spawn(process.execPath, [CLI, "gradient", "-", "-f", "csv"], { cwd: directory });
  const lines = "1\n2\n4\n".repeat(200_000);
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(lines);
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([1, ""]);
});

describe("maps", () => {
  const rows = [
    [0, 3, 6, 9],
    [4, 7, Number.NaN, 13],
    [8, 20, 9, 17],
  ];
  const table = Buffer.from(rows.map((row) => row.join(",")).join("\n"));

  test("are as long as the gradient, and transparent where it is not a number", async () => {
    const { code, stdout, stderr } = await steepest("gradient - -f png --range 0 10", table);
    expect([code, stderr]).toEqual([0, ""]);
    const { width, height, data } = PNG.sync.read(stdout);
    expect([width, height]).toEqual([4, 3]);
    const [dy, dx] = gradient(rows);
    const colours = rows.map((row, i) =>
      row.map((_, j) => {
        const t = Math.min(1, Math.hypot(dy[i][j], dx[i][j]) / 10);
        return Number.isNaN(t) ? [0, 0, 0, 0] : [...viridis(Math.round(254 * t) / 254), 255];
      }),
    );
    expect([...data]).toEqual(colours.flat(2));
    expect(new Set(colours.flat().map(String)).size).toBeGreaterThan(3);
  });

  test("of one axis show its sign, from the smallest to the largest, and say so", async () => {
    const { stdout } = await steepest("gradient - -f png --axis 0", Buffer.from("0,0,0\n1,0,-3"));
    const { data } = PNG.sync.read(stdout);
    // 1, 0, -3
    expect([...data.subarray(0, 12)]).toEqual([1, 191 / 254, 0].flatMap((t) => [...viridis(t), 255]));
    expect(stdout.toString("latin1")).toContain("Description\0derivative along axis 0, -3 to 1");
  });
});

test("demo measures the terrain, finds NIST's parameters, walks down, reads digits and draws", async () => {
  const { code, stdout, stderr } = await steepest("demo -o pictures");
  expect([code, stderr]).toEqual([0, ""]);
  const text = stdout.toString();
  expect(text).toContain("86 x 101 elevations");
  expect(text).toContain("slope: 9.1° on average, 25.7° at most\n");
  expect(text).toContain("found:           72.4622  2.61808  0.0673592\n");
  expect(text).toContain("   100  1.01852e-9       4.07407e-10\n");
  const [, right] = /480 to learn from, 160 held out\n[\s\S]*?([\d.]+) % of the held-out/.exec(text)!;
  expect(Number(right)).toBeGreaterThan(94);
  for (const [name, width] of [
    ["relief", 640],
    ["slope", 640],
    ["digits", 766],
  ] as const) {
    const path = join("pictures", `${name}.png`);
    expect(text).toContain(`  wrote ${path}\n`);
    const { data, ...size } = PNG.sync.read(result(path));
    expect(size.width).toBe(width);
    expect(new Set(data).size).toBeGreaterThan(50);
  }
});
