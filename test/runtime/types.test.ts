import { execFile } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, test } from "vitest";
import { inProject, tool } from "./run.js";

const resolutions = [
  { module: "esnext", moduleResolution: "bundler" },
  { module: "nodenext", moduleResolution: "nodenext" },
];

beforeAll(() => cpSync(join(import.meta.dirname, "../types"), inProject("types"), { recursive: true }));

// Without skipLibCheck, the declarations of the package are checked too.
test.for(resolutions)(
  "types resolve under moduleResolution $moduleResolution",
  async ({ module, moduleResolution }) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    const config = inProject(`tsconfig.${moduleResolution}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ["types"] }));
    try {
      await promisify(execFile)(tool("tsc"), ["-p", config]);
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout);
    }
  },
);
