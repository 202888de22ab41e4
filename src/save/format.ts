import { describe } from "../ndarray/dtype.js";
import { type Contents, decode } from "./safetensors.js";

declare const __VERSION__: string;

/** How files of all formats are laid out: another number when that changes. */
const LAYOUT = 1;

/** What says that a safetensors file is of a format of our own. */
export function metadataOf(format: string): Record<string, string> {
  return { format, layout: String(LAYOUT), library: __VERSION__ };
}

/**
 * What a file of a format holds.
 *
 * @param content what that is, for error messages
 * @throws {TypeError} if it is no Uint8Array
 * @throws {RangeError} if it is truncated, of another format, or of another layout
 */
export function contentsOf(file: unknown, format: string, content: string): Contents {
  if (!(file instanceof Uint8Array))
    throw new TypeError(`load takes the Uint8Array that save gave; got ${describe(file)}.`);
  const contents = decode(file);
  const { metadata } = contents;
  if (metadata.format !== format)
    throw new RangeError(`The file is not ${content}: its format is ${describe(metadata.format)}, not "${format}".`);
  if (metadata.layout !== String(LAYOUT)) {
    throw new RangeError(
      `The file has layout ${metadata.layout}, written by steepest ${metadata.library}; this one, ${__VERSION__}, reads layout ${LAYOUT}.`,
    );
  }
  return contents;
}
