import source from "kernels/lbfgs.wasm";
import { describe } from "../ndarray/dtype.js";
import { checkOptions } from "../ndarray/errors.js";
import { AT_LEAST_ZERO, checkNumber, type Range } from "../ndarray/ranges.js";
import { isPromise } from "../numdiff/differences.js";
import {
  Argument,
  firstNotFinite,
  type Leaf,
  type Live,
  ParameterLayout,
  type ParameterTree,
  ParameterVector,
  segmentsOf,
} from "../params/parameters.js";
import { decode, type Tensor } from "../save/safetensors.js";
import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import { lazyKernels } from "../wasm/kernels.js";
import { type Progress, read, type Saved, savedAt, write } from "./checkpoint.js";
import type { Ending } from "./descent.js";
import type { FloatKind } from "./kernels.js";
import { type Point, strongWolfe } from "./line-search.js";
import { normKernels } from "./norms.js";

/** Options of `lbfgs`. */
export interface LbfgsOptions {
  /** γ, the share of a direction that is gone, or tried first with a line search; 1 unless set. */
  learningRate?: number;
  /** Iterations at most in a `step`; 20 unless set. `minimize` has its own. */
  maxIterations?: number;
  /** Evaluations after which a `step` begins no iteration; 5/4 of maxIterations unless set. `minimize` has its own. */
  maxEvaluations?: number;
  /** Done when no entry of the gradient is larger; 1e-7 unless set. */
  gradientTolerance?: number;
  /** Done when no parameter or the value changes by more, or the value is not foretold to; 1e-9 unless set. */
  changeTolerance?: number;
  /** Changes of parameters and gradient that the curvature is estimated from, two vectors each; 100 unless set. */
  historySize?: number;
  /** How to find the length of a step; it is γ itself unless set. */
  lineSearch?: "strongWolfe";
}

type Settings = Required<Omit<LbfgsOptions, "lineSearch">> & { readonly lineSearch: "strongWolfe" | undefined };

/** What a closure answers: the value, and the gradient in the structure of the parameters. */
export interface Evaluation {
  /** The loss. */
  readonly value: number;
  /** Its gradient, in the structure of the parameters. */
  readonly gradient: unknown;
}

/** What evaluates the loss by itself, as often as it needs. Made by `lbfgs`. */
export interface ClosureRule {
  /**
   * Binds the rule to parameters: their values are copied in, what was passed is never written.
   *
   * @param params a number[], a float array or NDArray, a number, or records and arrays of these
   * @throws {TypeError} if a leaf is not float64 or float32
   * @throws {RangeError} if there are no parameters or no memory for them
   */
  init<const P extends ParameterTree>(params: P): Lbfgs<P>;
}

/** The exports of assembly/optim/lbfgs.ts. */
interface Operations {
  dot(x: number, y: number, n: number): number;
  sumOfMagnitudes(x: number, n: number): number;
  combine(z: number, a: number, x: number, b: number, y: number, n: number): void;
}

const kernels =
  /* @__PURE__ */ lazyKernels<{ readonly [K in keyof Operations as `${K}_${FloatKind}`]: Operations[K] }>(source);

/** A change of the parameters, s, and that of the gradient, y, one vector after the other; and 1 / (y · s). */
interface Pair {
  readonly block: Block;
  readonly inverse: number;
}

/** All of what an iteration leaves to the next one but its vectors. */
interface Memory {
  readonly pairs: readonly Pair[];
  /** The share of the last direction that was gone. */
  readonly t: number;
  /** H₀ = scale · I */
  readonly scale: number;
  readonly iterations: number;
  readonly evaluations: number;
}

