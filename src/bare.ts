/** For the entries that bring the kernels: see rollup.config.mjs. */
export * from "./index.js";
export { provide } from "./wasm/kernels.js";
