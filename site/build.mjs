// Builds the page into site/dist, from the package as npm would install it.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { writeData } from "./data.mjs";

const here = import.meta.dirname;

if (!existsSync(join(here, "../dist/index.js")))
  throw new Error("The package is not built: npm run build comes first.");
unpackPackage();
writeData(join(here, "build"));
await build({
  root: here,
  configFile: join(here, "vite.config.mjs"),
  logLevel: process.argv.includes("--quiet") ? "warn" : "info",
});

/** Where `import "steepest"` finds it: what `npm pack` packs, nothing else of this repository. */
function unpackPackage() {
  const place = join(here, "node_modules/steepest");
  const packed = mkdtempSync(join(tmpdir(), "steepest-site-"));
  try {
    const options = {
      cwd: join(here, ".."),
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    };
    execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", packed], options);
    const [tarball] = readdirSync(packed);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    execFileSync("tar", ["-xzf", join(packed, tarball), "--strip-components=1", "-C", place]);
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}
