import { CommentTag, Converter, PageEvent } from "typedoc";
import { topicOf } from "./topics.mjs";

/** Exports whose names are those of options or methods in most comments. */
const AMBIGUOUS = ["gradient", "init"];

/** Markdown takes what is indented as it is. */
const isFormula = (line) => line.startsWith("    ");

/** Makes one list of all `@throws`, each with its type. */
function gatherThrows(comment) {
  const [first, ...others] = comment.getTags("@throws");
  if (first === undefined) return;
  const item = ({ typeAnnotation, content }) => [
    { kind: "text", text: "\n- " },
    ...(typeAnnotation
      ? [
          { kind: "code", text: `\`${typeAnnotation.slice(1, -1)}\`` },
          { kind: "text", text: " " },
        ]
      : []),
    ...content,
  ];
  first.content = [first, ...others].flatMap(item);
  delete first.typeAnnotation;
  comment.blockTags = comment.blockTags.filter((tag) => !others.includes(tag));
}

/** Of pages by TypeDoc, what screen readers and keyboards need: where the content is, and what scrolls. */
const ACCESSIBLE = [
  ['<div class="col-content">', '<div class="col-content" role="main">'],
  ['<nav id="tsd-sidebar-links"', '<nav id="tsd-sidebar-links" aria-label="Links"'],
  [/<(pre|table)>/g, '<$1 tabindex="0">'],
];

/** Gives guides their titles, exports their topics, and names of exports in backquotes a link. */
export function load({ converter, renderer }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [, title] = /^# (.+)/m.exec(document.content.map(({ text }) => text).join(""));
    document.frontmatter.category = document.name.startsWith("docs/") ? "Guides" : "Project";
    document.frontmatter.language = /\.(\w+-\w+)$/.exec(document.name)?.[1]; // as of README.zh-CN
    document.name = title;
  });

  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const exported = project.children;
    for (const reflection of exported) {
      const { packagePath, qualifiedName } = project.getSymbolIdFromReflection(reflection);
      const topic = topicOf(`${packagePath}:${qualifiedName}`);
      const documented = [reflection, ...(reflection.signatures ?? [])].find(({ comment }) => comment !== undefined);
      // Without a comment it is an error, which the validation tells.
      documented?.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: topic }]));
    }
    const targets = new Map(exported.map((reflection) => [`\`${reflection.name}\``, reflection]));
    for (const name of AMBIGUOUS) targets.delete(`\`${name}\``);
    const link = (parts, own) => {
      let line = "";
      for (const [i, { kind, text }] of parts.entries()) {
        const target = kind === "code" && !isFormula(line) && targets.get(text);
        line = (line + text).split("\n").at(-1);
        if (target && target !== own)
          parts[i] = { kind: "inline-tag", tag: "@linkcode", text: target.name, target, tsLinkText: target.name };
      }
    };
    link(project.readme, project);
    for (const document of project.documents ?? []) link(document.content, document);
    for (const reflection of Object.values(project.reflections)) {
      const { comment } = reflection;
      if (comment === undefined) continue;
      let own = reflection;
      while (own.parent && own.parent !== project) own = own.parent;
      link(comment.summary, own);
      for (const { tag, content } of comment.blockTags) if (tag !== "@example") link(content, own);
      gatherThrows(comment);
    }
  });

  renderer.on(PageEvent.END, (page) => {
    for (const [what, instead] of ACCESSIBLE) page.contents = page.contents.replaceAll(what, instead);
    const { language } = page.model.frontmatter ?? {};
    if (language) page.contents = page.contents.replace('role="main"', `$& lang="${language}"`);
  });
}
