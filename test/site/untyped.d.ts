// Of what has no types, the parts that tests use.

declare module "numpy-parser" {
  const npy: { fromArrayBuffer(bytes: ArrayBuffer): { data: ArrayLike<number>; shape: number[] } };
  export default npy;
}
