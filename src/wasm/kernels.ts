import { instantiateSync } from "@assemblyscript/loader";
import { memory } from "./heap.js";

/** The name of a family of kernels. */
export type Family = string;

/** The bytes of families as text, see `bytesOf`. */
const binaries: Record<Family, string> = {};

/**
 * Brings the families that a value needs, and returns it. The entry of the package does so for each of its exports:
 *
 *     export const adam = embed(code.adam, { adam: ")~/~A~;*)...", addScaled: ")~/~A~;*)..." });
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

/**
 * The bytes that a text stands for: its characters, of which ~ adds 91 to the next. After gzip, bytes in hexadecimal are
 * larger by a tenth, in base64 by half.
 */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let above = 0;
  for (let i = 0; i < text.length; ++i) {
    const code = text.charCodeAt(i);
    if (code === 126) above += 91;
    else {
      bytes[length++] = code - 41 + above;
      above = 0;
    }
  }
  return bytes.subarray(0, length);
}
