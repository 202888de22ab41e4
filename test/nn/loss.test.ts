import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guarded, LOSSES, linesWith, place, TYPES } from "./layers.js";

type Of = (typeof TYPES)[number];
interface Case {
  readonly loss: (typeof LOSSES)[number];
  readonly delta: number;
  readonly outputs: number[][];
  readonly targets: number[][] | number[];
  readonly value: number;
  readonly gradient: number[][];
}

const [float32, float64] = TYPES;

function lossOf(of: Of, { loss, delta, outputs, targets }: Omit<Case, "value" | "gradient">, inPlace = false) {
  const kind = LOSSES.indexOf(loss);
  const o = place(of.Numbers, 0, outputs.flat());
  const { byteOffset } =
    loss === "labels" ? place(Uint32Array, 1, targets.flat()) : place(of.Numbers, 1, targets.flat());
  const width = outputs[0]?.length as number;
  const d = inPlace ? o : place(of.Numbers, 2, outputs.flat().fill(9));
  const run = (to: number) => of.lossOf(kind, to, o.byteOffset, byteOffset, outputs.length, width, delta);
  const withoutGradient = run(0);
  const value = run(d.byteOffset);
  if (!Object.is(withoutGradient, value)) throw new Error(`${withoutGradient} without the gradient, ${value} with it`);
  return { value, gradient: [...d] };
}

const CASES = linesWith<Case>("loss");

test("PyTorch's cases are all there", () => expect(CASES.length).toBe(44));

test.each(CASES)("PyTorch's $loss, $outputs.length rows", (line) => {
  const { value, gradient } = lossOf(float64, line);
  expect(Math.abs(value - line.value)).toBeLessThan(1e-14 * Math.max(1, line.value));
  const expected = line.gradient.flat();
  for (const [i, g] of gradient.entries()) expect(Math.abs(g - (expected[i] as number))).toBeLessThan(1e-15);
  expect(lossOf(float64, line, true)).toEqual({ value, gradient });

  const single = lossOf(float32, line);
  expect(Math.abs(single.value - line.value)).toBeLessThan(2e-7 * Math.max(1, line.value));
  for (const [i, g] of single.gradient.entries()) {
    const size = Math.max(1, Math.abs(expected[i] as number));
    expect(Math.abs(g - (expected[i] as number))).toBeLessThan(3e-7 * size);
  }
  expect(lossOf(float32, line, true)).toEqual(single);
});

