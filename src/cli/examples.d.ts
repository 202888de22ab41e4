/** What the demo takes of the examples, see rollup.config.mjs. */

interface Terrain {
  readonly elevation: import("steepest").NDArray;
  readonly rows: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly north: number;
}

interface Digits {
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

declare module "examples/acts.mjs" {
  type Rise = Record<"towardsEast" | "towardsNorth", import("steepest").NDArray>;
  export function measureTerrain(terrain: Terrain): { rise: Rise; slopes: Float64Array };
  export function fitPasture(observations: object[]): { losses: number[] };
  export function walkDownhill(): void;
  export function learnDigits(parts: object): Promise<{ misread: { index: number }[] }>;
}

declare module "examples/demo-data.mjs" {
  export function unpack(text: string): { terrain: Terrain; observations: object[]; digits: Digits };
}

declare module "examples/digits.mjs" {
  export const SIDE: number;
  export function split(digits: Digits, count: number): { training: Digits; heldOut: Digits };
}

declare module "examples/relief.mjs" {
  type Rise = Record<"towardsEast" | "towardsNorth", ArrayLike<number>>;
  export function shadedRelief(rise: Rise, elevation: ArrayLike<number>): Uint8Array;
}

declare module "examples/terrain.mjs" {
  export function latitudeOfRow(terrain: Terrain, row: number): number;
  export function metresPerDegree(latitude: number): { latitude: number; longitude: number };
}
