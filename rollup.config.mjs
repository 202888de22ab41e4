import { readFileSync } from "node:fs";
import { minify } from "terser";

/** Where a build finds its kernels: `import source from "kernels/<family>.wasm"`. */
const KERNELS = /^kernels\/(\w+\.wasm)$/;

const binary = (file) => readFileSync(new URL(`build/${file}`, import.meta.url));

/** The kernels inside the JavaScript, in hexadecimal: see src/wasm/kernels.ts. */
export function embeddedKernels() {
  return {
    name: "embedded-kernels",
    // A name that ends in .wasm would be read as a binary by vitest.
    resolveId: (id) => (KERNELS.test(id) ? `\0${id}.js` : undefined),
    load(id) {
      const [, file] = id.startsWith("\0") ? (KERNELS.exec(id.slice(1, -3)) ?? []) : [];
      return file && `export default "${binary(file).toString("hex")}";`;
    },
  };
}

/**
 * Where compiling at run time is refused, the bundler or runtime compiles the binary ahead: an entry imports it as a
 * module, in the words of its runtime, and hands it to the code that has no kernels of its own.
 */
function entryWithModule(name, suffix) {
  return {
    name: "entry-with-module",
    generateBundle(_, { "slim.js": slim }) {
      const source = `import module from "./steepest.wasm${suffix}";
import "./edge.js";
import { init } from "./slim.js";
init(module);
export { ${slim.exports.filter((each) => each !== "init").join(", ")} } from "./slim.js";
`;
      this.emitFile({ type: "asset", fileName: `${name}.js`, source });
    },
  };
}

/** No kernels: they are brought, all families in one file. */
function providedKernels() {
  return {
    name: "provided-kernels",
    buildStart() {
      this.emitFile({ type: "asset", fileName: "steepest.wasm", source: binary("steepest.wasm") });
    },
    resolveId: (id) => (KERNELS.test(id) ? `\0${id}` : undefined),
    load: (id) => (id.startsWith("\0kernels/") ? "export default undefined;" : undefined),
  };
}

/**
 * The loader, the only module of others that the package carries, without what it does to an instance: wrappers for
 * managed objects and for exports named as members of classes. These kernels have neither, and are called through the
 * exports as they are; the wrappers are 5 of its 5.2 kB.
 */
function loader() {
  return {
    name: "assemblyscript-loader",
    resolveId: (id) =>
      id === "@assemblyscript/loader" ? new URL(import.meta.resolve("@assemblyscript/loader")).pathname : undefined,
    transform(code, id) {
      if (!id.includes("@assemblyscript/loader")) return undefined;
      const parts = [/^function isModule.*?^}\n/ms, /^export function instantiateSync.*?^}\n/ms].map((part) => {
        const [text] = part.exec(code) ?? this.error(`The loader has changed: ${part} is not there.`);
        return text.replace(/^.*(pre|post)Instantiate\(.*\n/gm, "").replace("instance, exports }", "instance }");
      });
      return { code: parts.join(""), map: null };
    },
  };
}

/**
 * Shorter code than a bundler's minifier makes of it, and less to parse at every start. The names of functions and the
 * ends of lines stay, for the sake of stack traces.
 */
function compressed() {
  const options = {
    module: true,
    ecma: 2022,
    compress: { passes: 3, reduce_funcs: false },
    mangle: { module: false, toplevel: false },
    format: { comments: false, preserve_annotations: true, beautify: true, indent_level: 0 },
  };
  return { name: "compressed", renderChunk: async (code) => ({ code: (await minify(code, options)).code, map: null }) };
}

/**
 * Quotients and powers of literals as numbers: a bundler that meets an operator in a constant does not know that it can
 * leave the constant out.
 */
function folded() {
  const constant = /(?<=[[,=:] ?)(\d+) ?(\/|\*\*) ?(-?[\d.]+)(?=[,;\n\]}]| \])/g;
  const value = (_, a, operator, b) => String(operator === "/" ? a / b : a ** b);
  return { name: "folded", renderChunk: (code) => ({ code: code.replace(constant, value), map: null }) };
}

/**
 * The binaries before all code. gzip looks 32 kB back: on the two sides of a binary the code would not see itself,
 * which costs 0.5 kB.
 */
function binariesFirst() {
  return {
    name: "binaries-first",
    renderChunk(code) {
      const binaries = [];
      const rest = code.replace(/"[0-9a-f]{500,}"/g, (binary) => {
        binaries.push(`const binary${binaries.length} = ${binary};\n`);
        return `binary${binaries.length - 1}`;
      });
      return { code: binaries.join("") + rest, map: null };
    },
  };
}

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export function constants() {
  return { name: "constants", transform: (code) => code.replaceAll("__VERSION__", JSON.stringify(version)) };
}

function build(entries, ...plugins) {
  return {
    input: Object.fromEntries(entries.map((name) => [name, `build/js/${name}.js`])),
    output: { dir: "dist", chunkFileNames: "[name].js", sourcemap: false },
    plugins: [...plugins, loader(), constants(), compressed(), folded(), binariesFirst()],
    treeshake: { moduleSideEffects: false },
  };
}

export default [
  build(["index"], embeddedKernels()),
  build(
    ["slim", "edge"],
    providedKernels(),
    entryWithModule("index.workerd", ""),
    entryWithModule("index.edge", "?module"),
  ),
];
