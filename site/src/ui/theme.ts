/** Light or dark: what the system prefers, until the switch says otherwise. */
export type Theme = "light" | "dark";

const KEY = "steepest.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
const probe = document.createElement("span");
let known = new Map<string, string>();

/** What index.html found in the storage, before anything was painted. */
let chosen = document.documentElement.dataset["theme"] as Theme | undefined;

export const theme = (): Theme => chosen ?? (system.matches ? "dark" : "light");

/** Calls back whenever colours change. Returns what ends that. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A colour of the style sheet, as canvas takes it. */
export function colour(name: string): string {
  let found = known.get(name);
  if (found === undefined) {
    if (!probe.isConnected) {
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(--${name})`;
    found = getComputedStyle(probe).color;
    known.set(name, found);
  }
  return found;
}

/** [red, green, blue] of a colour of the style sheet. */
export function channels(name: string): [number, number, number] {
  const [r = 0, g = 0, b = 0] = (colour(name).match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

function apply(): void {
  if (chosen) document.documentElement.dataset["theme"] = chosen;
  known = new Map();
  // The browser's own bars.
  for (const bar of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) bar.content = colour("page");
  for (const listener of listeners) listener();
}

export function bindSwitch(button: HTMLButtonElement): void {
  const label = () => {
    const other = theme() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to ${other} colours`);
    button.title = `Switch to ${other} colours`;
  };
  button.addEventListener("click", () => {
    chosen = theme() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // storage is refused: the switch holds for this visit
    }
    apply();
    label();
  });
  system.addEventListener("change", () => {
    apply();
    label();
  });
  apply();
  label();
}
