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

/** The engine's own decoder where it has one: the loop below takes 2 ms before it is compiled. */
function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromHex?: (hex: string) => Uint8Array<ArrayBuffer> }).fromHex;
  if (native !== undefined) return native.call(Uint8Array, hex);
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: "hex"): Uint8Array<ArrayBuffer> } };
  if (Buffer !== undefined) return Buffer.from(hex, "hex");
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
