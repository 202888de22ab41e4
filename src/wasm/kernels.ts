import { instantiateSync } from "@assemblyscript/loader";
import { memory } from "./heap.js";

/** The name of a family of kernels. */
export type Family = string;

/** The bytes of families, in hexadecimal. Not base64: after gzip it is a third smaller, for it keeps the bytes' pattern visible. */
const binaries: Record<Family, string> = {};

/**
 * Brings the families that a value needs, and returns it. The entry of the package does so for each of its exports:
 *
 *     export const adam = embed(code.adam, { adam: "0061736d...", addScaled: "0061736d..." });
 *
 * so that a bundle has the kernels of what it uses, and the code, which names families only, serves `steepest/slim` too.
 */
export function embed<Value>(value: Value, families: Readonly<Record<Family, string>>): Value {
  Object.assign(binaries, families);
  return value;
}

let sourceOf = (family: Family): WebAssembly.Module | BufferSource => bytesOf(binaries[family] as string);

/** Has families that were not embedded come from one module, which must hold them all. */
export function provide(give: () => WebAssembly.Module): void {
  sourceOf = (family) => (binaries[family] === undefined ? ofThisRealm(give()) : bytesOf(binaries[family]));
}

/**
 * A family of kernels, compiled at its first use. Kernels take raw pointers and are called through the exports as the
 * engine gives them: the loader's own wrappers cost three times the call.
 */
export function lazyKernels<Kernels>(family: Family): () => Kernels {
  let kernels: Kernels | undefined;
  return () => {
    kernels ??= instantiateSync(sourceOf(family), { env: { memory } }).instance.exports as Kernels;
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
  const engine = Uint8Array as { fromHex?(hex: string): Uint8Array<ArrayBuffer> };
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: "hex"): Uint8Array<ArrayBuffer> } };
  return (
    engine.fromHex?.(hex) ??
    Buffer?.from(hex, "hex") ??
    Uint8Array.from(hex.match(/../g) as string[], (pair) => Number.parseInt(pair, 16))
  );
}
