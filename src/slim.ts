import { describe } from "./ndarray/dtype.js";
import { provide } from "./wasm/kernels.js";

export * from "./index.js";

provide(() => {
  throw new Error(
    "steepest/slim carries no kernels: await init(module, bytes, response or URL) before the first call.",
  );
});

/**
 * Brings the kernels to `steepest/slim`, which carries none: for a page that hosts the binary itself, whose content
 * security policy or bundler wants it apart, or a browser that compiles large modules asynchronously only.
 *
 * @param source the file `steepest/steepest.wasm` as a compiled module, bytes, a Response (a promise of any of these),
 *   or the URL to fetch it from
 * @returns a promise that is fulfilled when every function of the package may be called
 * @throws {TypeError} if the source is none of these or the response is not a success
 * @example
 * import { gradient, init } from "steepest/slim";
 * await init(new URL("./steepest.wasm", import.meta.url));
 * console.log(gradient([1, 2, 4])); // [ 1, 1.5, 2 ]
 */
export async function init(source: KernelSource | Promise<KernelSource>): Promise<void> {
  // What is compiled is there at once: an entry of an edge runtime cannot wait before its exports are used.
  const given = kindOf(source) === "WebAssembly.Module" ? source : await source;
  const kind = kindOf(given);
  if (kind === "WebAssembly.Module") return provideModule(given as WebAssembly.Module);
  if (kind === "ArrayBuffer") return provideModule(await WebAssembly.compile(given as BufferSource));
  const response = kind === "String" || kind === "URL" ? await request(given as string | URL) : (given as Response);
  if (typeof response?.arrayBuffer !== "function")
    throw new TypeError(`init takes a WebAssembly.Module, bytes, a Response or a URL; got ${describe(given)}.`);
  if (response.ok === false)
    throw new TypeError(
      `init could not load the kernels: ${response.url} answered ${response.status} ${response.statusText}.`,
    );
  provideModule(await WebAssembly.compile(await response.arrayBuffer()));
}

/** By name, for `instanceof` is false where another realm made the object: a frame, a vm context, a test runner. */
function kindOf(source: unknown): string {
  return ArrayBuffer.isView(source) ? "ArrayBuffer" : Object.prototype.toString.call(source).slice(8, -1);
}

function provideModule(module: WebAssembly.Module): void {
  provide(() => module);
}

/** As `fetch`, which Node has for http only: a file beside a module has a URL too. */
async function request(address: string | URL): Promise<Response> {
  // Asked for at run time: bundlers for the browser fail on an import of node:fs.
  const node = (globalThis as { process?: { getBuiltinModule?(name: "node:fs"): FileSystem } }).process;
  if (!String(address).startsWith("file:") || node?.getBuiltinModule === undefined) return fetch(address);
  return new Response(await node.getBuiltinModule("node:fs").promises.readFile(new URL(address)));
}

interface FileSystem {
  promises: { readFile(path: URL): Promise<BufferSource> };
}

/** What `init` takes. */
export type KernelSource = WebAssembly.Module | BufferSource | Response | URL | string;
