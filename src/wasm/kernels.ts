import { instantiateSync } from "@assemblyscript/loader";
import { memory } from "./heap.js";

/**
 * A compiled module, or its bytes in hexadecimal. Not base64: after gzip it is a third smaller, for it keeps the bytes'
 * pattern visible. The slim build has neither, and is given a module by `init`.
 */
export type Source = WebAssembly.Module | string;

let load = (source: Source): WebAssembly.Module | BufferSource =>
  typeof source === "string" ? bytesOf(source) : ofThisRealm(source);

/** Has every family of kernels come from one module, which must hold them all. */
export function provide(give: () => WebAssembly.Module): void {
  load = () => ofThisRealm(give());
}

/**
 * A family of kernels, compiled at its first use. Kernels take raw pointers and are called through the exports as the
 * engine gives them: the loader's own wrappers cost three times the call.
 */
export function lazyKernels<Kernels>(source: Source): () => Kernels {
  let kernels: Kernels | undefined;
  return () => {
    kernels ??= instantiateSync(load(source), { env: { memory } }).instance.exports as Kernels;
    return kernels;
  };
}

/**
 * The loader knows a module by `instanceof`, which is false where one realm compiles and another runs: in a vm context,
 * such as Vercel's and Next.js's edge runtime.
 */
function ofThisRealm(module: WebAssembly.Module): WebAssembly.Module {
  return Object.setPrototypeOf(module, WebAssembly.Module.prototype);
}

/** By the engine's own decoder where it has one: the last way takes 2 ms before it is compiled. */
function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const { fromHex } = Uint8Array as { fromHex?: (hex: string) => Uint8Array<ArrayBuffer> };
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: "hex"): Uint8Array<ArrayBuffer> } };
  return (
    fromHex?.call(Uint8Array, hex) ??
    Buffer?.from(hex, "hex") ??
    Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  );
}
