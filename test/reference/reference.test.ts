/** The reference is made, and what its pages link to is there. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import * as slim from "steepest/slim";
import { beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "build/reference");
const PATIENCE = 120_000; // some 6 s on an idle machine

let pages: readonly string[] = [];
let files: ReadonlySet<string>;
const read = (page: string) => readFileSync(join(folder, page), "utf8");

beforeAll(async () => {
  const made = await promisify(execFile)(process.execPath, [join(root, "reference/build.mjs"), folder]);
  expect(made).toEqual({ stdout: "", stderr: "" });
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile());
  files = new Set(found.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll("\\", "/")));
  pages = [...files].filter((file) => file.endsWith(".html"));
}, PATIENCE);

test("everything that the package exports has a page", () => {
  const documented = pages.flatMap((page) => /^(?:functions|classes)\/(\w+)\.html$/.exec(page)?.[1] ?? []);
  expect(documented.sort()).toEqual(Object.keys(slim).sort());
});

test("every guide has a page", () => {
  const titles = readdirSync(join(root, "docs")).map(
    (file) => /^# (.*)/.exec(readFileSync(join(root, "docs", file), "utf8"))?.[1],
  );
  const headings = pages
    .filter((page) => page.startsWith("documents/"))
    .map((page) => /<h1[^>]*>([^<]*)/.exec(read(page))?.[1]);
  expect(headings).toEqual(expect.arrayContaining(titles));
});

test("every link leads to a page and a place that are there", () => {
  const places = new Map(
    pages.map((page) => [page, new Set(Array.from(read(page).matchAll(/ id="([^"]*)"/g), ([, id]) => id))]),
  );
  const broken: string[] = [];
  let links = 0;
  for (const page of pages) {
    for (const [, link = ""] of read(page).matchAll(/<(?:a|link|script)\b[^>]* (?:href|src)="([^"]*)"/g)) {
      if (/^(?:https?|data):/.test(link)) continue;
      links += 1;
      const { pathname, hash } = new URL(link.replaceAll("&amp;", "&"), `http://host/site/reference/${page}`);
      const path = decodeURIComponent(pathname);
      if (path === "/site/index.html") continue; // the page that the reference lies beside
      const target = path.replace("/site/reference/", "").replace(/^$|\/$/, "index.html");
      const place = decodeURIComponent(hash.slice(1));
      if (!files.has(target) || (place !== "" && !places.get(target)?.has(place))) broken.push(`${page}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
  expect(links).toBeGreaterThan(1000);
});

describe("a page of a function", () => {
  test("has its topic, and formulas as they are in the comment", () => {
    expect(read("functions/adam.html")).toContain(
      '<pre tabindex="0"><code>g = g + λ p;   m = β₁ m + (1 - β₁) g;   v = β₂ v + (1 - β₂) g²\n',
    );
    const [, optimizers = ""] = read("modules.html").split(">Optimizers<");
    expect(optimizers.indexOf("functions/adam.html")).toBeGreaterThan(0);
    expect(optimizers.indexOf("functions/adam.html")).toBeLessThan(optimizers.indexOf(">Schedules<"));
  });

  test("tells once what all of its overloads do", () => {
    expect(read("functions/gradient.html").match(/<h4[^>]*>Example/g)).toHaveLength(1);
  });
});

test("a page in another language says which, for screen readers and fonts", () => {
  expect(read("documents/steepest_中文说明.html")).toContain('role="main" lang="zh-CN"');
  expect(read("documents/From_NumPy.html")).not.toContain('role="main" lang');
});

test("what is internal is not told", () => {
  expect(read("classes/Optimizer.html")).toContain('id="step"');
  for (const name of ["descend", "vectors", "constructor"])
    expect(read("classes/Optimizer.html"), name).not.toContain(`id="${name}"`);
});
