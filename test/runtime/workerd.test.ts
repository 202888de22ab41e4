import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectNumPy } from "./expectations.js";
import { inProject } from "./run.js";

/** A worker as wrangler deploys it: one bundle, and each .wasm a module beside it, compiled ahead. */
async function bundle() {
  const modules: ConstructorParameters<typeof Miniflare>[0]["modules"] = [];
  const {
    outputFiles: [bundled],
  } = await build({
    entryPoints: [inProject("worker.mjs")],
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    plugins: [
      {
        name: "wasm-modules",
        setup({ onResolve }) {
          onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
            const name = basename(path);
            modules.push({ type: "CompiledWasm", path: name, contents: readFileSync(join(resolveDir, path)) });
            return { path: `./${name}`, external: true };
          });
        },
      },
    ],
  });
  return [{ type: "ESModule" as const, path: "worker.mjs", contents: bundled.text }, ...modules];
}

// Workers of the older date have no FinalizationRegistry.
describe.for(["2024-09-01", "2026-04-01"])("workerd as of %s", (compatibilityDate) => {
  let worker: Miniflare;
  beforeAll(async () => {
    worker = new Miniflare({ modules: await bundle(), compatibilityDate });
    await worker.ready;
  });
  afterAll(() => worker.dispose());

  const ask = async (path: string) => (await worker.dispatchFetch(`http://localhost${path}`)).json();

  test("computes what NumPy does", async () => {
    expectNumPy(await ask("/"));
  });

  test("lives within 128 MB while results are forgotten", async () => {
    const { answers, reserved } = (await ask("/churn")) as { answers: string[]; reserved: number };
    expect(answers).toHaveLength(1);
    expect(reserved).toBeLessThanOrEqual(48 * 2 ** 20);
    console.log(
      require("node:child_process")
        .execSync("for p in $(pgrep -x workerd); do grep -E 'VmHWM|RssAnon|PPid' /proc/$p/status; done")
        .toString(),
    );
  });
});
