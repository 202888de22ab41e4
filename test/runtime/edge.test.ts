import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { build } from "esbuild";
import { test } from "vitest";
import { expectNumPy } from "./expectations.js";
import { inProject } from "./run.js";

test("Vercel's edge runtime, which generates no code", async () => {
  // As Next.js does: what "?module" imports is compiled ahead and bound to a global.
  const compiled: Record<string, WebAssembly.Module> = {};
  const {
    outputFiles: [bundled],
  } = await build({
    entryPoints: [inProject("edge.mjs")],
    bundle: true,
    write: false,
    conditions: ["edge-light"],
    plugins: [
      {
        name: "wasm-globals",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => ({
            path: join(resolveDir, path.replace("?module", "")),
            namespace: "wasm-globals",
          }));
          onLoad({ filter: /./, namespace: "wasm-globals" }, ({ path }) => {
            const name = `wasm_${Object.keys(compiled).length}`;
            compiled[name] = new WebAssembly.Module(readFileSync(path));
            return { contents: `export default ${name};` };
          });
        },
      },
    ],
  });

  const runtime = new EdgeRuntime({
    codeGeneration: { strings: false, wasm: false },
    extend: (context) => Object.assign(context, compiled),
    initialCode: bundled.text,
  });
  const response = await runtime.dispatchFetch("http://localhost/");
  await response.waitUntil();
  expectNumPy(await response.json());
});
