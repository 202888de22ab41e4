import { defineConfig } from "vite";

/** What has `light-dark()`, `inert` and module workers. */
const BROWSERS = ["chrome123", "firefox120", "safari17.5"];

export default defineConfig({
  root: import.meta.dirname,
  base: "./", // any folder of any host
  build: {
    target: BROWSERS,
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: addresses are not in the page's policy
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "steepest", test: /node_modules[\\/]steepest[\\/]/ }] } },
    },
  },
  worker: { format: "es" },
  preview: { port: 4173 },
});
