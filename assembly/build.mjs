/**
 * Compiles every family of kernels to build/<family>.wasm, and all of them together to build/steepest.wasm, which
 * steepest/slim loads. A family is a folder of assembly/ with an index.ts; in assembly/optim, where a program needs one
 * rule of many, it is a file that exports kernels.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const families = folders.flatMap(({ name }) => {
  const files = readdirSync(join(here, name));
  if (files.includes("index.ts")) return [`${name}/index`];
  const exportsKernels = (file) => /^export function \w+_f64\(/m.test(readFileSync(join(here, name, file), "utf8"));
  return files.filter(exportsKernels).map((file) => `${name}/${basename(file, ".ts")}`);
});

mkdirSync(join(root, "build"), { recursive: true });
const all = families.map((family) => `export * from "../assembly/${family}";\n`).join("");
writeFileSync(join(root, "build/steepest.ts"), all);

// Side by side: most of the time goes into two of them.
const entries = [...families.map((family) => `assembly/${family}.ts`), "build/steepest.ts"];
await Promise.all(entries.map(compile));

async function compile(entry) {
  const name = basename(entry.replace("/index.ts", ".ts"), ".ts");
  const output = `build/${name}.wasm`;
  await run("asc", [entry, "--outFile", output]);
  await run("wasm-opt", [
    output,
    "-Oz",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "-o",
    output,
  ]);
  check(name, readFileSync(join(root, output)));
}

async function run(command, parameters) {
  await promisify(execFile)(command, parameters, { cwd: root, shell: process.platform === "win32" });
}

/** Modules that share one memory must bring neither data nor a start function, and import nothing but what they say. */
function check(name, bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
  if (imports.join() !== "env.memory")
    throw new Error(`${name}.wasm imports ${imports}; it may import env.memory only.`);
  for (let at = 8; at < bytes.length; ) {
    const section = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      more = byte > 127;
    }
    if (section === 8 || section === 11)
      throw new Error(`${name}.wasm has ${section === 8 ? "a start function" : "static data"}.`);
    at += size;
  }
  console.log(`${name}.wasm ${bytes.length} bytes`);
}
