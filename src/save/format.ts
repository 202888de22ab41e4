import { describe } from "../ndarray/dtype.js";
import { type Contents, decode } from "./safetensors.js";

declare const __VERSION__: string;

/** A safetensors file of a kind of our own, as its metadata says. */
export interface Format {
  /** "steepest.optimizer", say. */
  readonly name: string;
  /** How the file is laid out: another number when that changes. */
  readonly layout: number;
  /** What is in it, for error messages. */
  readonly content: string;
}

export function metadataOf({ name, layout }: Format): Record<string, string> {
  return { format: name, layout: String(layout), library: __VERSION__ };
}

/**
 * What a file of a format holds.
 *
 * @throws {TypeError} if it is no Uint8Array
 * @throws {RangeError} if it is truncated, of another format, or of another layout
 */
export function contentsOf(file: unknown, { name, layout, content }: Format): Contents {
  if (!(file instanceof Uint8Array))
    throw new TypeError(`load takes the Uint8Array that save gave; got ${describe(file)}.`);
  const contents = decode(file);
  const { metadata } = contents;
  if (metadata.format !== name) {
    throw new RangeError(`The file is not ${content}: its format is ${describe(metadata.format)}, not "${name}".`);
  }
  if (metadata.layout !== String(layout)) {
    throw new RangeError(
      `The file has layout ${metadata.layout}, written by steepest ${metadata.library}; this one, ${__VERSION__}, reads layout ${layout}.`,
    );
  }
  return contents;
}
