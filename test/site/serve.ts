import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preview } from "vite";
import type { TestProject } from "vitest/node";
import { launchChrome, missingChrome } from "../runtime/chrome.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the page is served. */
    site: string;
    /** Where Chromium listens; without one, why there is none. */
    chromium: { endpoint?: string; missing?: string };
  }
}

const SITE = fileURLToPath(new URL("../../site", import.meta.url));

/** Builds the page, serves it below a path as a static host may, and starts Chromium. */
export default async function serve({ provide }: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, [join(SITE, "build.mjs"), "--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
  const server = await preview({
    root: SITE,
    configFile: join(SITE, "vite.config.mjs"),
    base: "/some/folder/",
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "warn",
  });
  provide("site", `http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}/some/folder/`);

  const directory = realpathSync(mkdtempSync(join(tmpdir(), "steepest-chromium-")));
  const browser = missingChrome === undefined ? await launchChrome(join(directory, "chromium")) : undefined;
  provide("chromium", browser ? { endpoint: browser.wsEndpoint() } : { missing: missingChrome as string });

  return async () => {
    await browser?.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  };
}