/**
 * The quasi-Newton method for full batches: curvature is estimated from the last gradients.
 *
 *     d = -H g;   p = p + t d;   s = t d;   y = g' - g
 *
 * where H is the inverse of the Hessian by the last pairs s, y. The first t is min(1, 1 / Σ|g|) γ, the others are γ, or what
 * a line search finds from there. Iterates and counts of evaluations are torch's.
 *
 *     optimizer.step((params) => ({ value, gradient }))     up to 20 iterations
 *     minimize(loss, x0, { optimizer: lbfgs({ lineSearch: "strongWolfe" }) })
 *
 * @throws {RangeError} if an option is out of range
 * @throws {TypeError} if an option is of the wrong type or unknown
 * @example
 * const optimizer = lbfgs({ lineSearch: "strongWolfe" }).init([-1, 1]);
 * const closure = ([a, b]) => ({
 *   value: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
 *   gradient: [2 * (a - 1) - 400 * a * (b - a * a), 200 * (b - a * a)],
 * });
 * for (let k = 0; k < 3; ++k) optimizer.step(closure);
 * console.log(Array.from(optimizer.params, (p) => p.toFixed(4))); // [ '1.0000', '1.0000' ]
 * @see torch.optim.LBFGS; J. Nocedal, Updating quasi-Newton matrices with limited storage (1980)
 */
export function lbfgs(options: LbfgsOptions = {}): ClosureRule {
  checkOptions("lbfgs", options, SETTINGS);
  const settings = settle(options);
  return { init: <const P extends ParameterTree>(params: P) => new Lbfgs<P>(settings, params) };
}

/** In the order of the file's records. */
const SETTINGS = [
  "learningRate",
  "maxIterations",
  "maxEvaluations",
  "gradientTolerance",
  "changeTolerance",
  "historySize",
  "lineSearch",
];

const RECORDS = "0.lbfgs.records";
/** Numbers in the records before those of the pairs: four and the settings. A literal, which bundlers can drop. */
const FIRST = 11;

function settle(options: LbfgsOptions): Settings {
  const { maxIterations = 20, lineSearch } = options;
  if (lineSearch !== undefined && lineSearch !== "strongWolfe") {
    const message = `lineSearch must be "strongWolfe" or undefined; got ${describe(lineSearch)}.`;
    throw typeof lineSearch === "string" ? new RangeError(message) : new TypeError(message);
  }
  return {
    learningRate: checkNumber("learningRate", AT_LEAST_ZERO, options.learningRate ?? 1),
    maxIterations: checkNumber("maxIterations", COUNT, maxIterations),
    maxEvaluations: checkNumber(
      "maxEvaluations",
      COUNT,
      options.maxEvaluations ?? Math.max(1, Math.floor((maxIterations * 5) / 4)),
    ),
    gradientTolerance: checkNumber("gradientTolerance", AT_LEAST_ZERO, options.gradientTolerance ?? 1e-7),
    changeTolerance: checkNumber("changeTolerance", AT_LEAST_ZERO, options.changeTolerance ?? 1e-9),
    historySize: checkNumber("historySize", COUNT, options.historySize ?? 100),
    lineSearch,
  };
}

const COUNT: Range = { expected: "an integer of 1 or more", accepts: (n) => n >= 1 && n % 1 === 0 };

/**
 * Parameters on their way down by L-BFGS. They and the history lie in linear memory until `free`.
 *
 * @example
 * const optimizer = lbfgs().init({ w: [2, 1] });
 * optimizer.step(({ w }) => ({ value: w[0] ** 2 + w[1] ** 2, gradient: { w: [2 * w[0], 2 * w[1]] } }));
 * console.log(Math.abs(optimizer.params.w[0]) < 1e-12, optimizer.iterations, optimizer.evaluations); // true 2 3
 * optimizer.free();
 */
export class Lbfgs<P extends ParameterTree = number[]> implements Disposable {
  #settings: Settings;
  readonly #layout: ParameterLayout;
  readonly #params: ParameterVector;
  readonly #grads: ParameterVector;
  readonly #argument: Argument;
  /**
   * Vectors, each `#apart` bytes from one to the next:
   *
   *     direction | gradient before | parameters before | two gradients that the line search keeps
   */
  readonly #work: Block;
  readonly #apart: number;
  readonly #segments: readonly { readonly kind: FloatKind; readonly address: number; readonly count: number }[];
  #memory: Memory = { pairs: [], t: 0, scale: 1, iterations: 0, evaluations: 0 };
  /** What `step` goes back to if it fails; its pairs are not freed before it has succeeded. */
  #before: Memory | undefined;
  #ending: Ending | undefined;
  #freed = false;

