// Of what has no types, the parts that tests use.

declare module "numpy-parser" {
  const npy: { fromArrayBuffer(bytes: ArrayBuffer): { data: ArrayLike<number>; shape: number[] } };
  export default npy;
}

declare module "pngjs" {
  export class PNG {
    static readonly sync: { write(image: PNG): Uint8Array };
    readonly data: Uint8Array;
    constructor(size: { width: number; height: number });
  }
}
