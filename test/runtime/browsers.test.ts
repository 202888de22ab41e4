import { copyFileSync } from "node:fs";
import { promisify } from "node:util";
import { build as vite } from "vite";
import { afterAll, beforeAll, describe, test } from "vitest";
import webpack, { type Configuration, type Stats } from "webpack";
import { type Browser, chromium, firefox, webkit } from "./browsers.js";
import { expectNumPy, expectSlim, FORMS } from "./expectations.js";
import { inProject } from "./run.js";
import { serve } from "./serve.js";

/** bundled.html as Vite builds it, and the same page beside what webpack makes of its script. */
async function bundle(): Promise<void> {
  await vite({
    root: inProject(),
    base: "/vite/",
    configFile: false,
    logLevel: "warn",
    build: { outDir: "vite", rolldownOptions: { input: inProject("bundled.html") } },
  });
  const stats = await promisify<Configuration, Stats | undefined>(webpack)({
    mode: "production",
    context: inProject(),
    entry: "./page.mjs",
    output: { path: inProject("webpack"), filename: "page.mjs" },
    performance: { hints: "error", maxAssetSize: 2 ** 19, maxEntrypointSize: 2 ** 19 },
  });
  if (stats?.hasErrors() || stats?.hasWarnings()) throw new Error(stats.toString());
  copyFileSync(inProject("bundled.html"), inProject("webpack/bundled.html"));
}

let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  [server] = await Promise.all([serve(), bundle()]);
});
afterAll(() => server.close());

for (const { name, missing, launch } of [chromium, firefox, webkit]) {
  describe(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      if (missing === undefined) browser = await launch();
    });
    afterAll(() => browser?.close());

    const page = (title: string, path: string, check: (results: unknown) => void) =>
      test(title, async ({ skip }) => {
        if (browser === undefined) skip(missing);
        else check(JSON.parse(await browser.textOf(server.address + path)));
      });

    page("plain modules through an import map", "/page.html", expectNumPy);
    page("a Vite build", "/vite/bundled.html", expectNumPy);
    page("a webpack build", "/webpack/bundled.html", expectNumPy);
    for (const form of FORMS) page(`steepest/slim, its kernels as ${form}`, `/slim.html?${form}`, expectSlim);
  });
}
