/**
 * Digits of a derivative, and what they cost: this package beside Ridders' method, and SciPy where Python has it.
 *
 *     npm run bench:accuracy     prints the table and writes ACCURACY.md
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { derivative, numericalGradient } from "../dist/index.js";
import { CLASSIC, OTHERS } from "../test/fixtures/derivative-functions.mjs";

const here = new URL(".", import.meta.url);
const cases = readFileSync(new URL("../test/fixtures/derivative.jsonl", here), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

/** [relative error or null, evaluations, whether the estimate holds or null] for each case. */
function measure(set, order, run) {
  return cases
    .filter((c) => c.set === set)
    .map(({ f, x, value }) => {
      const of = CLASSIC[f] ?? OTHERS[f];
      let calls = 0;
      const counted = (at) => {
        ++calls;
        return of(at);
      };
      const truth = value[order - 1];
      let result = [Number.NaN];
      try {
        result = run(counted, x);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      const off = Math.abs(result[0] - truth);
      const relative = off / (Math.abs(truth) || 1);
      return [Number.isFinite(relative) ? relative : null, calls, result[1] === undefined ? null : off <= result[1]];
    });
}

/** C. J. F. Ridders (1982), with the constants of Numerical Recipes: steps from h0 on, each 1.4 times smaller. */
function ridders(f, x) {
  const h0 = 0.1 * Math.max(1, Math.abs(x));
  let [best, error] = [Number.NaN, Infinity];
  let before = [];
  for (let i = 0, h = h0; i < 8; ++i, h /= 1.4) {
    const row = [(f(x + h) - f(x - h)) / (2 * h)];
    for (let j = 1, factor = 1.96; j <= i; ++j, factor *= 1.96) {
      row.push((factor * row[j - 1] - before[j - 1]) / (factor - 1));
      const spread = Math.max(Math.abs(row[j] - row[j - 1]), Math.abs(row[j] - before[j - 1]));
      if (spread <= error) [best, error] = [row[j], spread];
    }
    if (i > 0 && Math.abs(row[i] - before[i - 1]) >= 2 * error) break;
    before = row;
  }
  return [best, error];
}

const adaptive = (order) => (f, x) => {
  const { value, error } = derivative(f, x, { order });
  return [value, error];
};

const COLUMNS = ["method", "evaluations", "median error", "worst", "< 1e-6", "< 1e-9", "< 1e-12", "estimate ≥ error"];
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const brief = (v) => (Number.isFinite(v) ? v.toExponential(1) : "fails");

function row(name, results) {
  const errors = results.map(([error]) => error ?? Infinity);
  const calls = results.map(([, count]) => count);
  const [least, most] = [Math.min(...calls), Math.max(...calls)];
  const below = (limit) => errors.filter((e) => e < limit).length;
  const held = results.map(([, , holds]) => holds).filter((holds) => holds !== null);
  return [
    name,
    least === most ? least : `${median(calls)} (${least} to ${most})`,
    brief(median(errors)),
    brief(Math.max(...errors)),
    below(1e-6),
    below(1e-9),
    below(1e-12),
    held.length === 0 ? "-" : `${held.filter(Boolean).length} of ${held.length}`,
  ];
}

const table = (rows) =>
  [COLUMNS, COLUMNS.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function scipy() {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const { status, stdout } = spawnSync(python, [new URL("accuracy.py", here).pathname], { encoding: "utf8" });
    if (status === 0) return Object.entries(JSON.parse(stdout));
  }
  return [];
}

/** Figures of others on the same 24, that are not installed here; of unknown versions. */
const ELSEWHERE = [
  ["scipy.differentiate, default", "11 (9 to 27)", "1.6e-12", "fails", 21, 20, 12, "22 of 22"],
  ["numdifftools, default", "31", "7.0e-14", "fails", 23, 23, 18, "23 of 23"],
];

const gradient = (method) => (f, x) => [numericalGradient(f, x, { method })];
const others = scipy().map(([name, results]) => row(name, results));
const measured = new Set(others.map(([name]) => name.split(" ").pop()));
const classic = [
  row("`numericalGradient`, forward", measure("classic", 1, gradient("forward"))),
  row("`numericalGradient`, central", measure("classic", 1, gradient("central"))),
  row("**`derivative`**", measure("classic", 1, adaptive(1))),
  row("Ridders (Numerical Recipes)", measure("classic", 1, ridders)),
  ...others,
];
const elsewhere = ELSEWHERE.filter(([name]) => !(name.startsWith("scipy") && measured.has("differentiate")));
const orders = [1, 2, 3, 4].flatMap((order) => [
  row(`order ${order}, the 24`, measure("classic", order, adaptive(order))),
  row(`order ${order}, 154 others`, measure("others", order, adaptive(order))),
]);

const report = `# Accuracy of derivatives

Made by \`npm run bench:accuracy\` on Node ${process.version}. Errors are relative; the truth has 100 digits
([derivative.py](../test/fixtures/derivative.py)). "fails" is a result that is not finite.

## The 24 classic functions

${table(classic)}

Measured elsewhere, in versions that are not known:

${table(elsewhere)}

## derivative, by order

The others are noisy, kinked, oscillating, nearly flat, of scales from 1e-12 to 1e12; those with derivative 0 count with
their absolute error. No method has digits that the values of f lack: noise of 1e-10, float32, and 6e-7 beside a value
of 1 (tanh(10x) at .9) make up most of those above 1e-9 at order 1. At higher orders some derivatives are so small
beside f (1e-48 beside 1) that no digit of theirs is in its values.

${table(orders)}
`;
writeFileSync(new URL("ACCURACY.md", here), report);
console.log(report);
