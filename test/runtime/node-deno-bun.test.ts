import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { expectNumPy, expectSlim, FORMS } from "./expectations.js";
import { run, tool } from "./run.js";
import { serve } from "./serve.js";

const KERNELS = "/node_modules/steepest/dist/steepest.wasm";
const OTHER_NODES = join(import.meta.dirname, "../../.ci/nodes");

const commands: { name: string; command: [string, ...string[]]; missing?: string; forms?: string[] }[] = [
  { name: `Node ${process.versions.node}`, command: [process.execPath] },
  ...[22, 24, 26].map((version) => ({
    name: `Node ${version}`,
    command: [join(OTHER_NODES, `node_modules/node${version}/bin/node`)] as [string],
    missing: "not installed: npm ci --prefix .ci/nodes",
  })),
  { name: "Deno", command: [tool("deno"), "run", "--no-remote", "--no-lock", "--allow-read"], forms: ["URL"] },
  { name: "Bun", command: [tool("bun")], forms: ["URL"] },
];

for (const { name, command, missing, forms = FORMS } of commands) {
  describe(name, () => {
    const absent = missing !== undefined && !existsSync(command[0]);

    test("import", async ({ skip }) => {
      skip(absent, missing);
      expectNumPy(await run(...command, "main.mjs"));
    });

    test("require", async ({ skip }) => {
      skip(absent, missing);
      expectNumPy(await run(...command, "main.cjs"));
    });

    test("steepest/slim", async ({ skip }) => {
      skip(absent, missing);
      const server = await serve();
      try {
        // In a process each, for kernels that were brought stay.
        for (const form of forms) expectSlim(await run(...command, "slim-main.mjs", server.address + KERNELS, form));
      } finally {
        server.close();
      }
    });
  });
}
