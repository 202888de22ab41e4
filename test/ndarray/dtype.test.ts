import { expect, test } from "vitest";
import { describe as show, TYPES, typeInfo, typeOf } from "../../src/ndarray/dtype.js";

test("every type's bytes are those of its entries", () => {
  for (const { name, bytes, lanes, View } of Object.values(TYPES)) {
    if (View === undefined) continue; // float16, in a runtime without it
    const view = new View(lanes) as unknown as Float64Array;
    expect([name, view.byteLength]).toEqual([name, bytes]);
    expect(typeof view[0]).toBe(TYPES[name].entry === "bigint" ? "bigint" : "number");
    expect(typeInfo(name)).toBe(TYPES[name]);
  }
});

test("a typed array stands for one type, from whatever realm it is", async () => {
  const { runInNewContext } = await import("node:vm");
  for (const name of [
    "float64",
    "float32",
    "int8",
    "int16",
    "int32",
    "uint8",
    "uint16",
    "uint32",
    "int64",
    "uint64",
  ] as const) {
    const { View } = TYPES[name];
    expect(typeOf(new View(1))).toBe(TYPES[name]);
    expect(typeOf(runInNewContext(`new ${View.name}(1)`))).toBe(TYPES[name]);
  }
  expect(typeOf(new Uint8ClampedArray(1))).toBe(TYPES.uint8);
  expect(typeOf(Buffer.from("a"))).toBe(TYPES.uint8);
  for (const other of [new DataView(new ArrayBuffer(8)), new ArrayBuffer(8), [1], null, undefined, 1]) {
    expect(typeOf(other)).toBeUndefined();
  }
});

test.each([
  ["a", '"a"'],
  [() => 1, "a function"],
  [1n, "1n"],
  [[1, 2], "an array of length 2"],
  [new Float32Array(3), "Float32Array of length 3"],
  [new Map(), "an object of class Map"],
  [Object.create(null), "an object"],
  [null, "null"],
  [undefined, "undefined"],
  [Number.NaN, "NaN"],
  [Symbol("s"), "Symbol(s)"],
])("an error shows %s", (value, text) => {
  expect(show(value)).toBe(text);
});
