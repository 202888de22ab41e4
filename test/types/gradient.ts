/** The law of kinds, as the compiler sees it: same kind in, same kind out. Compiled by types.test.ts, never run. */
import { type ArrayLikeND, array, gradient, type NDArray, zeros } from "steepest";
import type { Equal, Expect } from "./equal.js";

declare const field: ArrayLikeND;
declare const anyShape: NDArray;

export type Kinds = [
  Expect<Equal<typeof numbers, number[]>>,
  Expect<Equal<typeof doubles, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof floats, Float32Array<ArrayBuffer>>>,
  Expect<Equal<typeof bytes, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof bigints, Float64Array<ArrayBuffer>>>,
  Expect<Equal<typeof pair, [number[][], number[][]]>>,
  Expect<Equal<typeof rows, number[][]>>,
  Expect<Equal<typeof triple, [number[][][], number[][][], number[][][]]>>,
  Expect<Equal<typeof line, NDArray<readonly [number]>>>,
  Expect<Equal<typeof plane, [NDArray<readonly [number, number]>, NDArray<readonly [number, number]>]>>,
  Expect<Equal<typeof plane4, [NDArray<readonly [2, 3]>, NDArray<readonly [2, 3]>]>>,
  Expect<Equal<typeof down, NDArray<readonly [2, 3]>>>,
  Expect<Equal<typeof foreign, NDArray>>,
  Expect<Equal<typeof unknownRank, NDArray | NDArray[]>>,
];

const numbers = gradient([1, 2, 4], 0.5, { edgeOrder: 2 });
const doubles = gradient(new Float64Array(3), [0, 1, 3]);
const floats = gradient(new Float32Array(3), new Float64Array(3), { axis: 0 });
const bytes = gradient(new Int8Array(3));
const bigints = gradient(new BigInt64Array(3));
const pair = gradient(
  [
    [1, 2],
    [3, 4],
  ],
  1,
  [0, 2],
);
const rows = gradient(
  [
    [1, 2],
    [3, 4],
  ],
  { axis: 0 },
);
const triple = gradient([
  [
    [1, 2],
    [3, 4],
  ],
  [
    [5, 6],
    [7, 8],
  ],
]);
const line = gradient(array([1, 2, 4]));
const plane = gradient(
  array([
    [1, 2],
    [3, 4],
  ]),
);
const plane4 = gradient(zeros([2, 3], "float32"), 0.1, 0.2, { edgeOrder: 1 });
const down = gradient(zeros([2, 3]), { axis: -2 });
const foreign = gradient(field, { axis: 0 });
const unknownRank = gradient(anyShape);

// @ts-expect-error a function has no samples
gradient((x: number) => x);
// @ts-expect-error nor has a number
gradient(4);
// @ts-expect-error text is no array
gradient("1, 2, 4");
// @ts-expect-error there are edge orders 1 and 2
gradient([1, 2, 4], { edgeOrder: 3 });
// @ts-expect-error an option that does not exist
gradient([1, 2, 4], { edge_order: 2 });
// @ts-expect-error options come last
gradient([1, 2, 4], { axis: 0 }, 0.5);
// @ts-expect-error a result is not changed in kind
export const wrong: Float64Array = gradient(new Float32Array(3));
// @ts-expect-error a dtype that does not exist
zeros([2], "double");

// The data of an array of any type has the methods of typed arrays: that of float16 had none.
for (const entry of anyShape.data) entry.toString();
export const entries = [
  anyShape.data.slice(),
  anyShape.data.every((entry) => Number(entry) === 0),
  array(2n),
  array(true),
];
