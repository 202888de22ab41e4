import source from "kernels/lookahead.wasm";
import type { Range } from "../../ndarray/ranges.js";
import { views } from "../../wasm/heap.js";
import type { Schedule } from "../hyperparameters.js";
import { defineRule, type Part, type Rule } from "../rule.js";

/** Options of `lookahead`. */
export interface LookaheadOptions {
  /** Steps of the rule from one move of the slow weights to the next; 5 unless set. */
  steps?: number | Schedule;
  /** α, how far the slow weights go, from above 0 to 1; 0.5 unless set. */
  alpha?: number | Schedule;
}

const INTERVAL: Range = { expected: "an integer from 1 to 2^32 - 1", accepts: (x) => x >= 1 && x >>> 0 === x };
const SHARE: Range = { expected: "a number above 0, at most 1", accepts: (x) => x > 0 && x <= 1 };

const slow = /* @__PURE__ */ defineRule({
  name: "lookahead",
  source,
  ranges: { steps: [5, INTERVAL], alpha: [0.5, SHARE] },
  slots: () => ["slow"],
  role: "result",
  begin(parts: readonly Part[]) {
    const { f64, u8 } = views;
    for (const { kind, p, s, count, h } of parts)
      if (f64[h / 8] === 0) u8.copyWithin(s, p, p + count * (kind === "f64" ? 8 : 4));
  },
});

/**
 * Slow weights, which follow where the rule has gone every few steps, and from which it goes on. In a chain, after the
 * rule, whose own state stays.
 *
 *     every k steps:  φ = φ + α (p - φ);  p = φ
 *
 * with φ the parameters before the first step.
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = chain(sgd({ learningRate: 1 }), lookahead({ steps: 2 })).init([4]);
 * optimizer.step([1]);
 * optimizer.step([1]);
 * console.log(optimizer.params); // Float64Array(1) [ 3 ]
 * @see M. Zhang et al., Lookahead optimizer: k steps forward, 1 step back (2019)
 */
export function lookahead(options: LookaheadOptions = {}): Rule {
  return slow(options);
}
