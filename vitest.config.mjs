import { defineConfig } from "vitest/config";
import { constants, embeddedFamilies } from "./rollup.config.mjs";

export default defineConfig(({ mode }) => ({
  test: {
    reporters: ["default", "./test/closing.mjs"],
    projects: [
      {
        plugins: [embeddedFamilies(), constants()],
        test: {
          name: "unit",
          env: { LONG: mode === "long" ? "1" : "", RANDOM_CASES: mode === "random" ? "1" : "" },
          setupFiles: "test/seed.ts",
          include: ["test/**/*.test.ts"],
          exclude: ["test/runtime/**", "test/site/**"],
        },
      },
      {
        // Installs the packed tarball once, then uses it in one runtime a file.
        test: {
          name: "runtime",
          include: ["test/runtime/*.test.ts"],
          globalSetup: "test/runtime/install.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Builds the page once, from the packed package, and visits it.
        test: {
          name: "site",
          include: ["test/site/*.test.ts"],
          globalSetup: "test/site/serve.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
}));
