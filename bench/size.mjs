/** Bytes of a bundle: minified, gzip -9, WebAssembly included. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** @param what names in braces, or * for all */
export async function bundleSize(from, what = "{ gradient }") {
  const { outputFiles } = await build({
    stdin: {
      contents: `export ${what} from ${JSON.stringify(from)};`,
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
