/** `gradient` against a scalar reference written from NumPy's formulas, over random shapes, layouts and alignments. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, gradient, NDArray, type TypedArray } from "../../src/index.js";
import {
  contiguous,
  dice,
  difference,
  type Elements,
  elements,
  nested,
  type Sample,
  shifted,
  sizeOf,
  strided,
} from "./cases.js";

type Float = "float32" | "float64";
type Any = never;

/** Even spacing as a plain number, or coordinates of a type. */
type Spacing = number | { readonly dtype: Float; readonly x: number[] };

/** Rounds to the wider of some types. */
const rounding = (...types: (Float | undefined)[]) => (types.includes("float64") ? (x: number) => x : Math.fround);

/** The derivative of the samples of one line, operation by operation as NumPy orders and rounds them. */
function derivative(f: number[], dtype: Float, spacing: Spacing, edgeOrder: 1 | 2): number[] {
  const n = f.length;
  const F = rounding(dtype);
  const at = (i: number) => f[i] as number;
  const out = new Array<number>(n);

  const S = typeof spacing === "number" ? (x: number) => x : rounding(spacing.dtype);
  const steps = typeof spacing === "number" ? [] : spacing.x.slice(1).map((x, i) => S(x - (spacing.x[i] as number)));
  const even = steps.every((step) => step === steps[0]);
  const W = typeof spacing === "number" ? F : rounding(dtype, spacing.dtype);
  const quotient = (hi: number, lo: number, d: number) => F(W(F(at(hi) - at(lo)) / W(d)));
  const combination = (i: number, a: number, b: number, c: number) =>
    F(W(W(W(W(a) * at(i)) + W(W(b) * at(i + 1))) + W(W(c) * at(i + 2))));

  if (even) {
    const h = typeof spacing === "number" ? spacing : (steps[0] as number);
    for (let i = 1; i < n - 1; ++i) out[i] = quotient(i + 1, i - 1, S(2 * h));
    if (edgeOrder === 1) {
      out[0] = quotient(1, 0, h);
      out[n - 1] = quotient(n - 1, n - 2, h);
    } else {
      out[0] = combination(0, S(-1.5 / h), S(2 / h), S(-0.5 / h));
      out[n - 1] = combination(n - 3, S(0.5 / h), S(-2 / h), S(1.5 / h));
    }
    return out;
  }
  const pq = (i: number) => [steps[i] as number, steps[i + 1] as number] as const;
  for (let i = 1; i < n - 1; ++i) {
    const [p, q] = pq(i - 1);
    const sum = S(p + q);
    out[i] = combination(i - 1, S(-q / S(p * sum)), S(S(q - p) / S(p * q)), S(p / S(q * sum)));
  }
  if (edgeOrder === 1) {
    out[0] = quotient(1, 0, steps[0] as number);
    out[n - 1] = quotient(n - 1, n - 2, steps[n - 2] as number);
  } else {
    const [p, q] = pq(0);
    const sum = S(p + q);
    out[0] = combination(0, S(-S(S(2 * p) + q) / S(p * sum)), S(sum / S(p * q)), S(-p / S(q * sum)));
    const [r, s] = pq(n - 3);
    const total = S(r + s);
    out[n - 1] = combination(n - 3, S(s / S(r * total)), S(-total / S(r * s)), S(S(S(2 * s) + r) / S(s * total)));
  }
  return out;
}

/** The derivative along one axis of an array. */
function reference({ dtype, shape, data }: Sample, axis: number, spacing: Spacing, edgeOrder: 1 | 2): Elements {
  const out = elements(dtype, sizeOf(shape));
  const n = shape[axis] as number;
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0; i < data.length; ++i) {
    if (Math.floor(i / inner) % n > 0) continue;
    const line = Array.from({ length: n }, (_, k) => data[i + k * inner] as number);
    derivative(line, dtype as Float, spacing, edgeOrder).forEach((value, k) => {
      out[i + k * inner] = value;
    });
  }
  return out;
}

