export type { GradientOptions, Out, Spacing } from "./gradient/arguments.js";
export { gradient } from "./gradient/gradient.js";
export { type ArrayInput, type ArrayOptions, array, zeros } from "./ndarray/create.js";
export type { DType, TypedArray } from "./ndarray/dtype.js";
export { AxisError } from "./ndarray/errors.js";
export { NDArray, type Shape } from "./ndarray/ndarray.js";
export type { ArrayLikeND, NestedNumbers } from "./ndarray/operand.js";
export { configure, memoryUsage } from "./wasm/heap.js";
