// The frame of a map: degrees along the edges, a legend, a scale bar and the summit.

import { imageURL } from "./pictures.mjs";
import { latitudeOfRow, metresPerDegree, summit } from "./terrain.mjs";

const WIDTH = 560;

/**
 * A vega specification of a map.
 *
 * @param terrain what the map shows
 * @param pixels the colours of its cells, see relief.mjs
 * @param title a line above the map
 * @param legend its `title`, the `domain` of values, and the `colours` from first to last or the name of a vega scheme
 */
export function map(terrain, pixels, title, legend) {
  const { rows, columns, cellWidth, cellHeight, west, east, south, north } = terrain;

  // On the ground a cell is taller than wide, and so it must be on the map.
  const degree = metresPerDegree(latitudeOfRow(terrain, (rows - 1) / 2));
  const metresAcross = columns * cellWidth * degree.longitude;
  const height = Math.round((WIDTH * rows * cellHeight * degree.latitude) / metresAcross);
  const fiveKilometres = (5000 * WIDTH) / metresAcross;

  const colours = Array.isArray(legend.colours) ? legend.colours : { scheme: legend.colours };
  const axis = { tickCount: 6, format: ".2f" };
  return {
    width: WIDTH,
    height,
    title,
    scales: [
      { name: "longitude", domain: [west, east], range: "width", zero: false },
      { name: "latitude", domain: [south, north], range: "height", zero: false },
      { name: "colour", domain: legend.domain, range: colours, interpolate: "rgb" },
    ],
    axes: [
      { ...axis, orient: "bottom", scale: "longitude", title: "longitude, °" },
      { ...axis, orient: "left", scale: "latitude", title: "latitude, °" },
    ],
    legends: [
      { fill: "colour", type: "gradient", title: legend.title, format: "d", gradientLength: 240, titlePadding: 8 },
    ],
    marks: [
      mark("image", { url: imageURL(pixels, columns, rows), x: 0, y: 0, width: WIDTH, height, aspect: false }),
      ...summitLabel(summit(terrain)),
      mark("rect", { x: WIDTH - fiveKilometres, y: height + 30, width: fiveKilometres, height: 5, fill: "#333" }),
      mark("text", { x: WIDTH, y: height + 50, text: "5 km", align: "right", fontSize: 11, fill: "#333" }),
    ],
  };
}

/** A triangle and the height; everything twice, first broad and white, so that it can be read on any ground. */
function summitLabel({ metres, longitude, latitude }) {
  const position = { x: { scale: "longitude", value: longitude }, y: { scale: "latitude", value: latitude } };
  const halo = { stroke: "white", strokeWidth: 3, strokeJoin: "round" };
  const text = { text: `${metres} m`, dx: 9, dy: 4, fontSize: 12, fontWeight: "bold" };
  return [halo, { fill: "#222" }].flatMap((paint) => [
    mark("symbol", { ...position, shape: "triangle-up", size: 70, ...paint }),
    mark("text", { ...position, ...text, ...paint }),
  ]);
}

/** A vega mark from plain values. */
function mark(type, channels) {
  const asValue = (channel) => (typeof channel === "object" ? channel : { value: channel });
  const entries = Object.entries(channels).map(([name, channel]) => [name, asValue(channel)]);
  return { type, encode: { enter: Object.fromEntries(entries) } };
}
