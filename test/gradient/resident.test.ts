import { describe, expect, test } from "vitest";
import { gradient, type NDArray, zeros } from "../../src/index.js";
import { difference, type Elements, elements, sizeOf } from "./cases.js";

/** Coordinates a little off an even grid. */
const coordinates = (n: number) => Float64Array.from({ length: n }, (_, i) => i + (i % 5) / 7);

/** Larger than a cache each, of lengths that nothing divides; what differs is where the ends of the lines fall. */
const CASES = [
  { dtype: "float64", shape: [1_100_003] },
  { dtype: "float64", shape: [1031, 709] },
  { dtype: "float64", shape: [1031, 709], edgeOrder: 2 },
  { dtype: "float64", shape: [1031, 709], spacing: [0.1, 0.25] },
  { dtype: "float64", shape: [1031, 709], spacing: [coordinates(1031), coordinates(709)] },
  { dtype: "float64", shape: [9001, 83], spacing: [coordinates(9001), coordinates(83)] },
  { dtype: "float64", shape: [83, 89, 97], spacing: [1, coordinates(89), 0.3] },
  { dtype: "float64", shape: [250_013, 3] },
  { dtype: "float64", shape: [3, 250_013] },
  { dtype: "float64", shape: [2, 127, 3001] },
  { dtype: "float32", shape: [1531, 1499] },
  { dtype: "float32", shape: [1531, 1499], spacing: [0.1, coordinates(1499)] },
  { dtype: "complex64", shape: [1031, 709] },
  { dtype: "complex128", shape: [701, 509], edgeOrder: 2 },
  { dtype: "timedelta64", shape: [1031, 709], edgeOrder: 2 },
] as const;

describe("several streams through linear memory give the bits of one tile after another", () => {
  test.each(CASES)("$dtype $shape", ({ dtype, shape, ...given }) => {
    const { spacing = [], edgeOrder = 1 } = given as { spacing?: never[]; edgeOrder?: 1 | 2 };
    const data = elements(dtype, sizeOf(shape));
    for (let i = 0; i < data.length; ++i) {
      const value = Math.imul(i ^ (i >>> 7), 0x9e3779b1) >> 12;
      data[i] = dtype === "timedelta64" ? BigInt(value) : value / 64;
    }
    const resident = zeros([...shape], dtype);
    resident.data.set(data as never);
    const results = [resident, { data, shape, dtype }].map(
      (f) => [gradient(f as never, ...spacing, { edgeOrder })].flat() as NDArray[],
    );
    shape.forEach((_, axis) => {
      const [streams, tiles] = results.map((result) => (result[axis] as NDArray).data as unknown as Elements);
      expect(difference(streams as Elements, tiles as Elements), `axis ${axis}`).toBe("");
    });
    for (const array of [resident, ...results.flat()]) array.free();
  });
});
