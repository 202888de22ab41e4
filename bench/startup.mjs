/** What importing the package and a first call add to a program that does nothing, in milliseconds. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./statistics.mjs";

const REPEATS = 25;
const PACKAGE = new URL("../dist/index.js", import.meta.url).href;
const PROGRAMS = {
  empty: "",
  used: `import { gradient } from ${JSON.stringify(PACKAGE)};
if (gradient(new Float64Array([1, 2, 4]))[1] !== 1.5) throw new Error("wrong");`,
};

export function startup(node) {
  const directory = mkdtempSync(join(tmpdir(), "steepest-startup-"));
  const times = { empty: [], used: [] };
  try {
    for (const [name, program] of Object.entries(PROGRAMS)) writeFileSync(join(directory, `${name}.mjs`), program);
    for (let repeat = 0; repeat < REPEATS; ++repeat) {
      for (const name of Object.keys(PROGRAMS)) {
        const start = performance.now();
        const { status, stderr } = spawnSync(node.path, [join(directory, `${name}.mjs`)], { encoding: "utf8" });
        times[name].push(performance.now() - start);
        if (status !== 0) throw new Error(stderr);
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return median(times.used.map((time, repeat) => time - times.empty[repeat]));
}
