/** The command line itself is wrong, whatever the files hold: exit code 2, where any other failure has 1. */
export class UsageError extends Error {}

/** Codes of the operating system, as the end of a sentence that begins with the name of a file. */
const REASONS: { readonly [code: string]: string } = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "may not be opened: permission denied",
  EPERM: "may not be opened: permission denied",
  EISDIR: "is a directory",
  EEXIST: "is a file, where a directory is needed",
  ENOSPC: "could not be written: no space is left on the device",
  EROFS: "could not be written: the file system is read-only",
};

/** A failure of the operating system as a sentence about the file. */
export function aboutFile(name: string, error: unknown, missing = REASONS["ENOENT"]): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  // Who reads no further, as `head` does, is for the end of the program to know.
  if (typeof code !== "string" || code === "EPIPE") return error as Error;
  const reason = code === "ENOENT" ? missing : REASONS[code];
  return new Error(`${name} ${reason ?? `failed: ${message}`}.`);
}
