// Pictures: a raster becomes a PNG (pngjs), a chart is laid out by vega as SVG and drawn as a PNG by resvg.

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { PNG } from "pngjs";
import { parse, View } from "vega";

// The font comes along, for machines that have none.
const fonts = dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json"));
const font = {
  loadSystemFonts: false,
  fontFiles: [`${fonts}/ttf/DejaVuSans.ttf`, `${fonts}/ttf/DejaVuSans-Bold.ttf`],
  defaultFontFamily: "DejaVu Sans",
};

/** Draws a vega specification into a PNG file, with `zoom` pixels for one of its units. */
export async function draw(path, specification, zoom = 2) {
  const look = {
    background: "white",
    padding: 16,
    config: { font: "DejaVu Sans", title: { fontSize: 15, offset: 12 } },
  };
  const view = new View(parse({ ...look, ...specification }), { renderer: "none" });
  const picture = new Resvg(await view.toSVG(), { font, fitTo: { mode: "zoom", value: zoom } }).render();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, picture.asPng());
}

/** A raster of [red, green, blue] bytes as a data: URL, to put into a specification as an image. */
export function imageURL(pixels, columns, rows) {
  const png = new PNG({ width: columns, height: rows });
  const options = { width: columns, height: rows, inputColorType: 2, colorType: 2, inputHasAlpha: false };
  png.data = Buffer.from(pixels);
  return `data:image/png;base64,${PNG.sync.write(png, options).toString("base64")}`;
}
