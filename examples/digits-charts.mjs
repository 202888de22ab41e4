// Pictures of trainings, as vega specifications.

import { CLASSES, SIDE } from "./digits.mjs";
import { imageURL } from "./pictures.mjs";

const [BLUE, ORANGE, INK] = ["#2a6f97", "#d1495b", "#333"];
const COLOURS = [BLUE, ORANGE, "#2b9348", "#8d5a97", "#c98b2b"];
const LOOK = { grid: true, gridColor: "#eee", domainColor: "#888", tickColor: "#888", titlePadding: 8 };

/** What was shown against what was read, and beside it some digits that were misread. */
export function readingChart({ confusion, misread, accuracy }, { inputs, targets }) {
  const cell = 34;
  const cells = confusion.flatMap((row, shows) => row.map((count, read) => ({ shows, read, count })));
  const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
  const shown = [...misread].sort((a, b) => b.certainty - a.certainty).slice(0, 8);
  const size = 68;
  const pictures = shown.map(({ index, shows, read, certainty }, i) => ({
    x: (CLASSES + 1.6) * cell + (i % 4) * (size + 18),
    y: 40 + Math.floor(i / 4) * (size + 72),
    url: digitURL(inputs[index]),
    caption: `a ${shows}`,
    verdict: `read ${read}, ${Math.round(100 * certainty)} %`,
  }));
  const position = { x: { field: "x" }, y: { field: "y" } };
  const text = (field, dy, weight) => ({
    type: "text",
    from: { data: "pictures" },
    encode: {
      enter: {
        ...position,
        dx: { value: 0 },
        dy: { value: size + dy },
        text: { field },
        fontWeight: { value: weight },
      },
    },
  });
  return {
    width: (CLASSES + 1.6) * cell + 4 * (size + 18),
    height: CLASSES * cell,
    title: `${targets.length} held-out digits, ${(100 * accuracy).toFixed(1)} % read right`,
    data: [
      { name: "cells", values: cells },
      { name: "pictures", values: pictures },
    ],
    scales: [
      { name: "read", type: "band", domain: digits, range: [0, CLASSES * cell] },
      { name: "shows", type: "band", domain: digits, range: [0, CLASSES * cell] },
      { name: "share", type: "linear", domain: [0, 0.5, 40], range: ["#ffffff", "#dcebf3", BLUE], clamp: true },
    ],
    axes: [
      { orient: "bottom", scale: "read", title: "read as", domain: false, ticks: false },
      { orient: "left", scale: "shows", title: "shows", domain: false, ticks: false },
    ],
    marks: [
      {
        type: "rect",
        from: { data: "cells" },
        encode: {
          enter: {
            x: { scale: "read", field: "read" },
            y: { scale: "shows", field: "shows" },
            width: { value: cell - 1 },
            height: { value: cell - 1 },
            fill: [
              { test: "datum.count > 0 && datum.shows != datum.read", value: "#f3c7cd" },
              { scale: "share", field: "count" },
            ],
          },
        },
      },
      {
        type: "text",
        from: { data: "cells" },
        encode: {
          enter: {
            x: { scale: "read", field: "read", offset: cell / 2 },
            y: { scale: "shows", field: "shows", offset: cell / 2 },
            text: { signal: "datum.count ? datum.count : ''" },
            align: { value: "center" },
            baseline: { value: "middle" },
            fill: [{ test: "datum.count > 20", value: "white" }, { value: INK }],
          },
        },
      },
      {
        type: "image",
        from: { data: "pictures" },
        encode: {
          enter: { ...position, url: { field: "url" }, width: { value: size }, height: { value: size } },
        },
      },
      text("caption", 14, "bold"),
      text("verdict", 28, "normal"),
    ],
  };
}

/** An 8 x 8 digit, dark on light, with every pixel as a square of several: drawing smooths between pixels. */
function digitURL(pixels, zoom = 8) {
  const side = SIDE * zoom;
  const bytes = new Uint8Array(3 * side * side);
  for (let y = 0; y < side; ++y)
    for (let x = 0; x < side; ++x) {
      const pixel = pixels[Math.floor(y / zoom) * SIDE + Math.floor(x / zoom)];
      bytes.fill(Math.round(255 * (1 - pixel)), 3 * (y * side + x), 3 * (y * side + x + 1));
    }
  return imageURL(bytes, side, side);
}