  /** @internal */
  constructor(settings: Settings, params: unknown) {
    if (typeof Symbol.dispose === "symbol") this[Symbol.dispose] = this.free;
    this.#settings = settings;
    const layout = new ParameterLayout(params, "params");
    if (layout.size === 0) throw new RangeError("An optimizer needs at least one parameter; got none.");
    this.#layout = layout;
    this.#apart = 64 * Math.ceil(layout.bytes / 64);
    this.#segments = segmentsOf(layout, 0);
    this.#argument = new Argument(layout);
    const taken: { free(): void }[] = [];
    try {
      this.#params = new ParameterVector(layout, layout.operands(params, "params"));
      taken.push(this.#params);
      this.#grads = new ParameterVector(layout);
      taken.push(this.#grads);
      this.#work = heap.allocate(5 * this.#apart);
      taken.push({ free: () => heap.free(this.#work) });
      views.u8.fill(0, this.#work.address, this.#work.address + 5 * this.#apart);
    } catch (error) {
      for (const one of taken) one.free();
      throw error;
    }
  }

  /** The same as `free`, for `using`. */
  declare [Symbol.dispose]: () => void;

  /** @internal */
  get vectors(): { params: ParameterVector; grads: ParameterVector; frozen: ReadonlySet<Leaf> } {
    this.#check();
    return { params: this.#params, grads: this.#grads, frozen: new Set() };
  }

  /** @internal */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** The parameters in their structure, as views of one vector. Writing into them between steps is welcome. */
  get params(): Live<P> {
    this.#check();
    return this.#params.structure as Live<P>;
  }

  /** Iterations made so far, in all steps. */
  get iterations(): number {
    return this.#memory.iterations;
  }

  /** Calls of closures so far. */
  get evaluations(): number {
    return this.#memory.evaluations;
  }

  /**
   * Iterations downhill until one of the limits is met, in place.
   *
   * @param closure gives the value and the gradient at parameters, which it is handed as a copy in their structure. It is
   *   called for the parameters as they are, then for each place that is tried
   * @returns the value before the step
   * @throws {RangeError} if the value or the gradient is not finite where the step begins or, without a line search, leads;
   *   where a line search tries such a place, it goes less far
   * @throws {TypeError} if the closure answers something else; whatever is thrown, and be it by the closure, parameters,
   *   history and counts are as they were
   */
  step(closure: (params: Live<P>) => Evaluation): number {
    this.#check();
    this.#checkIdle("step");
    if (typeof closure !== "function")
      throw new TypeError(`step takes a closure, (params) => ({ value, gradient }); got ${describe(closure)}.`);
    this.#params.checkStructure();
    // Parameters, direction and gradient before.
    const saved = heap.allocate(3 * this.#apart);
    this.#copy(saved.address, this.#params.address);
    views.u8.copyWithin(saved.address + this.#apart, this.#work.address, this.#work.address + 2 * this.#apart);
    const before = this.#memory;
    this.#before = before;
    try {
      const value = this.#iterate(closure);
      const { pairs } = this.#memory;
      for (const pair of before.pairs) if (!pairs.includes(pair)) heap.free(pair.block);
      return value;
    } catch (error) {
      for (const pair of this.#memory.pairs) if (!before.pairs.includes(pair)) heap.free(pair.block);
      this.#memory = before;
      this.#copy(this.#params.address, saved.address);
      const { u8 } = views;
      u8.copyWithin(this.#work.address, saved.address + this.#apart, saved.address + 3 * this.#apart);
      throw error;
    } finally {
      this.#before = undefined;
      heap.free(saved);
    }
  }

  #iterate(closure: (params: Live<P>) => Evaluation): number {
    const { maxIterations, maxEvaluations, gradientTolerance } = this.#settings;
    const evaluate = () => this.#call(closure);
    const evaluations = this.evaluations;
    const first = evaluate();
    this.#memory = { ...this.#memory, evaluations: evaluations + 1 };
    const norm = this.#maximumNorm(this.#grads.address);
    this.#checkFinite(first, norm);
    if (norm <= gradientTolerance) return first;
    let value = first;
    for (let n = 1; ; ++n) {
      const last = n === maxIterations;
      // Without a line search nobody asks for the value where the last iteration leads.
      value = this.advance(value, last && this.#settings.lineSearch === undefined ? undefined : evaluate);
      if (last || this.evaluations - evaluations >= maxEvaluations) return first;
      this.#checkFinite(value, this.#maximumNorm(this.#grads.address));
      if (this.#ending !== undefined) return first;
    }
  }

  /** One iteration; without `evaluate` it does not look where it leads. @internal */
  advance(value: number, evaluate: (() => number) | undefined): number {
    const { learningRate, gradientTolerance, changeTolerance, lineSearch } = this.#settings;
    const params = this.#params.address;
    const g = this.#grads.address;
    const d = this.#work.address;
    const before = d + this.#apart;
    this.#ending = undefined;
    const iterations = this.iterations + 1;
    this.#memory = { ...this.#memory, iterations };
    if (iterations === 1) this.#combine(d, -1, g, 0, g);
    else this.#direct();
    this.#copy(before, g);
    let t = learningRate;
    if (iterations === 1)
      t *= Math.min(1, 1 / this.#sum((kind, i, n) => kernels()[`sumOfMagnitudes_${kind}`](g + i, n)));
    const slope = this.#dot(g, d);
    let evaluations = 0;
    let found = value;
    if (slope > -changeTolerance) this.#ending = "changeTolerance";
    else if (lineSearch === undefined) {
      this.#combine(params, 1, params, t, d);
      if (evaluate !== undefined) {
        found = evaluate();
        evaluations = 1;
      }
    } else {
      const start = d + 2 * this.#apart;
      const kept = d + 3 * this.#apart;
      this.#copy(start, params);
      const point = strongWolfe(
        { t: 0, value, slope, gradient: before },
        t,
        this.#maximumNorm(d),
        changeTolerance,
        (t) => {
          this.#combine(params, 1, start, t, d);
          const value = (evaluate as () => number)();
          evaluations += 1;
          const slope = this.#dot(g, d);
          const finite = Number.isFinite(value) && Number.isFinite(slope);
          return {
            t,
            value: finite ? value : 1 / 0,
            slope: finite ? slope : Number.NaN,
            gradient: g,
          };
        },
        (point: Point, other: Point) => {
          const gradient = other.gradient === kept ? kept + this.#apart : kept;
          this.#copy(gradient, point.gradient);
          return { ...point, gradient };
        },
      );
      ({ t, value: found } = point);
      this.#combine(params, 1, start, t, d);
      if (point.gradient !== g) this.#copy(g, point.gradient);
    }
    this.#memory = { ...this.#memory, t, evaluations: this.evaluations + evaluations };
    if (this.#ending === undefined && evaluate !== undefined) {
      if (this.#maximumNorm(g) <= gradientTolerance) this.#ending = "gradientTolerance";
      else if (this.#maximumNorm(d) * Math.abs(t) <= changeTolerance || Math.abs(found - value) < changeTolerance)
        this.#ending = "changeTolerance";
    }
    return found;
  }

  /** Takes what the last iteration has learned into the history and writes the direction, d = -H g. */
  #direct(): void {
    const { pairs, t } = this.#memory;
    const g = this.#grads.address;
    const d = this.#work.address;
    const block = heap.allocate(2 * this.#apart);
    const s = block.address;
    const y = s + this.#apart;
    this.#combine(s, t, d, 0, d);
    this.#combine(y, 1, g, -1, d + this.#apart);
    const ys = this.#dot(y, s);
    if (ys > 1e-10) {
      const full = pairs.length === this.#settings.historySize;
      const scale = ys / this.#dot(y, y);
      this.#memory = {
        ...this.#memory,
        pairs: [...(full ? pairs.slice(1) : pairs), { block, inverse: 1 / ys }],
        scale,
      };
      const oldest = pairs[0];
      if (full && oldest !== undefined && !this.#before?.pairs.includes(oldest)) heap.free(oldest.block);
    } else heap.free(block);
    // Two loops: from the last pair to the first, and back.
    this.#combine(d, -1, g, 0, g);
    const now = this.#memory;
    const shares: number[] = [];
    for (let i = now.pairs.length - 1; i >= 0; --i) {
      const { block, inverse } = now.pairs[i] as Pair;
      const share = this.#dot(block.address, d) * inverse;
      shares[i] = share;
      this.#combine(d, 1, d, -share, block.address + this.#apart);
    }
    this.#combine(d, now.scale, d, 0, d);
    for (const [i, { block, inverse }] of now.pairs.entries()) {
      const share = this.#dot(block.address + this.#apart, d) * inverse;
      this.#combine(d, 1, d, (shares[i] as number) - share, block.address);
    }
  }

  /** Evaluates a closure at the parameters: its gradient goes to #grads. */
  #call(closure: (params: Live<P>) => Evaluation): number {
    this.#argument.load(this.#params.address);
    const result: unknown = closure(this.#argument.structure as Live<P>);
    if (isPromise(result)) {
      result.then(undefined, () => {}); // nobody else would hear of its failure
      throw new TypeError("The closure must return { value, gradient }; it returned a promise.");
    }
    if (typeof result !== "object" || result === null || !("value" in result && "gradient" in result))
      throw new TypeError(`The closure must return { value, gradient }; it returned ${describe(result)}.`);
    const { value, gradient } = result;
    if (typeof value !== "number") throw new TypeError(`value must be a number; got ${describe(value)}.`);
    this.#grads.assign(gradient, "gradient");
    return value;
  }

  #checkFinite(value: number, norm: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`The closure returned ${value}; a finite number is needed.`);
    if (Number.isFinite(norm)) return;
    const name = firstNotFinite(this.#layout, this.#grads.address);
    throw new RangeError(`The gradient is not finite, in the entry of ${name}.`);
  }

  /** Gives the memory back; the parameters must not be used any more. Freeing twice is harmless. */
  free(): void {
    if (this.#freed) return;
    this.#checkIdle("free");
    this.#freed = true;
    for (const vector of [this.#params, this.#grads]) vector.free();
    for (const { block } of this.#memory.pairs) heap.free(block);
    heap.free(this.#work);
  }

  /**
   * Everything there is to go on from: parameters, history, counts and options, as a safetensors file like that of an
   * Optimizer, with
   *
   *     0.lbfgs.direction.<path>, 0.lbfgs.gradientBefore.<path>      of the last iteration
   *     0.lbfgs.changes.<i>.<path>, 0.lbfgs.gradientChanges.<i>.<path>   the history, the oldest first
   *     0.lbfgs.records      iterations, evaluations, share of the last direction, scale of the Hessian, options in the
   *                          order of the docs (lineSearch 1 or 0), then for each change 1 / (y · s)
   */
  save(): Uint8Array<ArrayBuffer> {
    this.#check();
    this.#checkIdle("save");
    const { pairs, t, scale, iterations, evaluations } = this.#memory;
    const { lineSearch, ...numbers } = this.#settings;
    const records = Float64Array.of(
      ...[iterations, evaluations, t, scale],
      ...Object.values(numbers),
      lineSearch === undefined ? 0 : 1,
      ...pairs.map(({ inverse }) => inverse),
    );
    const addresses = pairs.map(({ block }) => block.address);
    return write(this.#progress(), this.#tensors(addresses, records));
  }

  /**
   * Takes what `save` gave, options included, after which training is bit for bit the one that was saved.
   *
   * @throws {RangeError} if the file is truncated, of another format or rule, newer, or does not match; then nothing was
   *   changed
   * @throws {TypeError} if it is no Uint8Array
   */
  load(file: Uint8Array): void {
    this.#check();
    this.#checkIdle("load");
    const shape = file instanceof Uint8Array ? decode(file).tensors.get(RECORDS)?.shape : undefined;
    const count = Math.max(0, (shape?.[0] ?? 0) - FIRST);
    // While it is only compared, the history may be anywhere.
    const nowhere = new Array<number>(count).fill(this.#work.address);
    const wanted = this.#tensors(nowhere, new Float64Array(FIRST + count));
    const { tensors } = read(file, this.#progress(), wanted);
    const records = new Float64Array((tensors.get(RECORDS) as Tensor).bytes.slice().buffer);
    const [iterations, evaluations, t, scale] = records as unknown as [number, number, number, number];
    for (const made of [iterations, evaluations])
      if (!(Number.isSafeInteger(made) && made >= 0)) throw new RangeError(`${RECORDS} of the file count ${made}.`);
    if (!records.every(Number.isFinite))
      throw new RangeError(`${RECORDS} of the file hold a number that is not finite.`);
    const own = Object.fromEntries(SETTINGS.map((name, k) => [name, records[4 + k]]));
    const settings = settle({ ...own, lineSearch: own.lineSearch ? "strongWolfe" : undefined } as LbfgsOptions);
    if (count > settings.historySize)
      throw new RangeError(`The file has ${count} changes for a history of ${settings.historySize}.`);
    const pairs: Pair[] = [];
    try {
      for (let i = 0; i < count; ++i)
        pairs.push({ block: heap.allocate(2 * this.#apart), inverse: records[FIRST + i] as number });
    } catch (error) {
      for (const { block } of pairs) heap.free(block);
      throw error;
    }
    const addresses = pairs.map(({ block }) => block.address);
    for (const { name, bytes } of this.#tensors(addresses, records)) bytes.set((tensors.get(name) as Tensor).bytes);
    for (const { block } of this.#memory.pairs) heap.free(block);
    this.#settings = settings;
    this.#memory = { pairs, t, scale, iterations, evaluations };
    this.#ending = undefined;
  }

  #progress(): Progress {
    return { stepCount: this.iterations, rule: [{ name: "lbfgs", hyperparameters: SETTINGS, scheduled: [] }] };
  }

  /** @param pairs addresses of the history */
  #tensors(pairs: readonly number[], records: Float64Array<ArrayBuffer>): Saved[] {
    const vector = (name: string, address: number): Saved[] =>
      this.#layout.leaves.map((leaf) =>
        savedAt(name, leaf.path, leaf.type, leaf.shape, this.#layout.addressOf(leaf, address)),
      );
    return [
      ...vector("params", this.#params.address),
      ...vector("0.lbfgs.direction", this.#work.address),
      ...vector("0.lbfgs.gradientBefore", this.#work.address + this.#apart),
      ...pairs.flatMap((s, i) => [
        ...vector(`0.lbfgs.changes.${i}`, s),
        ...vector(`0.lbfgs.gradientChanges.${i}`, s + this.#apart),
      ]),
      { name: RECORDS, dtype: "F64", shape: [records.length], bytes: new Uint8Array(records.buffer) },
    ];
  }

  #combine(z: number, a: number, x: number, b: number, y: number): void {
    for (const { kind, address: i, count } of this.#segments)
      kernels()[`combine_${kind}`](z + i, a, x + i, b, y + i, count);
  }

  #sum(of: (kind: FloatKind, offset: number, count: number) => number): number {
    return this.#segments.reduce((sum, { kind, address, count }) => sum + of(kind, address, count), 0);
  }

  #dot(x: number, y: number): number {
    return this.#sum((kind, i, n) => kernels()[`dot_${kind}`](x + i, y + i, n));
  }

  #maximumNorm(x: number): number {
    return Math.max(
      ...this.#segments.map(({ kind, address: i, count }) => normKernels()[`maximumNorm_${kind}`](x + i, count)),
    );
  }

  #copy(to: number, from: number): void {
    views.u8.copyWithin(to, from, from + this.#layout.bytes);
  }

  #checkIdle(what: string): void {
    if (this.#before !== undefined) throw new TypeError(`${what} must not be called by the closure of a step.`);
  }

  #check(): void {
    if (this.#freed) throw new TypeError("This optimizer was freed and must not be used any more.");
  }
}
