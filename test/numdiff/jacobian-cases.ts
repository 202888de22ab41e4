/** The cases of test/fixtures/jacobian.py and its functions, operation for operation. */
import { readFileSync } from "node:fs";

type Hex = string | Hex[];

/** The numbers in their structure. */
export function fromBits(bits: Hex): never {
  if (Array.isArray(bits)) return bits.map(fromBits) as never;
  return new DataView(BigUint64Array.of(BigInt(`0x${bits}`)).buffer).getFloat64(0, true) as never;
}

export interface Case {
  f: "chain" | "all_pairs" | "masked";
  m: number;
  x: Hex;
  method: "2-point" | "3-point";
  rel: Hex | null;
  abs: Hex | null;
  bounds: Hex | null;
  pattern: number[][];
  groups: number[] | null;
  points: Hex;
  jacobian: Hex;
}

const lines = readFileSync(new URL("../fixtures/jacobian.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

export function casesOf(kind: "dense" | "sparse" | "groups"): [number, never][] {
  return lines
    .map((line) => JSON.parse(line))
    .filter((found) => found.kind === kind)
    .map((found, k) => [k, found as never]);
}

export const FUNCTIONS: { [name: string]: (x: ArrayLike<number>, m: number, pattern: number[][]) => number[] } = {
  chain: (x, m) =>
    Array.from({ length: m }, (_, i) => {
      const [before, at, after] = [i - 1, i, i + 1].map((j) => x[j] ?? 0.5) as [number, number, number];
      return (i + 1) * at * at - before / (2 + after * after);
    }),
  all_pairs: (x, m) =>
    Array.from({ length: m }, (_, i) =>
      Array.from(x).reduce(
        (total, v, j) => total + ((i - 2 * j) * v) / (1 + v * v) + v * (x[(i + j) % x.length] as number),
        0.5 * i,
      ),
    ),
  masked: (x, m, pattern) =>
    Array.from({ length: m }, (_, i) =>
      Array.from(x).reduce(
        (total, v, j) => (pattern[i]?.[j] ? total + ((j + 1) * v * v) / (3 + total * total) : total),
        1,
      ),
    ),
};

/** Our options for a case. */
export function optionsOf({ method, rel, abs, bounds }: Case): object {
  return {
    method: method === "2-point" ? "forward" : "central",
    ...(rel === null ? {} : { relStep: fromBits(rel) }),
    ...(abs === null ? {} : { absStep: fromBits(abs) }),
    ...(bounds === null ? {} : { bounds: fromBits(bounds) }),
  };
}
