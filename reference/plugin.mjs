import { Comment, CommentTag, Converter } from "typedoc";
import { topicOf } from "./topics.mjs";

/** Exports whose names are those of options or methods in most comments. */
const AMBIGUOUS = ["gradient", "init"];

/** Gives guides their titles, exports their topics, and names of exports in backquotes a link. */
export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [, title] = /^# (.+)/m.exec(document.content.map(({ text }) => text).join(""));
    document.name = title;
    document.frontmatter.category = "Guides";
  });

  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const exported = project.children;
    for (const reflection of exported) {
      const topic = topicOf(project.getSymbolIdFromReflection(reflection).packagePath);
      const holder = reflection.signatures?.[0] ?? reflection;
      holder.comment ??= new Comment();
      holder.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: topic }]));
    }
    const targets = new Map(exported.map((reflection) => [`\`${reflection.name}\``, reflection]));
    for (const name of AMBIGUOUS) targets.delete(`\`${name}\``);
    const link = (parts, own) => {
      for (const [i, { kind, text }] of parts.entries()) {
        const target = kind === "code" && targets.get(text);
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
    }
  });
}
