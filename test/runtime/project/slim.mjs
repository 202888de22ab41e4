import { scenario } from "./scenario.mjs";

/** The results of steepest/slim, given its kernels in each form it takes, or in the given ones. */
export async function slim(address, ...forms) {
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
  const results = {};
  for (const form of forms.length > 0 ? forms : Object.keys(sources)) {
    // A query makes it a module of its own, without the kernels that the others were given; not in Deno and Bun.
    const steepest = await import(`${import.meta.resolve("steepest/slim")}?${form}`);
    let refusal;
    try {
      steepest.gradient([1, 2, 4]);
    } catch (error) {
      refusal = error.message;
    }
    await steepest.init(sources[form]());
    results[form] = { refusal, ...scenario(steepest) };
  }
  return results;
}
