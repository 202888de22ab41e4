// Colours for a terrain: each function answers with one [red, green, blue] per cell, as bytes.

import { scheme } from "vega";

/** From the valleys to the summits. */
export const HEIGHT_COLOURS = ["#5f8f76", "#8fb080", "#c9cf9a", "#e6d7a5", "#d3ad7c", "#b08a6a", "#efe9e2"];

/** The name of a perceptually uniform colour table: equal steps of slope look like equal steps of colour. */
export const SLOPE_COLOURS = "inferno";

/**
 * A shaded relief: the tint tells the height, the shade tells the shape.
 *
 * Four lamps at 45° above the horizon shine on the terrain, the main one from the north-west, where map readers expect
 * it: with the light from below, hills look like holes. The other three keep slopes alive that the main lamp leaves dark.
 */
export function shadedRelief({ towardsEast, towardsNorth }, elevation) {
  const lamps = [
    { azimuth: 315, weight: 0.7 },
    { azimuth: 270, weight: 0.1 },
    { azimuth: 360, weight: 0.1 },
    { azimuth: 225, weight: 0.1 },
  ];
  const exaggeration = 1.5; // of the heights: real slopes are gentler than we remember them

  const light = new Float64Array(elevation.length);
  for (const { azimuth, weight } of lamps) {
    // The unit vector to the lamp, times the unit normal of the terrain, (-east, -north, 1) / its length.
    const [x, y, z] = direction(azimuth, 45);
    for (let i = 0; i < light.length; i++) {
      const [east, north] = [towardsEast[i] * exaggeration, towardsNorth[i] * exaggeration];
      light[i] += (weight * Math.max(0, z - x * east - y * north)) / Math.hypot(east, north, 1);
    }
  }

  const [low, high] = range(elevation);
  const tint = ramp(HEIGHT_COLOURS);
  const shade = ramp(["#262d52", "#555c85", "#b9b8c6", "#f7f2ea", "#fffbea"]); // blue shadows, warm light
  return paint(elevation.length, (i) => {
    const [paper, ink] = [tint((elevation[i] - low) / (high - low)), shade(light[i])];
    return paper.map((channel, c) => (channel * ink[c]) / 255);
  });
}

/** A map of numbers between 0 and `highest` in the colours of one of vega's schemes. */
export function coloured(values, highest, name) {
  const colour = scheme(name);
  return paint(values.length, (i) => rgb(colour(Math.min(1, values[i] / highest))));
}

/** The smallest and the largest value. */
export function range(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

function direction(azimuth, altitude) {
  const [a, h] = [(azimuth * Math.PI) / 180, (altitude * Math.PI) / 180];
  return [Math.sin(a) * Math.cos(h), Math.cos(a) * Math.cos(h), Math.sin(h)]; // east, north, up
}

function paint(cells, colourOf) {
  const pixels = new Uint8Array(3 * cells);
  for (let i = 0; i < cells; i++) pixels.set(colourOf(i), 3 * i);
  return pixels;
}

/** From 0 to 1 through colours at equal distances, as d3 and vega interpolate them. */
function ramp(colours) {
  const stops = colours.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
  return (t) => {
    const place = Math.min(1, Math.max(0, t)) * (stops.length - 1);
    const k = Math.min(Math.floor(place), stops.length - 2);
    return stops[k].map((channel, c) => Math.round(channel + (stops[k + 1][c] - channel) * (place - k)));
  };
}

function rgb(colour) {
  return colour.match(/\d+/g).map(Number);
}
