import { readFileSync } from "node:fs";
import source from "kernels/gradient.wasm";
import { expect, test, vi } from "vitest";
import { memory } from "../../src/wasm/heap.js";
import { embed, lazyKernels } from "../../src/wasm/kernels.js";

const bytes = readFileSync(new URL("../../build/gradient.wasm", import.meta.url));
const value = {};
const embedded = embed(value, {});

test("embedding gives the value itself", () => {
  expect(embedded).toBe(value);
});

test("a family is compiled at its first use, and once", () => {
  const compile = vi.spyOn(WebAssembly, "Module");
  const kernels = lazyKernels<{ step(): void }>(source);
  expect(compile).not.toHaveBeenCalled();
  const first = kernels();
  expect(kernels()).toBe(first);
  expect(compile).toHaveBeenCalledTimes(1);
  expect(typeof first.step).toBe("function");
  compile.mockRestore();
});

test("kernels work on the one linear memory and import nothing else", () => {
  const module = new WebAssembly.Module(bytes);
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  const { step } = lazyKernels<{ step(x: number, size: number): number }>(source)();
  new Float64Array(memory.buffer, 64, 2).set([1.5, 4]);
  expect(step(64, 8)).toBe(2.5);
});

test("steepest/slim says what to do when no kernels were brought, and takes those that are", async () => {
  const { init } = await import("../../src/slim.js");
  const kernels = lazyKernels<{ step(x: number, size: number): number }>("a family that is not embedded");
  expect(kernels).toThrow(/steepest\/slim carries no kernels: await init/);
  await init(new WebAssembly.Module(bytes));
  expect(typeof kernels().step).toBe("function");
});
