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
  const bytes = new Uint8Array(source.length / 2);
  for (let i = 0; i < bytes.length; ++i) {
    // 0 to 9 are 0x30 to 0x39, a to f are 0x61 to 0x66. Number.parseInt would take most of the start.
    const high = source.charCodeAt(2 * i);
    const low = source.charCodeAt(2 * i + 1);
    bytes[i] = 16 * ((high & 15) + 9 * (high >> 6)) + (low & 15) + 9 * (low >> 6);
  }
  return new WebAssembly.Module(bytes);
}