/** Loss against time, a panel for each race. */
export function raceChart(points) {
  const races = [...new Set(points.map(({ race }) => race))];
  const [width, height, gap] = [400, 320, 70];
  return {
    width: races.length * width + (races.length - 1) * gap,
    height,
    title: "1437 digits: the loss as time goes by",
    marks: races.map((race, i) => panel(race, points, width, height, i * (width + gap))),
  };
}

function panel(race, points, width, height, left) {
  const own = points.filter((point) => point.race === race);
  const names = [...new Set(own.map(({ name }) => name))];
  return {
    type: "group",
    encode: { enter: { x: { value: left }, width: { value: width }, height: { value: height } } },
    signals: [{ name: "width", update: `${width}` }],
    title: { text: race, fontSize: 12, anchor: "start" },
    data: [{ name: "points", values: own.filter(({ milliseconds }) => milliseconds > 0) }],
    scales: [
      { name: "x", type: "log", domain: { data: "points", field: "milliseconds" }, range: [0, width] },
      { name: "y", type: "log", domain: { data: "points", field: "loss" }, range: [height, 0], nice: true },
      { name: "colour", type: "ordinal", domain: names, range: COLOURS },
    ],
    axes: [
      { ...LOOK, orient: "bottom", scale: "x", title: "milliseconds", tickCount: 4, format: "~g" },
      { ...LOOK, orient: "left", scale: "y", title: "loss", tickCount: 4, format: "~g" },
    ],
    legends: [
      { stroke: "colour", symbolType: "stroke", symbolStrokeWidth: 3, orient: "top-right", fillColor: "white" },
    ],
    marks: [
      {
        type: "group",
        from: { facet: { name: "line", data: "points", groupby: "name" } },
        marks: [
          {
            type: "line",
            from: { data: "line" },
            encode: {
              enter: {
                x: { scale: "x", field: "milliseconds" },
                y: { scale: "y", field: "loss" },
                stroke: { scale: "colour", field: "name" },
                strokeWidth: { value: 2 },
              },
            },
          },
        ],
      },
    ],
  };
}

/** Two trainings that should be the same: one line and, on top of it, dots. */
export function xorChart({ backprop, central }) {
  const values = backprop.losses.map((loss, epoch) => ({ epoch, backprop: loss, central: central.losses[epoch] }));
  const mark = (type, field, look, data = "losses") => ({
    type,
    from: { data },
    encode: { enter: { x: { scale: "x", field: "epoch" }, y: { scale: "y", field }, ...look } },
  });
  const per = ({ milliseconds, losses }) => `${((1000 * milliseconds) / losses.length).toFixed(0)} µs a step`;
  return {
    width: 460,
    height: 300,
    title: "Exclusive or: a network of 33 parameters",
    data: [
      { name: "losses", values },
      { name: "some", values: values.filter(({ epoch }) => epoch % 10 === 0) },
    ],
    scales: [
      { name: "x", domain: [0, values.length], range: "width" },
      { name: "y", type: "log", domain: { data: "losses", field: "backprop" }, range: "height", nice: true },
      {
        name: "gradient",
        type: "ordinal",
        domain: [`backpropagation, ${per(backprop)}`, `central differences, ${per(central)}`],
        range: [BLUE, ORANGE],
      },
    ],
    axes: [
      { ...LOOK, orient: "bottom", scale: "x", title: "step" },
      { ...LOOK, orient: "left", scale: "y", title: "loss", format: "~g" },
    ],
    legends: [{ fill: "gradient", symbolType: "circle", orient: "top-right", labelLimit: 0 }],
    marks: [
      mark("line", "backprop", { stroke: { value: BLUE }, strokeWidth: { value: 2 } }),
      mark("symbol", "central", { fill: { value: ORANGE }, size: { value: 30 } }, "some"),
    ],
  };
}
