/** Kernels of `gradient`. */
export { planEven, planInteger, planUneven } from "./plan";
export { along } from "./sweep";
export { evenSteps, step, weights } from "./weights";
