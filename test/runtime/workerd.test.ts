import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectNumPy } from "./expectations.js";
import { inProject } from "./run.js";

const MiB = 2 ** 20;

/** The most memory that the workerd of this process has held so far, where Linux tells; else 0. */
function peakMemory(): number {
  if (process.platform !== "linux") return 0;
  const children = readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" "),
  );
  const statuses = children.filter(Boolean).map((id) => readFileSync(`/proc/${id}/status`, "utf8"));
  const kilobytes = statuses.map((status) => /^Name:\tworkerd$[\s\S]*^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  return Math.max(...kilobytes.map(Number)) * 1024;
}

/** A worker as wrangler deploys it: one bundle, and each .wasm a module beside it, compiled ahead. */
async function bundle() {
  const modules: { type: "CompiledWasm"; path: string; contents: Uint8Array<ArrayBuffer> }[] = [];
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
    // What forgetting as much costs any program: V8 collects late.
    await ask("/forget");
    const before = peakMemory();
    const { answers, reserved } = (await ask("/churn")) as { answers: string[]; reserved: number };
    expect(answers).toHaveLength(1);
    expect(reserved).toBeLessThanOrEqual(48 * MiB);
    expect(peakMemory() - before).toBeLessThan(128 * MiB);
  });
});
