import { build } from "esbuild";
import { execute } from "lambda-local";
import { expect, test } from "vitest";
import { expectNumPy } from "./expectations.js";
import { inProject } from "./run.js";

test("Lambda's handler, bundled to CommonJS", async () => {
  const lambdaPath = inProject("lambda.bundled.cjs");
  await build({
    entryPoints: [inProject("lambda.mjs")],
    outfile: lambdaPath,
    bundle: true,
    platform: "node",
    format: "cjs",
  });
  const response = await execute({ event: {}, lambdaPath, verboseLevel: 0, timeoutMs: 60_000 });
  const { statusCode, body } = response as { statusCode: number; body: string };
  expect(statusCode).toBe(200);
  expectNumPy(JSON.parse(body));
});
