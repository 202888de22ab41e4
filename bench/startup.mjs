/** What importing the package and a first call cost beyond Node's own start, in milliseconds. */
import { spawnSync } from "node:child_process";
import { median } from "./statistics.mjs";

const REPEATS = 15;
const PACKAGE = new URL("../dist/index.js", import.meta.url).href;
const PROGRAMS = {
  empty: "",
  used: `import { gradient } from ${JSON.stringify(PACKAGE)};
if (gradient(new Float64Array([1, 2, 4]))[1] !== 1.5) throw new Error("wrong");`,
};

export function startup(node) {
  const times = { empty: [], used: [] };
  for (let repeat = 0; repeat < REPEATS; ++repeat) {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      const start = performance.now();
      const { status, stderr } = spawnSync(node.path, ["--input-type=module", "-e", program], { encoding: "utf8" });
      times[name].push(performance.now() - start);
      if (status !== 0) throw new Error(stderr);
    }
  }
  return median(times.used.map((time, repeat) => time - times.empty[repeat]));
}
