import { COPIES, COPIES_NEW } from "../goals.mjs";
import { isSame } from "./check.mjs";
import { newResults } from "./plain.mjs";

const PIECE_BYTES = 32768;

/**
 * The bytes of the case through `set`, read and written once for each axis: into memory that is there already, and
 * into new memory, which is what bounds everything that gives a new result.
 *
 * And what a kernel in linear memory cannot do without where arrays lie outside of it, the kernel left out: samples and
 * coordinates are copied in, results out, in pieces that stay in the first caches.
 */
export function runners(input) {
  const copies = newResults(input);
  const copyInto = (targets) => {
    for (const target of targets) target.set(input.f);
    return targets;
  };
  const sources = [input.f, ...input.args.filter((h) => typeof h !== "number")];
  const bytes = new Uint8Array(new WebAssembly.Memory({ initial: 2 }).buffer);
  const piece = new input.f.constructor(bytes.buffer, 64, PIECE_BYTES / input.f.BYTES_PER_ELEMENT);
  const stream = (targets) => {
    for (let at = 0; at < input.f.length; at += piece.length) {
      const count = Math.min(piece.length, input.f.length - at);
      const part = count < piece.length ? piece.subarray(0, count) : piece;
      for (const source of sources) part.set(source.subarray(at, at + count));
      for (const target of targets) target.set(part, at);
    }
    return targets;
  };
  const isLast = (targets) => targets.every((target) => isSame(target, sources.at(-1)));
  const isRight = (targets) => targets.every((target) => isSame(target, input.f));
  return [
    { name: "memcpy", call: () => copyInto(copies), isRight },
    { name: "memcpy into new memory", call: () => copyInto(newResults(input)), isRight },
    { name: COPIES, call: () => stream(copies), isRight: isLast },
    { name: COPIES_NEW, call: () => stream(newResults(input)), isRight: isLast },
  ];
}
