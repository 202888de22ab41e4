/** Matrices and products have the kind that their parameters or functions have. Compiled by types.test.ts, never run. */
import {
  array,
  directionalDerivative,
  groupColumns,
  hessian,
  hessianVectorProduct,
  type JacobianOptions,
  jacobian,
  type NDArray,
  type SparseJacobianOptions,
  type SparseMatrix,
} from "steepest";
import type { Equal, Expect } from "./equal.js";

export type Kinds = [
  Expect<Equal<typeof nested, number[][]>>,
  Expect<Equal<typeof typed, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof integers, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof resident, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof sparse, SparseMatrix<Float64Array<ArrayBuffer>>>>,
  Expect<Equal<typeof single, SparseMatrix<Float32Array<ArrayBuffer>>>>,
  Expect<Equal<typeof kept, number[][]>>,
  Expect<Equal<typeof keptSparse, SparseMatrix<Float64Array<ArrayBuffer>>>>,
  Expect<Equal<typeof perhaps, number[][] | SparseMatrix<Float64Array<ArrayBuffer>>>>,
  Expect<Equal<typeof free, number[][]>>,
  Expect<Equal<typeof freeSparse, SparseMatrix<Float64Array<ArrayBuffer>>>>,
  Expect<Equal<typeof many, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof manySparse, SparseMatrix<Float32Array<ArrayBuffer>>>>,
  Expect<Equal<typeof groups, Int32Array<ArrayBuffer>>>,
  Expect<Equal<typeof curvature, number[][]>>,
  Expect<Equal<typeof curvatures, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof residentCurvatures, NDArray<readonly [number, number]>>>,
  Expect<Equal<typeof slope, number>>,
  Expect<Equal<typeof slopes, number[]>>,
  Expect<Equal<typeof typedSlopes, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof residentSlopes, NDArray<readonly [number]>>>,
  Expect<Equal<typeof product, { w: Float64Array<ArrayBuffer>; b: number[] }>>,
];

const nested = jacobian(([a = 0, b = 0]) => [a * b, a], [1, 2]);
const typed = jacobian((x) => x, new Float32Array(2), { method: "forward", bounds: [0, [1, 2]] });
const integers = jacobian((x: Float64Array) => x, Int8Array.of(1, 2));
const resident = jacobian((x) => x.get(0), array([1, 2]), { f0: 1 });
const sparse = jacobian((x) => x, [1, 2], {
  sparsity: [
    [1, 0],
    [0, 1],
  ],
});
const single = jacobian((x) => x, Float32Array.of(1, 2), { sparsity: { indptr: [0, 1, 2], indices: [0, 1] } });
declare const options: JacobianOptions;
declare const sparseOptions: SparseJacobianOptions;
declare const pattern: number[][] | undefined;
// biome-ignore lint/suspicious/noExplicitAny: options that were parsed
declare const parsed: any;
const kept = jacobian((x) => x.map((v) => 2 * v), [1, 2], options);
const keptSparse = jacobian((x) => x.map((v) => 2 * v), [1, 2], sparseOptions);
const perhaps = jacobian((x) => x.map((v) => 2 * v), [1, 2], { sparsity: pattern });
const free = jacobian((x) => x.map((v) => 2 * v), [1, 2], parsed);
const freeSparse = jacobian((x) => x.map((v) => 2 * v), [1, 2], { sparsity: parsed });
const many = jacobian((points) => points.toArray(), new Float64Array(2), { ...options, batch: true });
const manySparse = jacobian((points) => points.toArray(), new Float32Array(2), { ...sparseOptions, batch: true });
const groups = groupColumns(sparse, { order: [1, 0] });
const curvature = hessian(([a = 0]) => a ** 2, [1, 2]);
const curvatures = hessian(([a = 0]) => a ** 2, new Float64Array(2), { gradient: (x) => x.map((v) => 2 * v) });
const residentCurvatures = hessian((x) => x.get(0), array([1, 2]), { gradient: (x) => [x.get(1), 0], f0: 1 });
const slope = directionalDerivative(([a = 0]) => a ** 2, [1, 2], [0, 1]);
const slopes = directionalDerivative(({ a }) => [a, a * a], { a: 1 as number }, { a: 2 });
const typedSlopes = directionalDerivative((x) => x, [1, 2], [0, 1], { f0: new Float64Array(2) });
const residentSlopes = directionalDerivative((x) => array(x), new Float64Array(2), new Float64Array(2));
const product = hessianVectorProduct(
  ({ w, b }) => (w[0] ?? 0) * (b[0] ?? 0),
  { w: new Float64Array(2), b: [1] },
  { w: new Float64Array(2), b: [1] },
  { gradient: ({ w, b }) => ({ w: b, b: w }) },
);

// @ts-expect-error one array, no record
jacobian(({ a }) => [a], { a: 1 });
// @ts-expect-error a function has numbers, no text
jacobian(() => "1", [1, 2]);
// @ts-expect-error one point for a function of many
jacobian((x: Float64Array) => x, [1, 2], { batch: true });
// @ts-expect-error an option that does not exist
jacobian((x) => x, [1, 2], { step: 1 });
// @ts-expect-error nor here
hessian(() => 1, [1, 2], { sparsity: [[1]] });
// @ts-expect-error one value is what a Hessian is of
hessian((x) => x, [1, 2]);
// @ts-expect-error a direction has the structure of the parameters
directionalDerivative(({ a }) => a, { a: 1 }, [1]);
