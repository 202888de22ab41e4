/** Parameters keep their structure. Compiled by types.test.ts, never run. */
import {
  array,
  checkGradient,
  type Derivatives,
  derivative,
  type Estimate,
  type GradientCheck,
  minimize,
  type NDArray,
  type NumericalGradientOptions,
  type NumericalGradientResult,
  numericalGradient,
  type Optimizer,
  type Side,
  sgd,
  spsa,
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
  Expect<Equal<typeof kept, number[]>>,
  Expect<Equal<typeof free, number[]>>,
  Expect<Equal<typeof estimate, { a: number; w: Float32Array<ArrayBuffer> }>>,
  Expect<Equal<typeof estimates, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof rate, Estimate>>,
  Expect<Equal<typeof rates, Derivatives<number[]>>>,
  Expect<Equal<typeof rateRows, Derivatives<number[][]>>>,
  Expect<Equal<typeof floatRates, Derivatives<Float32Array<ArrayBuffer>>>>,
  Expect<Equal<typeof byteRates.error, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof residentRates.value, NDArray<readonly [number]>>>,
  Expect<Equal<typeof residentRates.side, Side[]>>,
  Expect<Equal<typeof check, GradientCheck>>,
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
declare const options: NumericalGradientOptions;
// biome-ignore lint/suspicious/noExplicitAny: options that were parsed
declare const parsed: any;
const kept = numericalGradient(([a]) => a ?? 0, [1, 2], options);
const free = numericalGradient(([a]) => a ?? 0, [1, 2], parsed);
const estimate = spsa(({ a, w }) => a + (w[0] ?? 0), { a: 1 as number, w: new Float32Array(2) }, { seed: 1 });
const estimates = spsa(([a]) => a ?? 0, Uint8Array.of(1), { step: 0.5, samples: 2 });
const rate = derivative(Math.sin, 1, { order: 2, bounds: [0, 2] });
const rates = derivative(Math.sin, [1, 2], { side: "left" });
const rateRows = derivative(Math.sin, [[1], [2]]);
const floatRates = derivative(Math.sin, new Float32Array(2));
const byteRates = derivative(Math.sin, new Int8Array(2));
const residentRates = derivative(Math.sin, array([1, 2]));
const check = checkGradient(
  ({ w }) => w[0] ?? 0,
  ({ w }) => ({ w: w.map(() => 1) }),
  { w: [1, 2] },
  { tolerance: 1e-3 },
);
export const worst: string | undefined = check.worst?.name;
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
// @ts-expect-error an order that does not exist
derivative(Math.sin, 1, { order: 5 });
// @ts-expect-error a function of one number
derivative((x: string) => x.length, 1);
// @ts-expect-error spsa has no method
spsa(() => 1, [1, 2], { method: "central" });
// @ts-expect-error a function with one value has a gradient
checkGradient((x) => x, [1, 2], [1, 2]);
// @ts-expect-error text is no gradient
checkGradient(() => 1, "1", [1, 2]);
// @ts-expect-error a verdict is not the user's to change
check.ok = true;
// @ts-expect-error an option that does not exist
sgd({ rate: 0.1 });
// @ts-expect-error how many steps were made is not the user's to say
optimizer.stepCount = 3;
// @ts-expect-error nor is a loss that says nothing
minimize(() => {}, [1, 2]);
