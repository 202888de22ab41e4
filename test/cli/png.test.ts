import { scheme } from "vega";
import { expect, test } from "vitest";
import { rangeOf, viridis } from "../../src/cli/png.js";

test("the colours are those of viridis, to 4 of 255", () => {
  const exact = scheme("viridis") as (t: number) => string;
  for (let k = 0; k < 255; ++k) {
    const channels = exact(k / 254)
      .match(/\d+/g)!
      .map(Number);
    viridis(k / 254).forEach((channel, c) => {
      expect(Math.abs(channel - channels[c]), `${k}`).toBeLessThan(5);
    });
  }
});

test("a range leaves out what is not finite", () => {
  expect(rangeOf([Number.NaN, 3, Number.POSITIVE_INFINITY, -1])).toEqual([-1, 3]);
  expect(rangeOf([Number.NaN])).toEqual([0, 0]);
});
