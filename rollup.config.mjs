import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import esbuild from "esbuild";
import { minify } from "terser";

/** How sources name their kernels: `import family from "kernels/<family>.wasm"` gives the name. */
const KERNELS = /^kernels\/(\w+)\.wasm$/;

const inTree = (path) => new URL(path, import.meta.url);
const binary = (family) => readFileSync(inTree(`build/${family}.wasm`));

/**
 * Bytes as a literal of text, see `bytesOf` in src/wasm/kernels.ts: 91 of them, -6 to 84, where most bytes of kernels
 * lie, are a character from # to }; of others, ~ counts for 91.
 */
export function textOf(bytes) {
  const character = (byte) => {
    const i = (byte + 6) % 256;
    return "~".repeat(i / 91) + String.fromCharCode(35 + (i % 91));
  };
  return JSON.stringify(Array.from(bytes, character).join(""));
}

/** Names of families alone, whose binaries come from elsewhere. */
function familyNames() {
  return {
    name: "family-names",
    resolveId: (id) => (KERNELS.test(id) ? `\0${id}` : undefined),
    load: (id) => (id.startsWith("\0kernels/") ? `export default "${KERNELS.exec(id.slice(1))[1]}";` : undefined),
  };
}

/** For tests of the sources: a family brings its binary when its name is imported. */
export function embeddedFamilies() {
  return {
    name: "embedded-families",
    // A name that ends in .wasm would be read as a binary by vitest.
    resolveId: (id) => (KERNELS.test(id) ? `\0${id}.js` : undefined),
    load(id) {
      const [, family] = id.startsWith("\0") ? (KERNELS.exec(id.slice(1, -3)) ?? []) : [];
      if (family === undefined) return undefined;
      return `import { embed } from "${inTree("src/wasm/kernels.ts").pathname}";
export default embed("${family}", { ${family}: ${textOf(binary(family))} });`;
    },
  };
}

/** All that the entries share: what the package exports, and `embed`. */
function shared() {
  const from = (path) => JSON.stringify(inTree(`build/js/${path}.js`).pathname);
  return {
    name: "shared",
    resolveId: (id) => (id === "shared" ? "\0shared" : undefined),
    load: (id) =>
      id === "\0shared" ? `export * from ${from("index")}; export { embed } from ${from("wasm/kernels")};` : undefined,
  };
}

/**
 * The entry that carries the kernels, see `embed`: what of the shared code a value reaches once the rest is left out
 * says which families it needs.
 */
function entryWithBinaries() {
  return {
    name: "entry-with-binaries",
    async generateBundle() {
      const values = readFileSync(inTree("build/js/index.js"), "utf8")
        .match(/(?<=^export {)[^}]+/gm)
        .flatMap((names) => names.match(/\w+/g));
      const needs = await familiesOf(values);
      const families = [...new Set([...needs.values()].flat())].sort();
      const plain = values.filter((name) => needs.get(name).length === 0);
      const others = values.filter((name) => needs.get(name).length > 0);
      const embedded = others.map((name) => {
        const own = needs.get(name).map((family) => `${family}: ${family}Wasm`);
        return `export const ${name} = /* @__PURE__ */ embed(code_${name}, { ${own.join(", ")} });\n`;
      });
      const source = [
        `import { embed, ${others.map((name) => `${name} as code_${name}`).join(", ")} } from "./steepest.js";\n`,
        `export { ${plain.join(", ")} } from "./steepest.js";\n`,
        ...families.map((family) => `const ${family}Wasm = ${textOf(binary(family))};\n`),
        ...embedded,
      ].join("");
      this.emitFile({ type: "asset", fileName: "index.js", source });
    },
  };
}

/** The families that each export reaches, by a bundler that leaves the rest out as a user's does. */
async function familiesOf(names) {
  const entries = {
    name: "entries",
    setup(build) {
      build.onResolve({ filter: /^export:/ }, ({ path }) => ({ path: path.slice(7), namespace: "export" }));
      build.onLoad({ filter: /./, namespace: "export" }, ({ path }) => ({
        contents: `export { ${path} } from "./build/js/index.js";`,
        resolveDir: inTree(".").pathname,
      }));
      build.onResolve({ filter: KERNELS }, ({ path }) => ({ path, namespace: "family", sideEffects: false }));
      build.onLoad({ filter: KERNELS, namespace: "family" }, ({ path }) => ({ contents: `export default "${path}";` }));
    },
  };
  const { metafile } = await esbuild.build({
    entryPoints: names.map((name, i) => ({ in: `export:${name}`, out: `${i}` })),
    plugins: [entries],
    bundle: true,
    format: "esm",
    write: false,
    metafile: true,
    outdir: "dist",
  });
  const reached = ({ inputs }) =>
    Object.entries(inputs)
      .filter(([input, { bytesInOutput }]) => input.startsWith("family:") && bytesInOutput > 0)
      .map(([input]) => KERNELS.exec(input.slice(7))[1]);
  return new Map(names.map((name, i) => [name, reached(metafile.outputs[`dist/${i}.js`])]));
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

/** All families in one file. */
function wholeBinary() {
  return {
    name: "whole-binary",
    buildStart() {
      this.emitFile({ type: "asset", fileName: "steepest.wasm", source: binary("steepest") });
    },
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
  return minified({
    module: true,
    ecma: 2022,
    compress: { reduce_funcs: false },
    mangle: { module: false, toplevel: false },
    format: { comments: false, preserve_annotations: true, beautify: true, indent_level: 0 },
  });
}

function minified(options) {
  return { name: "minified", renderChunk: async (code) => ({ code: (await minify(code, options)).code, map: null }) };
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

/** The parts of the examples that the demo is made of, and its data. */
function examples() {
  return {
    name: "examples",
    resolveId: (id) => (id.startsWith("examples/") ? inTree(id).pathname : undefined),
    async generateBundle() {
      // Needs the package, which is built before.
      const { pack } = await import("./examples/demo-data.mjs");
      this.emitFile({ type: "asset", fileName: "demo.json.br", source: brotliCompressSync(pack()) });
    },
  };
}

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export function constants() {
  return { name: "constants", transform: (code) => code.replaceAll("__VERSION__", JSON.stringify(version)) };
}

export default [
  {
    input: { steepest: "shared", slim: "build/js/slim.js", edge: "build/js/edge.js" },
    output: { dir: "dist", chunkFileNames: "[name].js", sourcemap: false },
    plugins: [
      shared(),
      familyNames(),
      loader(),
      constants(),
      compressed(),
      folded(),
      entryWithBinaries(),
      wholeBinary(),
      entryWithModule("index.workerd", ""),
      entryWithModule("index.edge", "?module"),
    ],
    // Otherwise what slim.js needs beside the exports would make a chunk of its own.
    preserveEntrySignatures: "allow-extension",
    treeshake: { moduleSideEffects: false },
  },
  // The command line shows no stack traces.
  {
    input: "build/js/cli/main.js",
    output: { file: "dist/cli.js", format: "es", paths: { steepest: "./index.js" } },
    external: ["steepest", "vega", "fflate", "numpy-parser", /^node:/],
    plugins: [examples(), constants(), minified({ module: true, ecma: 2022 })],
    // Of the examples' own dependencies the demo needs none.
    treeshake: { moduleSideEffects: false },
  },
];
