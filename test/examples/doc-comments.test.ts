/** What the examples of the doc comments, of the READMEs and of the guides print is what their comments say. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { formatWithOptions } from "node:util";
import { runInThisContext } from "node:vm";
import { Worker as NodeWorker } from "node:worker_threads";
import { transform } from "esbuild";
import * as steepest from "steepest";
import * as slim from "steepest/slim";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface Example {
  readonly name: string;
  readonly code: string;
  /** Where the files lie that it may import or start as a worker; unset if there are none. */
  readonly folder?: string;
}

/** A doc comment that ends in an example and perhaps a source, and what it is about. */
const COMMENT = /\/\*\*((?:(?!\*\/).)*?@example\n(?:(?!\*\/).)*)\*\/\nexport (?:async )?(?:function|class) (\w+)/gs;

function fromComments(source: string): Example[] {
  return Array.from(source.matchAll(COMMENT), ([, comment = "", name = ""]) => {
    const [, example = ""] = comment.replaceAll(/^ \* ?/gm, "").split("@example\n");
    return { name, code: example.replace(/^@.*/ms, "") };
  });
}

/** The blocks of a page; one with a name, as in "```js worker.js", is a file that others of the page have. */
function fromMarkdown(page: string): Example[] {
  const text = read(page);
  const blocks = Array.from(text.matchAll(/^```(?:js|ts)(?: (\S+))?\n(.*?)^```$/gms));
  const fences = text.match(/^\s*(?:```|~~~)\s*(?:js|javascript|mjs|cjs|ts|typescript)\b/gim) ?? [];
  if (blocks.length !== fences.length)
    throw new Error(`${page} has code that is not executed: begin it with "\`\`\`js".`);
  const folder = join(root, "build/examples", page);
  const files = blocks.filter(([, name]) => name !== undefined);
  if (files.length > 0) mkdirSync(folder, { recursive: true });
  for (const [, name = "", code = ""] of files) writeFileSync(join(folder, name), code);
  return blocks
    .filter(([, name]) => name === undefined)
    .map(([, , code = ""], k) => ({
      name: `block ${k + 1}: ${code.match(/^(?!import|\/\/).+$/m)?.[0]}`,
      code,
      ...(files.length > 0 && { folder }),
    }));
}

/** The Worker of browsers, over Node's. */
class Worker {
  readonly #worker: NodeWorker;
  onmessage: ((event: { data: unknown }) => void) | undefined;

  constructor(url: URL) {
    const script = `
      const { parentPort, workerData } = require("node:worker_threads");
      globalThis.self = { postMessage: (...message) => parentPort.postMessage(...message) };
      import(workerData).then(() => parentPort.on("message", (data) => self.onmessage({ data })));`;
    this.#worker = new NodeWorker(script, { eval: true, workerData: String(url) });
    this.#worker.on("message", (data) => this.onmessage?.({ data }));
  }

  postMessage(message: unknown): void {
    this.#worker.postMessage(message);
  }

  terminate(): void {
    void this.#worker.terminate();
  }
}

/** An example as the module that its reader makes of it; `names` are those it need not import. */
async function linesOf({ code, folder }: Example, names: string[] = []): Promise<string[]> {
  const body = code
    .replaceAll(/^import (\{.*\}) from "(steepest.*|vitest)";$/gm, 'const $1 = packages["$2"];')
    .replaceAll(/^import (\w+) from "(\.\/.*)";$/gm, 'const { default: $1 } = await load("$2");')
    .replaceAll("import.meta", "meta");
  const wrapped = `(async (packages, meta, console, load, Worker) => {
    const { ${names.join(", ")} } = packages.steepest;
    {${body}}
  })`;
  // Node 20 does not know `using`.
  const { code: script } = await transform(wrapped, { loader: "ts", target: "es2022" });
  const lines: string[] = [];
  const log = (...values: unknown[]) => lines.push(flat(formatWithOptions({ colors: false }, ...values)));
  const { resolve } = createRequire(import.meta.url);
  const meta = {
    url: pathToFileURL(folder === undefined ? resolve("steepest") : join(folder, "example.js")).href,
    resolve: (name: string) => pathToFileURL(resolve(name)).href,
  };
  const load = (file: string) => import(/* @vite-ignore */ new URL(file, meta.url).href);
  await runInThisContext(script)({ steepest, "steepest/slim": slim, vitest: { expect } }, meta, { log }, load, Worker);
  return lines;
}

/** Long objects print on several lines, comments do not. */
const flat = (line: string) => line.replaceAll(/\s+/g, " ");

/** A line that prints, and its comment. */
const promises = (code: string) => Array.from(code.matchAll(/console\.log\(.*/g), ([line]) => line.split("; // ")[1]);

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
const documented = sources.sort().flatMap((file) => fromComments(read(join("src", file))));

describe("doc comments", () => {
  test("everything that the package exports has an example", () => {
    expect(documented.map(({ name }) => name).sort()).toEqual(Object.keys(slim).sort());
  });

  test.each(documented)("$name", async (example) => {
    const names = /^import /m.test(example.code) ? [] : Object.keys(steepest);
    const lines = await linesOf(example, names);
    expect(lines).toEqual(promises(example.code));
    expect(lines).not.toEqual([]);
  });
});

const pages = [
  ...readdirSync(root).filter((file) => /^README.*\.md$/.test(file)),
  ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`),
];

test("the examples of README.md are the same in each language", () => {
  const withoutProse = (line: string) => (line.includes("console.log(") ? line : line.replace(/ *\/\/ .*/, ""));
  const codeOf = (page: string) => fromMarkdown(page).map(({ code }) => code.split("\n").map(withoutProse));
  const translations = pages.filter((page) => page.startsWith("README.") && page !== "README.md");
  expect(translations).toEqual(["README.zh-CN.md"]);
  for (const page of translations) expect(codeOf(page), page).toEqual(codeOf("README.md"));
});

describe.each(pages)("%s", (page) => {
  test.each(fromMarkdown(page))("$name", async (example) => {
    const lines = await linesOf(example);
    expect(lines).toEqual(promises(example.code));
    expect(lines).not.toEqual([]);
  });
});
