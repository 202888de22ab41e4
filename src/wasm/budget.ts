/** What `edge.ts` changes before linear memory is made. */
export const budget = {
  /** Bytes of linear memory past which results land in JavaScript memory. */
  maximumMemory: 2 ** 30,
};
