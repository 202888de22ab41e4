/** tfjs with its gradients, which the files of tfjs-core for Node do not register: a bundle of its modules does. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
let bundle;
const directory = mkdtempSync(join(tmpdir(), "steepest-tfjs-"));
try {
  const outfile = join(directory, "tfjs.cjs");
  await build({
    stdin: {
      contents: `import "@tensorflow/tfjs-core/dist/register_all_gradients";
        export * from "@tensorflow/tfjs-core";
        export { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";`,
      resolveDir: here,
    },
    bundle: true,
    platform: "node",
    mainFields: ["module", "main"],
    format: "cjs",
    outfile,
    logLevel: "error",
  });
  bundle = createRequire(import.meta.url)(outfile);
} finally {
  rmSync(directory, { recursive: true });
}

/** Its functions, on one thread of WebAssembly. */
export const tf = bundle;
tf.setWasmPaths(join(here, "node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/"));
tf.setThreadsCount(1);
await tf.setBackend("wasm");
