/** `gradient` against NumPy, bit for bit, for every way an array can come in and a result can go out. */
import { afterAll, describe, expect, test, vi } from "vitest";
import * as steepest from "../../src/index.js";
import {
  type Case,
  cases,
  contiguous,
  dice,
  difference,
  type Elements,
  elements,
  longCases,
  nested,
  type Sample,
  shifted,
  sizeOf,
  strided,
  sumOf,
} from "./cases.js";

type Package = typeof steepest;
type Roll = (n: number) => number;
type Any = never; // the tests pass what no type allows, for NumPy's errors are part of the contract

/** A copy of the package whose arrays lie in JavaScript memory, for its linear memory may not grow. */
vi.resetModules();
const outside: Package = await import("../../src/index.js");
outside.configure({ maximumMemory: 0 });
afterAll(() => expect(outside.memoryUsage().used).toBe(0));

const isPlain = ({ dtype }: Sample) => !/^(bool|complex|datetime|timedelta)/.test(dtype);
const isVector = (sample: Sample) => isPlain(sample) && sample.shape.length === 1;
/** Plain arrays are float64, int64 or bool, are not 0-d, and cannot say what follows an axis of length 0. */
const isNested = ({ dtype, shape }: Sample) =>
  (dtype === "float64" || dtype === "int64" || (dtype === "bool" && sizeOf(shape) > 0)) &&
  shape.length > 0 &&
  shape.slice(0, -1).every((length) => length > 0);

function ndarray({ array }: Package, { data, ...options }: Sample): steepest.NDArray {
  return array(data as Any, options);
}

const inputs: {
  readonly [name: string]: { fits(f: Sample): boolean; make(pkg: Package, f: Sample, roll: Roll): unknown };
} = {
  NDArray: { fits: () => true, make: ndarray },
  "typed array": { fits: isVector, make: (_, f, roll) => shifted(f.data, roll(5)) },
  "view of linear memory": { fits: isVector, make: (pkg, f) => ndarray(pkg, f).data },
  "nested arrays": { fits: isNested, make: (_, f) => nested(f) },
  "array-like": { fits: () => true, make: (_, f, roll) => contiguous(f, roll) },
  "strided array-like": { fits: () => true, make: (_, f, roll) => strided(f, roll) },
};

const outputs: { readonly [name: string]: ((pkg: Package, result: Sample, roll: Roll) => unknown) | undefined } = {
  "new results": undefined,
  "NDArray out": (pkg, { data, ...options }) => pkg.array(data.slice().fill(filler(data)) as Any, options),
  "typed out": (pkg, result, roll) =>
    isPlain(result)
      ? shifted(elements(result.dtype, sizeOf(result.shape)).fill(7 as Any), roll(5))
      : outputs["NDArray out"]?.(pkg, result, roll),
};

const filler = (data: Elements) => (typeof data[0] === "bigint" ? 7n : 7) as Any;

const CLASSES: { readonly [name: string]: string } = {
  ValueError: "RangeError",
  IndexError: "RangeError",
  ZeroDivisionError: "RangeError",
};

/** What is wrong with what gradient does with a case; "" if nothing is. */
function verdict(
  pkg: Package,
  { f, spacing, axis, edge, single, results, error }: Case,
  input: string,
  output: string,
  roll: Roll,
): string {
  const from = inputs[input]?.make(pkg, f, roll);
  const given = spacing.map((h) => (typeof h === "number" ? h : coordinates(pkg, h, roll)));
  const makeOut = outputs[output];
  const outs = makeOut && results?.map((result) => makeOut(pkg, result, roll));
  const out = outs && (single && roll(2) === 0 ? outs[0] : outs);
  // `undefined` and 1 are the defaults: leaving options out must be the same.
  const options = {
    ...(axis === null && roll(2) ? {} : { axis }),
    ...(edge === 1 && roll(2) ? {} : { edgeOrder: edge }),
  };
  let answer: unknown;
  try {
    answer = pkg.gradient(from as Any, ...(given as Any[]), {
      ...options,
      ...(out === undefined ? {} : { out }),
    } as Any);
  } catch (thrown) {
    const { message } = thrown as Error;
    const name = (thrown as Error).constructor.name;
    const [want, text] = error ?? ["no error", ""];
    return name === (CLASSES[want] ?? want) && message === text ? "" : `${name}: ${message}, not ${want}: ${text}`;
  }
  if (error !== undefined) return `a result, not ${error.join(": ")}`;
  const got = single ? [answer] : (answer as unknown[]);
  if (got.length !== results?.length) return `${got.length} results, not ${results?.length}`;
  for (const [k, result] of results.entries()) {
    if (outs !== undefined && got[k] !== outs[k]) return `result ${k} is not out`;
    const data = dataOf(got[k], result, outs === undefined ? input : output);
    const wrong = typeof data === "string" ? data : difference(data, result.data);
    if (wrong) return `result ${k}: ${wrong}`;
  }
  for (const array of [from, ...given, ...got]) if (array instanceof pkg.NDArray) array.free();
  return "";
}

