/** Kernels of `gradient`. */
export { planEven, planIntegerEdges, planUneven } from "./plan";
export { along } from "./sweep";
export { evenSteps, step, weights } from "./weights";
