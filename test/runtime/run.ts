import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";

/** A file of the project. */
export const inProject = (...path: string[]): string => join(inject("project"), ...path);

/** Runs a program in the project and reads the JSON that it prints. */
export async function run(...[program, ...parameters]: [string, ...string[]]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(program, parameters, { cwd: inject("project"), maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}

/** A program that came with the devDependencies. */
export const tool = (name: string): string => join(import.meta.dirname, "../../node_modules/.bin", name);
