import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";

const bytes = new Uint8Array(readFileSync(new URL("../build/steepest.wasm", import.meta.url)));

async function fresh() {
  vi.resetModules();
  // The name alone, as in the package: the sources in tests bring the binary with it.
  vi.doMock("kernels/gradient.wasm", () => ({ default: "gradient" }));
  return import("../src/slim.js");
}

/** As a frame, a vm context or a test runner makes them: `instanceof` is false. */
const foreign = (code: string) => runInNewContext(code, { bytes, URL });

test.each([
  ["a module", "new WebAssembly.Module(bytes)"],
  ["bytes", "Uint8Array.from(bytes)"],
  ["a buffer", "Uint8Array.from(bytes).buffer"],
  ["a response", "({ ok: true, arrayBuffer: async () => Uint8Array.from(bytes).buffer })"],
  ["a URL", `new URL("${new URL("../build/steepest.wasm", import.meta.url)}")`],
])("init takes %s of another realm", async (_, code) => {
  const { init, gradient } = await fresh();
  expect(() => gradient([1, 2, 4])).toThrow("steepest/slim carries no kernels");
  await init(foreign(code));
  expect(gradient([1, 2, 4])).toEqual([1, 1.5, 2]);
});

test("init says what it takes, and what a server answered", async () => {
  const { init } = await fresh();
  for (const [value, shown] of [
    [undefined, "undefined"],
    [null, "null"],
    [5, "5"],
    [{}, "an object of class Object"],
  ]) {
    await expect(init(value as never)).rejects.toThrow(
      new TypeError(`init takes a WebAssembly.Module, bytes, a Response or a URL; got ${shown}.`),
    );
  }
  await expect(init(new Response("", { status: 404, statusText: "Not Found" }))).rejects.toThrow(
    "init could not load the kernels:  answered 404 Not Found.",
  );
});