/** Coordinates and 0-d spacings come in any of the ways, too. */
function coordinates(pkg: Package, h: Sample, roll: Roll): unknown {
  const ways = Object.values(inputs).filter(({ fits }) => fits(h));
  const made = ways[roll(ways.length)]?.make(pkg, h, roll);
  // A view of linear memory is detached when what is made after it makes the memory grow.
  return ArrayBuffer.isView(made) ? (made as unknown as Elements).slice() : made;
}

/** The elements of a result, or what is wrong with its kind, type or shape. */
function dataOf(result: unknown, want: Sample, from: string): Elements | string {
  if (from === "nested arrays") {
    let shape: number[] = [];
    for (let row = result; Array.isArray(row); row = row[0]) shape = [...shape, row.length];
    if (shape.join() !== want.shape.join()) return `shape [${shape}], not [${want.shape}]`;
    const data = elements(want.dtype, sizeOf(want.shape));
    data.set((result as unknown[]).flat(Number.POSITIVE_INFINITY) as Any);
    return data;
  }
  if (ArrayBuffer.isView(result)) {
    const { name } = want.data.constructor as unknown as { name: string };
    if (from === "NDArray" || !from.match(/^(typed|view)/)) return "a typed array";
    return result.constructor.name === name
      ? (result as unknown as Elements)
      : `${result.constructor.name}, not ${name}`;
  }
  const { dtype, unit, shape, data } = result as steepest.NDArray;
  if (dtype !== want.dtype || unit !== want.unit) return `${dtype} in ${unit}, not ${want.dtype} in ${want.unit}`;
  if (shape.join() !== want.shape.join()) return `shape [${shape}], not [${want.shape}]`;
  return data as unknown as Elements;
}

const packages: [string, Package][] = [
  ["in linear memory", steepest],
  ["outside linear memory", outside],
];

describe.each(packages)("%s", (_, pkg) => {
  describe.each(Object.keys(inputs))("from %s", (input) => {
    const fitting = cases.filter(({ f }) => inputs[input]?.fits(f));

    test.each(Object.keys(outputs))("to %s", (output) => {
      const roll = dice(7);
      const wrong = fitting.map((one) => [one.line, verdict(pkg, one, input, output, roll)]).filter(([, text]) => text);
      expect(fitting.length).toBeGreaterThan(100);
      expect(wrong).toEqual([]);
    });
  });

  test("the input and the coordinates are never written", () => {
    for (const { f, spacing, axis, edge, error } of cases) {
      if (error !== undefined) continue;
      const given = [f, ...spacing.filter((h) => typeof h !== "number")];
      const arrays = given.map((sample) => ndarray(pkg, sample));
      let used = 0;
      const h = spacing.map((value) => (typeof value === "number" ? value : arrays[++used]));
      const results = pkg.gradient(arrays[0] as Any, ...(h as Any[]), { axis, edgeOrder: edge } as Any) as unknown;
      for (const [k, sample] of given.entries()) {
        expect(difference(arrays[k]?.data as unknown as Elements, sample.data)).toBe("");
      }
      for (const array of [arrays, results].flat() as steepest.NDArray[]) array.free();
    }
  });

  test.each(longCases)(
    "long arrays: $f.dtype [$f.shape], edge order $edge, line $line",
    ({ f, spacing, edge, sums }) => {
      const roll = dice(13);
      for (const input of ["NDArray", "typed array", "strided array-like"]) {
        if (!inputs[input]?.fits(f)) continue;
        const from = inputs[input].make(pkg, f, roll);
        const given = spacing.map((h) => (typeof h === "number" ? h : coordinates(pkg, h, roll)));
        const results = [pkg.gradient(from as Any, ...(given as Any[]), { edgeOrder: edge })].flat() as unknown[];
        const data = results.map(
          (result) => (result instanceof pkg.NDArray ? result.data : result) as unknown as Elements,
        );
        expect(data.map(sumOf)).toEqual(sums);
        for (const array of [from, ...given, ...results]) if (array instanceof pkg.NDArray) array.free();
      }
    },
  );
});

test("the fixture has every type and every error", () => {
  const types = 15 + Number("Float16Array" in globalThis);
  expect(new Set(cases.map(({ f }) => f.dtype)).size).toBe(types);
  expect([...new Set(cases.flatMap(({ error }) => error?.[0] ?? []))].sort()).toEqual([
    "AxisError",
    "IndexError",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
  ]);
});
