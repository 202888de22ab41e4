import { scenario } from "./scenario.mjs";

/** The results of steepest/slim, given its kernels in each form it takes. */
export async function slim(address) {
  const bytes = async () => (await fetch(address)).arrayBuffer();
  const sources = {
    module: async () => WebAssembly.compile(await bytes()),
    buffer: bytes,
    view: async () => new Uint8Array(await bytes()),
    response: () => fetch(address),
    URL: () => new URL(address, globalThis.location?.href),
    string: () => address,
  };
  const results = {};
  for (const [name, source] of Object.entries(sources)) {
    // A query makes it a module of its own, without the kernels that the others were given.
    const steepest = await import(`${import.meta.resolve("steepest/slim")}?${name}`);
    let refusal;
    try {
      steepest.gradient([1, 2, 4]);
    } catch (error) {
      refusal = error.message;
    }
    await steepest.init(source());
    results[name] = { refusal, ...scenario(steepest) };
  }
  return results;
}
