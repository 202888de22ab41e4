import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode, type Tensor } from "../../src/save/safetensors.js";

const tensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom("F64" as const, "F32" as const),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    seed: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ dtype, shape, seed }) => {
    const length = shape.reduce((n, m) => n * m, dtype === "F64" ? 8 : 4);
    return { dtype, shape, bytes: Uint8Array.from({ length }, (_, i) => 17 * i + seed) };
  });
const contents = fc.record({
  metadata: fc.dictionary(fc.string(), fc.string()),
  tensors: fc
    .dictionary(
      fc.string().filter((name) => name !== "__metadata__" && name !== "__proto__"),
      tensor,
    )
    .map((tensors) => new Map(Object.entries(tensors))),
});

test("what was encoded comes back", () => {
  fc.assert(
    fc.property(contents, (before) => {
      const { metadata, tensors } = decode(encode(before));
      expect({ ...metadata }).toEqual({ ...before.metadata });
      expect(new Map(tensors)).toEqual(before.tensors);
    }),
  );
});

test("a file is what the format asks for: header of JSON, text in the metadata, tensors without holes", () => {
  const file = encode({
    metadata: { format: "test" },
    tensors: new Map([
      ["a", { dtype: "F64", shape: [2], bytes: new Uint8Array(Float64Array.of(1, 2).buffer) }],
      ["b", { dtype: "F32", shape: [], bytes: new Uint8Array(Float32Array.of(3).buffer) }],
    ]),
  });
  const length = new DataView(file.buffer).getUint32(0, true);
  expect(new DataView(file.buffer).getUint32(4, true)).toBe(0);
  expect(length % 8).toBe(0);
  expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
    __metadata__: { format: "test" },
    a: { dtype: "F64", shape: [2], data_offsets: [0, 16] },
    b: { dtype: "F32", shape: [], data_offsets: [16, 20] },
  });
  expect(new Float64Array(file.buffer, 8 + length, 2)).toEqual(Float64Array.of(1, 2));
  expect(file.length).toBe(8 + length + 20);
});

test("every truncation is refused", () => {
  fc.assert(
    fc.property(contents, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (whole, share) => {
      const file = encode(whole);
      expect(() => decode(file.subarray(0, Math.floor(share * file.length)))).toThrow(RangeError);
    }),
  );
});

test("bytes that are something else are refused, or read; they never throw anything else", () => {
  fc.assert(
    fc.property(contents, fc.nat(), fc.nat(255), (whole, at, value) => {
      const file = encode(whole);
      file[at % file.length] = value;
      try {
        decode(file);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
  for (const header of [
    "null",
    "[]",
    "1",
    '{"__metadata__":null}',
    '{"a":null}',
    '{"a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}',
  ]) {
    const file = new Uint8Array(8 + header.length);
    file[0] = header.length;
    file.set(new TextEncoder().encode(header), 8);
    // Those without entries have no metadata that says of which format they are.
    if (header.startsWith('{"a"')) expect(() => decode(file)).toThrow("The file is not a complete safetensors file: ");
    else expect(decode(file)).toEqual({ metadata: {}, tensors: new Map() });
  }
});
