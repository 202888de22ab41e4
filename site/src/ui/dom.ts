type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;
export type Child = Node | string;

/** An element: attributes as HTML has them, a listener where a function is given. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** Sets a text, unless it is there already: that would have the page laid out for nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let names = 0;

/** An id that nothing else on the page has. */
export const newId = (): string => `e${++names}`;

/** Text for screen readers that comes and goes, no more than one a second or so: those who set it see to that. */
export function liveRegion(): HTMLElement {
  return h("p", { class: "unseen", role: "status", "aria-live": "polite" });
}

export const wantsStillness = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
