import { TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { NDArray } from "../ndarray/ndarray.js";
import { type Leaf, ParameterLayout, type ParameterVector } from "../params/parameters.js";
import { randomWords } from "../random/philox.js";
import { views } from "../wasm/heap.js";
import { type Architecture, spreadOf } from "./architecture.js";

/** Addresses of each layer's parameters, or of their gradient. */
export interface Places {
  readonly weights: readonly number[];
  readonly biases: readonly number[];
}

export function typeOfNetwork({ dtype }: Architecture): TypeInfo {
  return TYPES[dtype];
}

/** `{ layers: [{ weights, biases }, ...] }`, z = x weights + biases. */
export function layoutOf(architecture: Architecture): ParameterLayout {
  const { layers } = architecture;
  // One element stands for all of an array: values come later.
  const type = typeOfNetwork(architecture);
  const like = (shape: readonly number[]) => new NDArray(type, shape, undefined, new type.View(1));
  const pairs = layers.slice(1).map((outputs, l) => ({
    weights: like([layers[l] as number, outputs]),
    biases: like([outputs]),
  }));
  return new ParameterLayout({ layers: pairs }, "params");
}

function leafOf(layout: ParameterLayout, path: string): Leaf {
  return layout.leaves.find((leaf) => leaf.path === path) as Leaf;
}

/** Where the layers lie in a vector, whose leaves may have any order. */
export function placesIn({ layout, address }: ParameterVector): Places {
  const places = (name: string) =>
    layout.leaves
      .filter(({ path }) => path.endsWith(name))
      .map((_, l) => layout.addressOf(leafOf(layout, `layers[${l}].${name}`), address));
  return { weights: places("weights"), biases: places("biases") };
}

/** High streams of the seed, for an order of rows that has the same seed takes the low ones. */
const STREAMS = 2 ** 31;

/**
 * Draws the weights, evenly spaced out between -spread and spread; biases stay zero. Networks of both types begin with
 * the same weights, but for rounding.
 */
export function initialize(architecture: Architecture, { weights }: Places): void {
  const { layers, seed } = architecture;
  const type = typeOfNetwork(architecture);
  for (const [l, address] of weights.entries()) {
    const words = randomWords((layers[l] as number) * (layers[l + 1] as number), seed, STREAMS + l);
    const elements = new type.View(views.buffer, address, words.length);
    const spread = spreadOf(architecture, l);
    // The middle of each of 2^32 intervals: exact but for the last product.
    for (let i = 0; i < words.length; ++i) elements[i] = ((words[i] as number) / 2 ** 31 + 2 ** -32 - 1) * spread;
  }
}
