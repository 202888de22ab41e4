import { h } from "./ui/dom.js";
import { readPlace, writePlace } from "./ui/hash.js";
import type { Open, Room } from "./ui/room.js";
import { bindSwitch } from "./ui/theme.js";

/** Each room is fetched when it is entered. */
const ROOMS: Record<string, { title: string; load(): Promise<{ open: Open }> }> = {
  descent: { title: "Descent", load: () => import("./rooms/descent.js") },
  terrain: { title: "Terrain", load: () => import("./rooms/terrain.js") },
  digits: { title: "Digits", load: () => import("./rooms/digits.js") },
  "step-size": { title: "Step size", load: () => import("./rooms/step-size.js") },
};

const main = document.querySelector("main") as HTMLElement;
let inside: Room | undefined;
let visits = 0;

async function enter(byNavigation: boolean): Promise<void> {
  const place = readPlace();
  const name = place.room in ROOMS ? place.room : "descent";
  const { title, load } = ROOMS[name] as (typeof ROOMS)[string];
  const visit = ++visits;
  document.title = `${title} · steepest`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.setAttribute("aria-busy", "true");
  try {
    const { open } = await load();
    if (visit !== visits) return; // left before it was here
    inside?.leave();
    inside = open({ settings: place.settings, keep: (settings, initial) => writePlace(name, settings, initial) });
    main.replaceChildren(inside.element);
  } catch (error) {
    if (visit !== visits) return;
    inside?.leave();
    inside = undefined;
    console.error(error);
    const why = h("p", { class: "complaint" }, error instanceof Error ? error.message : String(error));
    main.replaceChildren(h("h1", {}, title), h("p", { role: "alert" }, "This room could not be opened."), why);
  }
  main.removeAttribute("aria-busy");
  if (byNavigation) {
    scrollTo(0, 0);
    const heading = main.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }
}

bindSwitch(document.querySelector("#theme") as HTMLButtonElement);
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault(); // the address names a room
  main.focus();
});
addEventListener("hashchange", () => enter(true));
enter(false);