const floatType = fc.constantFrom<Float>("float32", "float64");

/** Numbers of all magnitudes, infinities, NaN and zeros of both signs. */
const numbers = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((k) => k / 16) },
  { weight: 2, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.float() },
);

/** Sizes around the widths of vectors and unrolled loops; long lines and short ones in two and three dimensions. */
const shapes = fc.oneof(
  fc.tuple(fc.integer({ min: 3, max: 70 })),
  fc.tuple(fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 40 })),
  fc.tuple(fc.integer({ min: 3, max: 40 }), fc.integer({ min: 3, max: 7 })),
  fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 5 })),
);

function spacingOf(n: number): fc.Arbitrary<Spacing> {
  const steps = fc.oneof(
    fc.constantFrom(0.1, 0.25, -1, 3).map((h) => new Array<number>(n).fill(h)),
    fc.array(
      fc.integer({ min: 1, max: 64 }).map((k) => k / 7),
      { minLength: n, maxLength: n },
    ),
    fc.array(numbers, { minLength: n, maxLength: n }),
  );
  const coordinates = fc.tuple(floatType, steps, fc.boolean()).map(([dtype, h, summed]) => {
    let sum = 0;
    return { dtype, x: h.map((step) => rounding(dtype)(summed ? (sum += step) : step)) };
  });
  const powers = fc.integer({ min: -1074, max: 1023 }).map((k) => 2 ** k);
  return fc.oneof(
    fc.constant(1),
    powers,
    numbers.filter((h) => h !== 0),
    coordinates,
  );
}

const problems = fc
  .tuple(floatType, shapes, fc.integer({ min: 1, max: 2 }), fc.nat())
  .chain(([dtype, shape, edge, seed]) =>
    fc.record({
      f: fc.array(numbers, { minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((values): Sample => {
        const data = elements(dtype, values.length);
        data.set(values as Any);
        return { dtype, shape: [...shape], data };
      }),
      spacings: fc.tuple(...shape.map(spacingOf)),
      edgeOrder: fc.constant(edge as 1 | 2),
      seed: fc.constant(seed),
    }),
  );

/** Coordinates as one of the ways they may come. */
function given(spacing: Spacing, roll: (n: number) => number): unknown {
  if (typeof spacing === "number") return spacing;
  const { dtype, x } = spacing;
  const data = elements(dtype, x.length);
  data.set(x as Any);
  const sample = { dtype, shape: [x.length], data };
  return [() => shifted(data, roll(5)), () => array(data as Any), () => strided(sample, roll)][roll(3)]?.();
}

function elementsOf(result: unknown): Elements {
  return (result instanceof NDArray ? result.data : result) as unknown as Elements;
}

describe("against the scalar reference", () => {
  test("every layout, alignment and out", () => {
    fc.assert(
      fc.property(problems, ({ f, spacings, edgeOrder, seed }) => {
        const roll = dice(seed);
        const expected = f.shape.map((_, axis) => reference(f, axis, spacings[axis] as Spacing, edgeOrder));
        const ways: unknown[] = [array(f.data as Any, { shape: f.shape }), contiguous(f, roll), strided(f, roll)];
        if (f.shape.length === 1) ways.push(shifted(f.data, roll(9)), array(f.data as Any).data);
        for (const from of ways) {
          for (const makeOut of [
            undefined,
            () => array(elements(f.dtype, f.data.length) as Any, { shape: f.shape }),
            () => shifted(elements(f.dtype, f.data.length), roll(9)),
          ]) {
            const h = spacings.map((spacing) => given(spacing, roll)) as Any[];
            const out = makeOut && expected.map(() => makeOut());
            // Making the others may have grown linear memory, which detaches views of it.
            const source = ArrayBuffer.isView(from) && from.byteLength === 0 ? f.data : from;
            const results = [
              gradient(source as Any, ...h, { edgeOrder, ...(out && { out }) } as Any),
            ].flat() as unknown[];
            results.forEach((result, axis) => {
              expect(difference(elementsOf(result), expected[axis] as Elements), `axis ${axis}`).toBe("");
            });
            for (const used of [...h, ...results] as unknown[]) if (used instanceof NDArray) used.free();
          }
        }
      }),
      { numRuns: 250, seed: 1 },
    );
  });

  test("every length from 2 to 70 at every alignment", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (let n = 2; n <= 70; ++n) {
        const data = elements(dtype, n);
        for (let i = 0; i < n; ++i) data[i] = ((i * 7919) % 101) / 8;
        const x = Array.from({ length: n }, (_, i) => i + (i % 3) / 4);
        for (const spacing of [1, 0.3, { dtype, x }]) {
          const expected = reference({ dtype, shape: [n], data }, 0, spacing, 1);
          for (let by = 0; by < 8; ++by) {
            const h = typeof spacing === "number" ? spacing : shifted(given(spacing, () => 0) as Elements, by);
            const out = shifted(elements(dtype, n), 7 - by);
            const padded = array(elements(dtype, by + n) as Any);
            (padded.data as unknown as Elements).set(data as Any, by);
            const resident = (padded.data as unknown as Elements).subarray(by, by + n);
            expect(difference(elementsOf(gradient(resident as Any, h as Any)), expected)).toBe("");
            gradient(shifted(data, by) as unknown as TypedArray, h as Any, { out: out as unknown as TypedArray });
            expect(difference(out, expected)).toBe("");
            padded.free();
          }
        }
      }
    }
  });
});

