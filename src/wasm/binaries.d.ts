/** The compiled kernels, as the build at hand carries them: see rollup.config.mjs. */
declare module "kernels/*.wasm" {
  const source: WebAssembly.Module | string;
  export default source;
}
