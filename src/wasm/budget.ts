/** What `edge.ts` changes before linear memory is made. */
export const budget = {
  /** Bytes of linear memory past which results land in JavaScript memory. */
  maximumMemory: 2 ** 30,
  /** Bytes that are reserved at the start. From 32 MiB on, V8 collects garbage in the program's first milliseconds. */
  initialMemory: 24 * 2 ** 20,
};