describe("on its own", () => {
  test("one axis at a time gives what all at once give, in any order of axes", () => {
    fc.assert(
      fc.property(problems, ({ f, spacings, edgeOrder, seed }) => {
        const roll = dice(seed);
        const source = array(f.data as Any, { shape: f.shape });
        const order = f.shape.map((_, axis) => axis).sort(() => roll(3) - 1);
        const all = [
          gradient(source, ...(order.map((axis) => given(spacings[axis] as Spacing, roll)) as Any[]), {
            axis: order.map((axis) => axis - roll(2) * f.shape.length),
            edgeOrder,
          } as Any),
        ].flat() as unknown as NDArray[];
        order.forEach((axis, k) => {
          const one = gradient(source, given(spacings[axis] as Spacing, roll) as Any, { axis, edgeOrder });
          expect(difference(elementsOf(one), elementsOf(all[k]))).toBe("");
          one.free();
        });
        for (const used of [source, ...all]) used.free();
      }),
      { numRuns: 150, seed: 2 },
    );
  });

  test("nested arrays and integers are float64", () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom("int8", "uint8", "int16", "uint32"), fc.nat(), (shape, dtype, seed) => {
        const roll = dice(seed);
        const data = elements(dtype, sizeOf(shape));
        for (let i = 0; i < data.length; ++i) data[i] = roll(256) - 128;
        const f: Sample = { dtype, shape: [...shape], data };
        const wide: Sample = { ...f, dtype: "float64", data: Float64Array.from(data as Any) as unknown as Elements };
        const results = [gradient(strided(f, roll), 0.7)].flat();
        const lists = [gradient(nested(f) as Any, 0.7 as Any)].flat(Number.POSITIVE_INFINITY) as number[];
        const expected = shape.map((_, axis) => reference(wide, axis, 0.7, 1));
        results.forEach((result, axis) => {
          expect(result.dtype).toBe("float64");
          expect(difference(elementsOf(result), expected[axis] as Elements)).toBe("");
          result.free();
        });
        expect(lists).toEqual(expected.flatMap((want) => Array.from(want as unknown as ArrayLike<number>)));
      }),
      { numRuns: 100, seed: 3 },
    );
  });
});
