import { scenario } from "./scenario.mjs";

/** What steepest/slim says before it has its kernels, and its results once it was given them in one of the forms it takes. */
export async function slim(address, form) {
  const bytes = async () => (await fetch(address)).arrayBuffer();
  const sources = {
    module: async () => WebAssembly.compile(await bytes()),
    buffer: bytes,
    view: async () => new Uint8Array(await bytes()),
    response: () => fetch(address),
    // In Node, Deno and Bun a file.
    URL: () => new URL(import.meta.resolve("steepest/steepest.wasm")),
    string: () => address,
  };
  const steepest = await import("steepest/slim");
  let refusal;
  try {
    steepest.gradient([1, 2, 4]);
  } catch (error) {
    refusal = error.message;
  }
  await steepest.init(sources[form]());
  return { refusal, ...scenario(steepest) };
}
