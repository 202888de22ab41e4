/** Parameters keep their structure. Compiled by types.test.ts, never run. */
import {
  array,
  minimize,
  type NDArray,
  type NumericalGradientResult,
  numericalGradient,
  type Optimizer,
  sgd,
} from "steepest";
import { init } from "steepest/slim";
import type { Equal, Expect } from "./equal.js";

export type Structures = [
  Expect<Equal<typeof slope, number>>,
  Expect<Equal<typeof slopes, number[]>>,
  Expect<Equal<typeof floats, Float32Array<ArrayBuffer>>>,
  Expect<Equal<typeof resident, NDArray<readonly [number]>>>,
  Expect<Equal<typeof record, { w: Float64Array<ArrayBuffer>; b: number[] }>>,
  Expect<Equal<typeof integers, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof bounded, { w: Float64Array<ArrayBuffer>; b: number[] }>>,
  Expect<Equal<typeof many, Float32Array<ArrayBuffer>>>,
  Expect<Equal<typeof later, Promise<number[]>>>,
  Expect<Equal<typeof manyLater, Promise<NDArray<readonly [number]>>>>,
  Expect<Equal<typeof counted, NumericalGradientResult<number[]>>>,
  Expect<Equal<Awaited<typeof countedLater>["value"], { a: number }>>,
  Expect<Equal<typeof found.x, number[]>>,
  Expect<Equal<typeof found.converged, boolean>>,
];

const slope = numericalGradient((x) => x ** 2, 3 as number);
const slopes = numericalGradient(([a, b]) => (a ?? 0) * (b ?? 0), [1, 2], { method: "forward" });
const floats = numericalGradient((x) => x[0] ?? 0, new Float32Array(2));
const resident = numericalGradient((x) => x.get(0), array([1, 2]));
const record = numericalGradient(({ w, b }) => (w[0] ?? 0) + (b[0] ?? 0), { w: new Float64Array(2), b: [1] });
const integers = numericalGradient((x: Float64Array) => x[0] ?? 0, Int8Array.of(1));
const bounded = numericalGradient(
  ({ w, b }) => (w[0] ?? 0) + (b[0] ?? 0),
  { w: new Float64Array(2), b: [1] },
  { bounds: [0, { w: [1, 2], b: [Number.POSITIVE_INFINITY] }], relStep: { w: [1, 2], b: [3] }, f0: 1 },
);
const many = numericalGradient((points) => points.toArray().map(([a]) => a ?? 0), new Float32Array(2), { batch: true });
const later = numericalGradient(async ([a]) => a ?? 0, [1, 2], {
  concurrency: 4,
  signal: new AbortController().signal,
});
const manyLater = numericalGradient(async (points) => new Float64Array(points.shape[0]), array([1, 2]), {
  batch: true,
  concurrency: 2,
});
const counted = numericalGradient(([a]) => a ?? 0, [1], { full: true });
const countedLater = numericalGradient(({ a }) => a, { a: 1 as number }, { full: true, concurrency: 1 });
const found = minimize((x) => (x[0] ?? 0) ** 2, [1, 2], { optimizer: sgd({ learningRate: 0.1 }), gradient: "central" });

const optimizer = sgd({ momentum: 0.9 }).init({ w: new Float32Array(2), b: [1] });
export const w: Float32Array = optimizer.params.w;
export const b: Float64Array = optimizer.params.b;
optimizer.learningRate = 0.1;
export const plain: Optimizer = sgd().init([1, 2]);
export const ready: Promise<void> = init(new Uint8Array(8));

// @ts-expect-error an array has no gradient here: a function does
numericalGradient([1, 2, 4]);
// @ts-expect-error integers and text are no parameters
sgd().init({ w: "0.5" });
// @ts-expect-error a method that does not exist
numericalGradient((x) => x ** 2, 3, { method: "both" });
// @ts-expect-error an asynchronous loss that nothing awaits
numericalGradient(async (x) => x ** 2, 3);
// @ts-expect-error a single value for many points
numericalGradient(() => 1, [1, 2], { batch: true });
// @ts-expect-error a bound that has no upper one
numericalGradient(() => 1, [1, 2], { bounds: [0] });
// @ts-expect-error an option that does not exist
numericalGradient(() => 1, [1, 2], { step: 1 });
// @ts-expect-error an option that does not exist
sgd({ rate: 0.1 });
// @ts-expect-error how many steps were made is not the user's to say
optimizer.stepCount = 3;
// @ts-expect-error nor is a loss that says nothing
minimize(() => {}, [1, 2]);
