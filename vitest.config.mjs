import { defineConfig } from "vitest/config";
import { embeddedKernels, maximumMemory } from "./rollup.config.mjs";

export default defineConfig({
  plugins: [embeddedKernels(), maximumMemory(2 ** 30)],
  test: { include: ["test/**/*.test.ts"], exclude: ["test/runtime/**"] },
});
