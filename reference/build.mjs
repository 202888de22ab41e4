// Makes the reference of what the package exports from its doc comments, README.md and the guides in docs/. An export
// that is not documented, or a link that leads nowhere, is an error.

import { join, resolve } from "node:path";
import { Application } from "typedoc";
import { load } from "./plugin.mjs";
import { ReferenceTheme } from "./theme.mjs";
import { TOPICS } from "./topics.mjs";

const here = import.meta.dirname;
const root = join(here, "..");
const out = resolve(process.argv[2] ?? join(root, "site/dist/reference"));

/** What else there is to read about the project. */
const PROJECT = ["README.zh-CN.md", "examples/README.md", "bench/ACCURACY.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/** Types that signatures name and nobody writes: what they stand for is said where they are used. */
const HELPERS = [
  "gradient/gradient.ts:AllAxes",
  "gradient/gradient.ts:FloatArray",
  "ndarray/create.ts:NestedValues",
  "ndarray/create.ts:ShapeOf",
  "ndarray/dtype.ts:Float16ArrayLike",
  "nn/architecture.ts:ACTIVATIONS",
  "nn/architecture.ts:INITIALIZATIONS",
  "nn/architecture.ts:LOSSES",
  "numdiff/jacobian.ts:FunctionOf",
  "numdiff/jacobian.ts:Result",
  "numdiff/numerical-gradient.ts:FunctionOf",
  "numdiff/numerical-gradient.ts:IntegerArray",
  "numdiff/numerical-gradient.ts:Result",
  "numdiff/numerical-gradient.ts:Start",
  "numdiff/single-array.ts:LiveArray",
  "numdiff/single-array.ts:MatrixFor",
  "numdiff/single-array.ts:SingleArray",
  "params/parameters.ts:Mapped",
];

const app = await Application.bootstrap({
  name: "steepest",
  includeVersion: true,
  entryPoints: [join(root, "src/slim.ts")],
  tsconfig: join(root, "tsconfig.json"),
  basePath: root,
  readme: join(root, "README.md"),
  alwaysCreateEntryPointModule: false,
  projectDocuments: ["docs/*.md", ...PROJECT].map((file) => join(root, file)),
  disableSources: true,
  includeHierarchySummary: false,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  preservedTypeAnnotationTags: ["@throws"],
  categorizeByGroup: false,
  categoryOrder: ["Guides", ...Object.keys(TOPICS), "Project"],
  sort: ["kind", "alphabetical"],
  kindSortOrder: ["Function", "Class", "Interface", "TypeAlias"],
  navigation: { includeCategories: true },
  navigationLinks: { "Try it": "../index.html" },
  searchInComments: true,
  searchInDocuments: true,
  headings: { readme: false, document: false },
  highlightLanguages: ["js", "ts", "sh", "python"],
  lightHighlightTheme: "github-light-high-contrast",
  darkHighlightTheme: "github-dark-high-contrast",
  customCss: join(here, "reference.css"),
  hideGenerator: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: true },
  intentionallyNotExported: HELPERS.map((name) => `src/${name}`),
  logLevel: "Warn",
});
load(app);
app.renderer.defineTheme("reference", ReferenceTheme);
app.options.setValue("theme", "reference");

const project = await app.convert();
if (project !== undefined) app.validate(project);
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
await app.generateDocs(project, out);
process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
