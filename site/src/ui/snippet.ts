import { h } from "./dom.js";

const TOKENS =
  /(\/\/.*)|("(?:[^"\\]|\\.)*"|`[^`]*`)|\b(import|from|const|let|for|of|await|new|return|if|else|async|true|false)\b|\b(\d[\d_]*\.?\d*(?:e[-+]?\d+)?)\b/g;
const KINDS = ["comment", "string", "keyword", "number"];

/** Lines of code to copy. */
export function snippet(title: string): { element: HTMLElement; show(code: string): void } {
  const code = h("code");
  const copy = h("button", { type: "button", class: "copy", click: () => copied() }, "Copy");
  const said = h("span", { class: "unseen", role: "status" });
  const copied = async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      copy.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(code); // without the permission: selected, to be copied by hand
      copy.textContent = "Selected";
    }
    said.textContent = copy.textContent;
    setTimeout(() => {
      copy.textContent = "Copy";
      said.textContent = "";
    }, 2000);
  };
  const element = h(
    "figure",
    { class: "snippet" },
    h("figcaption", {}, h("span", {}, title), copy, said),
    h("pre", { tabindex: 0, "aria-label": title, role: "region" }, code),
  );
  return {
    element,
    show(text) {
      if (code.textContent !== text) code.replaceChildren(...highlight(text));
    },
  };
}

function highlight(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)] as string;
    parts.push(text.slice(end, match.index), h("span", { class: kind }, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}
