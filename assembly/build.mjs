/**
 * Compiles all kernels to build/steepest.wasm, which steepest/slim loads, and cuts every family out of it to
 * build/<family>.wasm. A family is a folder of assembly/ with an index.ts; in assembly/optim, where a program needs one
 * rule of many, it is a file that exports kernels.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import asc from "assemblyscript/asc";
import binaryen from "binaryen";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const KERNELS = /^export (?:function (\w+)|{([^}]+)})/gm;

const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
/** From the name of each family to the file that exports its kernels. */
const families = new Map(
  folders.flatMap(({ name }) => {
    const files = readdirSync(join(here, name));
    if (files.includes("index.ts")) return [[name, `${name}/index.ts`]];
    const exporting = files.filter((file) =>
      /^export function \w+_f64\(/m.test(readFileSync(join(here, name, file), "utf8")),
    );
    return exporting.map((file) => [basename(file, ".ts"), `${name}/${file}`]);
  }),
);

mkdirSync(join(root, "build"), { recursive: true });
const all = [...families.values()].map((file) => `export * from "../assembly/${file.slice(0, -3)}";\n`);
writeFileSync(join(root, "build/steepest.ts"), all.join(""));
const output = "build/steepest.wasm";
await compile(["build/steepest.ts", "--outFile", output]);
const whole = readFileSync(join(root, output));

const enable = ["simd", "bulk-memory", "sign-ext", "nontrapping-float-to-int"].map((feature) => `--enable-${feature}`);
const optimized = run("wasm-opt", [output, "-Oz", ...enable, "-o", output]);

// wasm-opt -Oz again, as a library: a process for each family would take most of a build's time.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
for (const [name, file] of families) {
  const text = readFileSync(join(here, file), "utf8");
  const kernels = new Set([...text.matchAll(KERNELS)].flatMap(([, one, several]) => one ?? several.match(/\w+/g)));
  const module = binaryen.readBinary(whole);
  const { SIMD128, BulkMemory, BulkMemoryOpt, SignExt, NontrappingFPToInt } = binaryen.Features;
  module.setFeatures(SIMD128 | BulkMemory | BulkMemoryOpt | SignExt | NontrappingFPToInt);
  const exported = Array.from(
    { length: module.getNumExports() },
    (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)).name,
  );
  for (const other of exported.filter((name) => !kernels.has(name))) module.removeExport(other);
  module.runPasses(["remove-unused-module-elements"]);
  module.optimize();
  const bytes = module.emitBinary();
  module.dispose();
  check(name, bytes);
  writeFileSync(join(root, `build/${name}.wasm`), bytes);
}
await optimized;
check("steepest", readFileSync(join(root, output)));

/** As the command `asc`, which reads sources as they are. */
async function compile(parameters) {
  const readFile = (name, folder) => {
    const path = join(folder, name);
    return existsSync(path) ? unrolled(readFileSync(path, "utf8")) : null;
  };
  const { error, stdout, stderr } = await asc.main([...parameters, "--baseDir", root], { readFile });
  process.stdout.write(`${stdout}${stderr}`);
  if (error) throw error;
}

/** A source with the loops that ask for it written out, their counter a constant: neither asc nor wasm-opt does so. */
function unrolled(source) {
  const loop = /^( *)for \(let (\w+): usize = 0; \2 < (\d+); \+\+\2\) { \/\/ unrolled\n(.*?)^\1}\n/gms;
  return source.replace(loop, (_, indent, u, times, body) =>
    Array.from(
      { length: times },
      (_, i) => `${indent}{\n${body.replaceAll(RegExp(`\\b${u}\\b`, "g"), i)}${indent}}\n`,
    ).join(""),
  );
}

async function run(command, parameters) {
  const ran = promisify(execFile)(command, parameters, { cwd: root, shell: process.platform === "win32" });
  ran.child.stdout.pipe(process.stdout);
  ran.child.stderr.pipe(process.stderr);
  await ran;
}

/** Modules that share one memory must bring neither data nor a start function, and import nothing but what they say. */
function check(name, bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
  if (imports.some((name) => name !== "env.memory"))
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
