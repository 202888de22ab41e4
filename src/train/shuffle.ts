import { randomWords } from "../random/philox.js";

/**
 * Integers in an order of chance, which depends on the seed and the epoch alone: the same in every runtime, every order
 * as likely as any other.
 *
 * @param epoch below 2^31: the other streams of a seed are those of weights
 * @see R. A. Fisher and F. Yates, Statistical tables (1938), as D. E. Knuth's algorithm P
 */
export function shuffled(numbers: Uint32Array, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from(numbers);
  let words = randomWords(order.length, seed, epoch);
  let next = 0;
  for (let i = order.length - 1; i > 0; --i) {
    const choices = i + 1;
    // Words from the last multiple of the choices on would favour the lowest of them.
    let word: number;
    do {
      if (next === words.length) words = randomWords(2 * next, seed, epoch); // which begins with the same
      word = words[next] as number;
      next += 1;
    } while (word >= 2 ** 32 - choices && word >= 2 ** 32 - (2 ** 32 % choices));
    const j = word % choices;
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** Which rows are trained on and which are held out, each in ascending order. */
export function split(
  rows: number,
  heldOut: number,
  seed: number,
): { training: Uint32Array<ArrayBuffer>; heldOut: Uint32Array<ArrayBuffer> } {
  const all = new Uint32Array(rows).map((_, i) => i);
  if (heldOut === 0) return { training: all, heldOut: new Uint32Array() };
  const order = shuffled(all, seed, 0); // epochs begin at 1
  return { training: order.slice(heldOut).sort(), heldOut: order.slice(0, heldOut).sort() };
}
