import { h } from "../ui/dom.js";
import type { Open } from "../ui/room.js";

export const open: Open = () => ({ element: h("article", {}, h("h1", {}, "Soon")), leave() {} });
