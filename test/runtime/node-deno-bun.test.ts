import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { expectNumPy, expectSlim } from "./expectations.js";
import { run, tool } from "./run.js";
import { serve } from "./serve.js";

const NODES = join(import.meta.dirname, "../../.ci/nodes");

const nodes = [
  { name: `Node ${process.versions.node}`, program: process.execPath },
  ...[22, 24, 26].map((version) => ({
    name: `Node ${version}`,
    program: join(NODES, `node_modules/node${version}/bin/node`),
  })),
];

for (const { name, program } of nodes) {
  describe(name, () => {
    const missing = existsSync(program) ? undefined : "not installed: npm ci --prefix .ci/nodes";

    test("import", async ({ skip }) => {
      skip(missing !== undefined, missing);
      expectNumPy(await run(program, "main.mjs"));
    });

    test("require", async ({ skip }) => {
      skip(missing !== undefined, missing);
      expectNumPy(await run(program, "main.cjs"));
    });

    test("steepest/slim", async ({ skip }) => {
      skip(missing !== undefined, missing);
      const server = await serve();
      const results = await run(program, "slim-main.mjs", `${server.address}/node_modules/steepest/dist/steepest.wasm`);
      server.close();
      expectSlim(results);
    });
  });
}

test("Deno", async () => {
  expectNumPy(await run(tool("deno"), "run", "--no-remote", "--no-lock", "main.mjs"));
});

test("Bun, import", async () => {
  expectNumPy(await run(tool("bun"), "main.mjs"));
});

test("Bun, require", async () => {
  expectNumPy(await run(tool("bun"), "main.cjs"));
});
