/** Kernels of random numbers: integers only, so that every engine makes the same bits. */
export { philox } from "./philox";
