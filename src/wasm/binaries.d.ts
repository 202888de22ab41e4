/** The name of a family of kernels, which imports of it stand for: see rollup.config.mjs. */
declare module "kernels/*.wasm" {
  const family: string;
  export default family;
}
