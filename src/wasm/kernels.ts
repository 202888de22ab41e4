import { instantiateSync } from "@assemblyscript/loader";
import { memory } from "./heap.js";

/** A compiled module, or its bytes in hexadecimal; undefined in the slim build, which is given them by `init`. */
export type Source = WebAssembly.Module | string | undefined;

let provided: WebAssembly.Module | undefined;

/** Has every family of kernels come from this module, which must hold them all. */
export function provide(module: WebAssembly.Module): void {
  provided = module;
}

/**
 * A family of kernels, compiled at its first use. Kernels take raw pointers and are called through the exports as the
 * engine gives them: the loader's own wrappers cost three times the call.
 */
export function lazyKernels<Kernels>(source: Source): () => Kernels {
  let kernels: Kernels | undefined;
  return () => {
    kernels ??= instantiateSync(ofThisRealm(provided ?? compile(source)), { env: { memory } }).instance
      .exports as Kernels;
    return kernels;
  };
}

/**
 * The loader knows a module by `instanceof`, which is false where one realm compiles and another runs: in a vm context,
 * such as Vercel's and Next.js's edge runtime.
 */
function ofThisRealm(module: WebAssembly.Module): WebAssembly.Module {
  if (!(module instanceof WebAssembly.Module)) Object.setPrototypeOf(module, WebAssembly.Module.prototype);
  return module;
}

function compile(source: Source): WebAssembly.Module {
  if (source === undefined) {
    throw new Error(
      "steepest/slim carries no kernels: await init(module, bytes, response or URL) before the first call.",
    );
  }
  if (typeof source !== "string") return source;
  // Hexadecimal, not base64: after gzip it is a third smaller, for it keeps the bytes' pattern visible.
  return new WebAssembly.Module(bytesOf(source));
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
