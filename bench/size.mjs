/** Bytes of a bundle that uses gradient alone: minified, gzip -9, WebAssembly included. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export async function bundleSize(from) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { gradient } from ${JSON.stringify(from)};`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
