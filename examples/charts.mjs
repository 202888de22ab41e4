// Charts of a fit, as vega specifications.

import { logistic } from "./pasture.mjs";

const [BLUE, ORANGE, GREY] = ["#2a6f97", "#d1495b", "#9aa0a6"];

/** The observations, the curve that the descent started from and the one that it found. */
export function fitChart(observations, { start, parameters }) {
  const times = Array.from({ length: 181 }, (_, i) => i / 2);
  const curve = (fitted) => times.map((time) => ({ time, yield: logistic(fitted, time) }));
  return {
    width: 460,
    height: 300,
    title: "Yield of a pasture: a logistic curve, fitted by descent",
    data: [
      { name: "observed", values: observations },
      { name: "start", values: curve(start) },
      { name: "fitted", values: curve(parameters) },
    ],
    scales: [
      { name: "x", domain: [0, 90], range: "width" },
      { name: "y", domain: [0, 80], range: "height" },
      { name: "what", type: "ordinal", domain: ["observed", "start", "fitted"], range: [ORANGE, GREY, BLUE] },
    ],
    axes: axes("growing time", "yield"),
    legends: [{ fill: "what", symbolType: "circle" }],
    marks: [
      line("start", "time", "yield", GREY, [5, 4]),
      line("fitted", "time", "yield", BLUE),
      {
        type: "symbol",
        from: { data: "observed" },
        encode: { enter: { ...position("time", "yield"), size: { value: 60 }, fill: { value: ORANGE } } },
      },
    ],
  };
}

/** How the loss fell. */
export function lossChart({ losses }) {
  return {
    width: 460,
    height: 300,
    title: "The loss at each step of the descent",
    data: [{ name: "losses", values: losses.map((loss, iteration) => ({ iteration, loss })) }],
    scales: [
      { name: "x", domain: [0, losses.length - 1], range: "width" },
      { name: "y", type: "log", domain: { data: "losses", field: "loss" }, range: "height", nice: true },
    ],
    axes: axes("iteration", "mean squared error"),
    marks: [line("losses", "iteration", "loss", BLUE)],
  };
}

function axes(x, y) {
  const look = { grid: true, gridColor: "#eee", domainColor: "#888", tickColor: "#888", titlePadding: 8 };
  return [
    { ...look, orient: "bottom", scale: "x", title: x },
    { ...look, orient: "left", scale: "y", title: y },
  ];
}

function position(x, y) {
  return { x: { scale: "x", field: x }, y: { scale: "y", field: y } };
}

function line(data, x, y, colour, dash = []) {
  const look = { stroke: { value: colour }, strokeWidth: { value: 2 }, strokeDash: { value: dash } };
  return { type: "line", from: { data }, encode: { enter: { ...position(x, y), ...look } } };
}
