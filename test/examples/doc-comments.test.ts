/** What the examples of the doc comments and of README.md print is what their comments say. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { formatWithOptions } from "node:util";
import { runInThisContext } from "node:vm";
import { transform } from "esbuild";
import * as steepest from "steepest";
import * as slim from "steepest/slim";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface Example {
  readonly name: string;
  readonly code: string;
}

/** A doc comment that ends in an example and perhaps a source, and what it is about. */
const COMMENT = /\/\*\*((?:(?!\*\/).)*?@example\n(?:(?!\*\/).)*)\*\/\nexport (?:async )?(?:function|class) (\w+)/gs;

function fromComments(source: string): Example[] {
  return Array.from(source.matchAll(COMMENT), ([, comment = "", name = ""]) => {
    const [, example = ""] = comment.replaceAll(/^ \* ?/gm, "").split("@example\n");
    return { name, code: example.replace(/^@.*/ms, "") };
  });
}

function fromMarkdown(text: string): Example[] {
  const blocks = Array.from(text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms), ([, code = ""]) => code);
  return blocks.map((code, k) => ({ name: `block ${k + 1}: ${code.match(/^(?!import).+$/m)?.[0]}`, code }));
}

/** An example as the module that its reader makes of it; `names` are those it need not import. */
async function linesOf(code: string, names: string[] = []): Promise<string[]> {
  const body = code
    .replaceAll(/^import (\{.*\}) from "(steepest.*|vitest)";$/gm, 'const $1 = packages["$2"];')
    .replaceAll("import.meta", "meta");
  const wrapped = `(async (packages, meta, console) => {
    const { ${names.join(", ")} } = packages.steepest;
    {${body}}
  })`;
  // Node 20 does not know `using`.
  const { code: script } = await transform(wrapped, { loader: "ts", target: "es2022" });
  const lines: string[] = [];
  const log = (...values: unknown[]) => lines.push(flat(formatWithOptions({ colors: false }, ...values)));
  const { resolve } = createRequire(import.meta.url);
  const meta = {
    url: pathToFileURL(resolve("steepest")).href,
    resolve: (name: string) => pathToFileURL(resolve(name)).href,
  };
  await runInThisContext(script)({ steepest, "steepest/slim": slim, vitest: { expect } }, meta, { log });
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

  test.each(documented)("$name", async ({ code }) => {
    const names = /^import /m.test(code) ? [] : Object.keys(steepest);
    const lines = await linesOf(code, names);
    expect(lines).toEqual(promises(code));
    expect(lines).not.toEqual([]);
  });
});

describe("README.md", () => {
  test.each(fromMarkdown(read("README.md")))("$name", async ({ code }) => {
    const lines = await linesOf(code);
    expect(lines).toEqual(promises(code));
    expect(lines).not.toEqual([]);
  });
});
