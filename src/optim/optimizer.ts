import { checkAtLeastZero } from "../ndarray/errors.js";
import { type Live, ParameterLayout, type ParameterTree, ParameterVector, type Segment } from "../params/parameters.js";

/** What makes one optimizer differ from another. */
export interface RuleDefinition {
  readonly learningRate: number;
  /** Vectors of state that it keeps for each parameter: 1 for a momentum, 2 for Adam. */
  readonly slots: number;
  /**
   * One fused pass over the elements of one type.
   *
   * @param p parameters; g gradients and state are laid out alike
   * @param state addresses of the state vectors
   * @param stepCount steps made before this one
   */
  update(p: Segment, g: number, state: readonly number[], learningRate: number, stepCount: number): void;
}

/** What to do, bound to nothing: plain and shareable. Made by `sgd` and its like. */
export interface Rule {
  /**
   * Binds the rule to parameters: their values are copied in, what was passed is never written.
   *
   * @param params a number[], a float array or NDArray, a number, or records and arrays of these
   * @throws {TypeError} if a leaf is not float64 or float32
   * @throws {RangeError} if there are no parameters or no memory for them and their state
   */
  init<const P extends ParameterTree>(params: P): Optimizer<P>;
}

/**
 * Parameters on their way down. They and their state lie in linear memory, each as one flat vector, until `free`.
 *
 * @example
 * const optimizer = sgd({ learningRate: 0.1 }).init({ w: [2, 1], b: 1 });
 * optimizer.step({ w: [4, 0], b: 2 });
 * console.log(optimizer.params.w, optimizer.params.b); // Float64Array(2) [ 1.6, 1 ] 0.8
 * optimizer.free();
 */
export class Optimizer<P extends ParameterTree = number[]> implements Disposable {
  readonly #rule: RuleDefinition;
  readonly #params: ParameterVector;
  readonly #grads: ParameterVector;
  readonly #state: ParameterVector[] = [];
  #learningRate: number;
  #stepCount = 0;
  #freed = false;

  /** @internal */
  constructor(rule: RuleDefinition, params: unknown) {
    this.#rule = rule;
    this.#learningRate = rule.learningRate;
    // Not a method, for Symbol.dispose is absent from WebKit, and a static block would keep bundlers from dropping the class.
    if (typeof Symbol.dispose === "symbol") this[Symbol.dispose] = this.free;
    const layout = new ParameterLayout(params, "params");
    if (layout.size === 0) throw new RangeError("An optimizer needs at least one parameter; got none.");
    const vectors: ParameterVector[] = [];
    try {
      while (vectors.length < 2 + rule.slots) vectors.push(new ParameterVector(layout));
      (vectors[0] as ParameterVector).assign(params, "params");
    } catch (error) {
      for (const vector of vectors) vector.free();
      throw error;
    }
    [this.#params, this.#grads, ...this.#state] = vectors as [ParameterVector, ParameterVector, ...ParameterVector[]];
  }

  declare [Symbol.dispose]: () => void;

  /** The parameters and the gradient to descend along, for loops that write the gradient in place. @internal */
  get vectors(): { params: ParameterVector; grads: ParameterVector } {
    this.#check();
    return { params: this.#params, grads: this.#grads };
  }

  /**
   * The parameters in their structure, as views of one vector: training happens here. Writing into them is welcome;
   * putting another array in the place of one is refused by the next step.
   */
  get params(): Live<P> {
    this.#check();
    return this.#params.structure as Live<P>;
  }

  /** Steps made so far. */
  get stepCount(): number {
    return this.#stepCount;
  }

  /** Size of the next step. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#learningRate = checkAtLeastZero("learningRate", value);
  }

  /**
   * One step downhill, in place.
   *
   * @param grads the gradient, in the structure of the parameters; arrays of any kind with the same number of elements
   * @throws if the structure, a shape or a type does not match; then nothing was changed
   */
  step(grads: unknown): void {
    this.#check();
    this.#params.checkStructure();
    this.#grads.assign(grads, "grads");
    this.descend();
  }

  /** A step along the gradient that lies in the optimizer's own vector. @internal */
  descend(): void {
    const grads = this.#grads.segments;
    const states = this.#state.map((vector) => vector.segments);
    this.#params.segments.forEach((p, k) => {
      const state = states.map((segments) => (segments[k] as Segment).address);
      this.#rule.update(p, (grads[k] as Segment).address, state, this.#learningRate, this.#stepCount);
    });
    this.#stepCount += 1;
  }

  /** Gives the memory back; the parameters must not be used any more. Freeing twice is harmless. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    for (const vector of [this.#params, this.#grads, ...this.#state]) vector.free();
  }

  #check(): void {
    if (this.#freed) throw new TypeError("This optimizer was freed and must not be used any more.");
  }
}

export function ruleOf(definition: RuleDefinition): Rule {
  return { init: <P extends ParameterTree>(params: P) => new Optimizer<P>(definition, params) };
}