describe.each(TYPES)("$type", (of) => {
  const numbers = (width: number, rows: number) =>
    fc.array(fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: width, maxLength: width }), {
      minLength: rows,
      maxLength: rows,
    });

  test("softmax is that of float64 formulas, in any shape and place, and writes nothing beside it", () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 3 }))
      .chain(([width, rows, shift]) => fc.tuple(numbers(width, rows), fc.constant(shift)));
    fc.assert(
      fc.property(cases, ([outputs, shift]) => {
        const width = outputs[0]?.length as number;
        const z = place(of.Numbers, 0, outputs.flat(), shift + 1);
        const found = guarded(of.Numbers, outputs.flat(), shift, (out) =>
          of.softmax(out.byteOffset, z.byteOffset, outputs.length, width),
        );
        const inPlace = guarded(of.Numbers, outputs.flat(), shift, (out) =>
          of.softmax(out.byteOffset, out.byteOffset, outputs.length, width),
        );
        expect(inPlace).toEqual(found);
        expect([...z]).toEqual(outputs.flat());
        const expected = outputs.flatMap((row) => {
          const e = row.map((x) => Math.exp(x - Math.max(...row)));
          return e.map((x) => x / e.reduce((a, b) => a + b));
        });
        for (const [i, p] of found.entries()) {
          // o - max is rounded, too.
          const exact = expected[i] as number;
          expect(Math.abs(p - exact)).toBeLessThan((4 + width - Math.log(exact)) * of.epsilon * exact);
        }
        for (let row = 0; row < outputs.length; ++row) {
          const sum = found.slice(row * width, (row + 1) * width).reduce((a, b) => a + b);
          expect(Math.abs(sum - 1)).toBeLessThan((4 + width) * of.epsilon);
        }
      }),
    );
  });

  test("the gradient of cross entropy adds up to 0 in every row, and labels are one-hot probabilities", () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }))
      .chain(([width, rows]) =>
        fc.tuple(
          numbers(width, rows),
          fc.array(fc.integer({ min: 0, max: width - 1 }), { minLength: rows, maxLength: rows }),
        ),
      );
    fc.assert(
      fc.property(cases, ([outputs, labels]) => {
        const width = outputs[0]?.length as number;
        const oneHot = labels.map((label) => Array.from({ length: width }, (_, j) => Number(j === label)));
        const byLabels = lossOf(of, { loss: "labels", delta: 1, outputs, targets: labels });
        const byProbabilities = lossOf(of, { loss: "probabilities", delta: 1, outputs, targets: oneHot });
        expect(Math.abs(byLabels.value - byProbabilities.value)).toBeLessThan(4 * of.epsilon * (1 + byLabels.value));
        for (const [i, g] of byLabels.gradient.entries())
          expect(Math.abs(g - (byProbabilities.gradient[i] as number))).toBeLessThan(2 * of.epsilon);
        for (let row = 0; row < outputs.length; ++row) {
          const sum = byLabels.gradient.slice(row * width, (row + 1) * width).reduce((a, b) => a + b);
          expect(Math.abs(sum)).toBeLessThan((4 + width) * of.epsilon);
        }
      }),
    );
  });

  test("outputs of thousands give what they should: no overflow, no 0 times infinity", () => {
    const outputs = [
      [5000, -5000, 0],
      [-5000, -5000, -5000],
    ];
    const { value, gradient } = lossOf(of, { loss: "labels", delta: 1, outputs, targets: [1, 2] });
    expect(value).toBeCloseTo((10000 + Math.log(3)) / 2, 3);
    expect(gradient.slice(0, 3)).toEqual([0.5, -0.5, 0]);
    const masked = [[1, Number.NEGATIVE_INFINITY, 1]];
    const half = lossOf(of, { loss: "probabilities", delta: 1, outputs: masked, targets: [[1, 0, 0]] });
    expect(half.value).toBeCloseTo(Math.LN2, 6);
    expect(half.gradient).toEqual([-0.5, 0, 0.5]);
    const binary = lossOf(of, {
      loss: "binary",
      delta: 1,
      outputs: [[5000, -5000, 5000, -5000]],
      targets: [[1, 0, 0, 1]],
    });
    expect(binary).toEqual({ value: 2500, gradient: [-0, 0, 0.25, -0.25].map((g) => g + 0) });
    // 1 - σ(50) is e⁻⁵⁰, where the difference of two numbers near 1 would be 0.
    const [sure] = lossOf(of, { loss: "binary", delta: 1, outputs: [[50]], targets: [[1]] }).gradient as [number];
    expect(Math.abs(sure / -Math.exp(-50) - 1)).toBeLessThan(3 * of.epsilon);
  });

  test("a NaN in the outputs comes out, wherever it is", () => {
    for (let at = 0; at < 7; ++at) {
      const outputs = [[1, 2, 3, 4, 5, 6, 7].map((x, j) => (j === at ? Number.NaN : x))];
      const targets = [[0, 0, 1, 0, 0, 0, 0]];
      for (const loss of LOSSES.filter((name) => name !== "labels"))
        expect(lossOf(of, { loss, delta: 1, outputs, targets }).value, loss).toBeNaN();
      const byLabel = lossOf(of, { loss: "labels", delta: 1, outputs, targets: [2] });
      expect(byLabel.value).toBeNaN();
      expect(byLabel.gradient.every(Number.isNaN)).toBe(true);
    }
  });

  test("writes no gradient beside its place, of any number of outputs", () => {
    for (const [kind, loss] of LOSSES.entries()) {
      for (let width = 1; width <= 9; ++width) {
        const o = place(
          of.Numbers,
          0,
          Array.from({ length: 2 * width }, (_, i) => Math.sin(i)),
        );
        const t = loss === "labels" ? place(Uint32Array, 1, [0, 0]) : place(of.Numbers, 1, [...o].map(Math.abs));
        const run = (shift: number) =>
          guarded(of.Numbers, [...o].fill(7), shift, (d) =>
            of.lossOf(kind, d.byteOffset, o.byteOffset, t.byteOffset, 2, width, 1),
          );
        const gradient = run(0);
        expect(gradient).not.toContain(7);
        expect(run(1)).toEqual(gradient);
      }
    }
  });

  test("many rows: the logarithm is taken of products of their sums, in pieces that do not overflow", () => {
    const rows = 5000;
    const outputs = Array.from({ length: rows }, (_, i) => [Math.fround(Math.sin(i)), 0, 0.5]);
    const targets = outputs.map((_, i) => i % 3);
    let expected = 0;
    for (const [i, row] of outputs.entries()) {
      const sum = row.reduce((total, x) => total + Math.exp(x), 0);
      expected += (Math.log(sum) - (row[targets[i] as number] as number)) / rows;
    }
    const { value } = lossOf(of, { loss: "labels", delta: 1, outputs, targets });
    expect(Math.abs(value - expected)).toBeLessThan(of.type === "float64" ? 1e-14 : 1e-7);
  });

  test("hits: the first of the largest counts, as for argmax, and no row with a NaN", () => {
    const outputs = [
      [1, 3, 3, 2],
      [1, 3, 3, 2],
      [Number.NaN, 1, 2, 3],
      [3, 2, 1, Number.NaN],
      [-1, -2, -3, -4],
      [0, 0, 0, 0],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 5, Number.POSITIVE_INFINITY],
    ];
    const labels = [1, 2, 3, 0, 0, 0, 3];
    const right = [true, false, false, false, true, true, true];
    const o = place(of.Numbers, 0, outputs.flat());
    const t = place(Uint32Array, 1, labels);
    expect(of.hits(4, o.byteOffset, t.byteOffset, 7, 4)).toBe(4);
    const oneHot = place(
      of.Numbers,
      2,
      labels.flatMap((label) => [0, 1, 2, 3].map((j) => Number(j === label))),
    );
    expect(of.hits(3, o.byteOffset, oneHot.byteOffset, 7, 4)).toBe(4);
    for (const [i, hit] of right.entries())
      expect(of.hits(4, o.byteOffset + 4 * i * o.BYTES_PER_ELEMENT, t.byteOffset + 4 * i, 1, 4), `row ${i}`).toBe(
        Number(hit),
      );
  });

  test("hits of logits: above 0 where the target is above a half", () => {
    const o = place(of.Numbers, 0, [2, -2, 2, -2, 0, 0, Number.NaN, Number.NaN]);
    const t = place(of.Numbers, 1, [1, 0, 0, 1, 0, 1, 0, 1]);
    const each = Array.from(o, (_, i) =>
      of.hits(5, o.byteOffset + i * o.BYTES_PER_ELEMENT, t.byteOffset + i * o.BYTES_PER_ELEMENT, 1, 1),
    );
    expect(each).toEqual([1, 1, 0, 0, 1, 0, 0, 0]);
    expect(of.hits(5, o.byteOffset, t.byteOffset, 8, 1)).toBe(3);
  });
});
