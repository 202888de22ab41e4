import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A directory with the files of ./project, into which the package was installed. */
    project: string;
    tarball: string;
    /** What trainings end with in this Node; saved on their way there, they go on from files.mjs in every runtime. */
    ends: Record<string, unknown>;
  }
}

/** Packs the package and installs it from the tarball, as a stranger would. */
export default function install({ provide }: TestProject): () => void {
  const project = realpathSync(mkdtempSync(join(tmpdir(), "steepest-")));
  cpSync(fileURLToPath(new URL("project", import.meta.url)), project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "private": true }\n');

  npm(["pack", "--silent", "--pack-destination", project], fileURLToPath(new URL("../..", import.meta.url)));
  const tarball = join(project, readdirSync(project).find((file) => file.endsWith(".tgz")) as string);
  npm(["install", "--silent", "--offline", "--no-audit", "--no-fund", tarball], project);

  const trained = execFileSync(process.execPath, ["never-stopped.mjs"], { cwd: project, encoding: "utf8" });
  const { files, ends } = JSON.parse(trained);
  writeFileSync(join(project, "files.mjs"), `export default ${JSON.stringify(files)};\n`);

  provide("ends", ends);
  provide("project", project);
  provide("tarball", tarball);
  return () => rmSync(project, { recursive: true, force: true });
}

function npm(parameters: string[], cwd: string): void {
  execFileSync("npm", parameters, { cwd, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
}
