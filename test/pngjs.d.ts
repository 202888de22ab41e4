/** What the tests use of pngjs, which carries no types. */
declare module "pngjs" {
  export class PNG {
    static readonly sync: {
      read(file: Uint8Array): { width: number; height: number; data: Uint8Array };
      write(image: PNG): Uint8Array;
    };
    readonly data: Uint8Array;
    constructor(size: { width: number; height: number });
  }
}
