/** How many times as fast as a rival each case is meant to be, in the same run. */
const RESIDENT = "steepest, resident";
const TYPED = "steepest, typed array in and out";
const TYPED_OUT = "steepest, typed array, out";
const NEW = "plain JS, new output";
const REUSED = "plain JS, reused output";
const NUMPY_TS = "numpy-ts, resident";

export const NUMPY = "NumPy";
export const LIMIT = "C";
export const COPIES = "copies in and out";
export const COPIES_NEW = "copies in and out, new output";

/** Rows whose times together are the least that a row can take. */
export const LEAST = { [RESIDENT]: [LIMIT], [TYPED]: [LIMIT, COPIES_NEW], [TYPED_OUT]: [LIMIT, COPIES] };

/** [case, ours, rival, times as fast] */
export const GOALS = [
  ["1e6-unit", RESIDENT, NUMPY, 10],
  ["1e6-unit", RESIDENT, NUMPY_TS, 2.8],
  ["1e6-unit", TYPED, NEW, 1.5],
  ["1e6-unit", TYPED_OUT, REUSED, 1.5],
  ["1e6-tenth", RESIDENT, NUMPY, 3],
  ["1e6-tenth", TYPED, NEW, 1.4],
  ["1e6-tenth", TYPED_OUT, REUSED, 1.4],
  ["1e6-uneven", RESIDENT, NUMPY, 6],
  ["1e6-uneven", RESIDENT, REUSED, 1.7],
  ["1e6-uneven", TYPED, NEW, 1.5],
  ["1e6-uneven", TYPED_OUT, REUSED, 1.5],
  ["2048x2048", RESIDENT, NUMPY, 3.5],
  ["2048x2048", RESIDENT, REUSED, 2.9],
  ["2048x2048", TYPED, NEW, 1.5],
  ["2048x2048", TYPED_OUT, REUSED, 1.5],
  ["128x128x128", RESIDENT, NUMPY, 4],
  ["128x128x128", RESIDENT, REUSED, 3.5],
  ["128x128x128", TYPED, NEW, 1.5],
  ["128x128x128", TYPED_OUT, REUSED, 1.5],
  ["1000", RESIDENT, NUMPY, 10],
  ["1000", RESIDENT, NUMPY_TS, 2],
  ["1000", TYPED, NEW, 1.2],
  ["1000", TYPED_OUT, REUSED, 1.2],
  ["2048x2048-f32", RESIDENT, NUMPY, 3.3],
  ["2048x2048-f32", RESIDENT, REUSED, 5.5],
  ["2048x2048-f32", TYPED, NEW, 2],
  ["2048x2048-f32", TYPED_OUT, REUSED, 2],
  ...["1e6-unit", "1e6-tenth", "1e6-uneven", "2048x2048", "128x128x128", "1000", "2048x2048-f32"].map((one) => [
    one,
    RESIDENT,
    LIMIT,
    1 / 1.15,
  ]),
];

/** numericalGradient may take this many times as long as a loop written by hand. */
export const FUNCTION_GOAL = 1.1;
/** A step of an optimizer may take this many times as long as its bytes, or its divisions and square roots. */
export const RULE_GOAL = 1.5;
/** Milliseconds of import and first call. */
export const STARTUP_GOAL = 5;
/** Bytes of a bundle with gradient alone. */
export const SIZE_GOAL = 12_000;
/** Bytes of a bundle with everything. */
export const WHOLE_SIZE_GOAL = 45_000;
