import { TYPES } from "../ndarray/dtype.js";
import { copyIn } from "../ndarray/operand.js";
import { checkNumber, checkRange, FINITE } from "../ndarray/ranges.js";
import {
  kindOf,
  type Leaf,
  type Live,
  ParameterLayout,
  type ParameterTree,
  ParameterVector,
} from "../params/parameters.js";
import type { Tensor } from "../save/safetensors.js";
import type { Block } from "../wasm/allocator.js";
import { heap, SCRATCH, views } from "../wasm/heap.js";
import { addScaled } from "./add-scaled.js";
import { type Progress, read, type Saved, savedAt, write } from "./checkpoint.js";
import { groupOf } from "./groups.js";
import { FLAG, numberAt, type Ranges, type Value } from "./hyperparameters.js";
import type { Part, Stage } from "./rule.js";

/** What `accumulate` brings in at a time. */
const TILE_BYTES = 32768;

/** An array in the care of a stage: a part by itself. */
interface Own extends Part {
  readonly leaf: Leaf;
  /** Whether the stage takes it. */
  readonly taken: boolean;
  /** Changed by `learningRate` and `load`. */
  values: Record<string, Value>;
  /** Elements in a vector of state. */
  readonly size: number;
  /** What its record ends with. */
  readonly matrix: readonly [rows: number, columns: number];
}

/** Arrays that are treated alike and lie beside each other; the record of the first counts. */
interface Joined extends Own {
  count: number;
  readonly members: Own[];
}

/** What a stage keeps. */
interface Kept {
  readonly stage: Stage;
  /** What the names of its tensors in a file begin with. */
  readonly name: string;
  /** One a leaf; so are the records: steps made, scalars, hyperparameters, rows and columns. */
  readonly arrays: readonly Own[];
  readonly recordBytes: number;
  /** The address of its numbers for all arrays. */
  readonly totals: number;
  parts: Joined[];
}

function takes({ share }: Stage, { path, shape }: Leaf): boolean {
  return share?.takes(path, shape) ?? true;
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
  readonly #layout: ParameterLayout;
  readonly #params: ParameterVector;
  readonly #grads: ParameterVector;
  readonly #kept: Kept[];
  readonly #frozen: ReadonlySet<Leaf>;
  /** The leaves that #parts leave out. */
  #left: ReadonlySet<Leaf>;
  /** Those for which there was null in every gradient since `zeroGradients`. */
  #missing: ReadonlySet<Leaf> | undefined;
  /** Those for which there is null in the gradient at hand; a set for each step would cost a tenth of a small one. */
  readonly #absent = new Set<Leaf>();
  #scheduled = false;
  /** The parameters themselves while their averages are in their place. */
  #trained: Block | undefined;
  /** What `free` gives back, until then. */
  #held: { free(): void }[] | undefined = [];
  #stepCount = 0;

  /** @internal */
  constructor(stages: readonly Stage[], params: unknown) {
    // Not a method, for Symbol.dispose is absent from WebKit, and a static block would keep bundlers from dropping the class.
    if (typeof Symbol.dispose === "symbol") this[Symbol.dispose] = this.free;
    for (const stage of stages) stage.prepare();
    const groups = (leaf: Leaf) => stages.map((stage) => groupOf(stage.groups, leaf.path, leaf.shape));
    const layout = new ParameterLayout(params, "params", (leaf) => groups(leaf).reduce((rank, g) => 64 * rank + g, 0));
    if (layout.size === 0) throw new RangeError("An optimizer needs at least one parameter; got none.");
    this.#layout = layout;
    this.#frozen = new Set(
      layout.leaves.filter((leaf) =>
        groups(leaf).some((group, k) => {
          const stage = stages[k] as Stage;
          return stage.groups[group - 1]?.frozen && takes(stage, leaf);
        }),
      ),
    );
    this.#left = this.#frozen;
    try {
      this.#params = this.#hold(new ParameterVector(layout, layout.operands(params, "params")));
      this.#grads = this.#hold(new ParameterVector(layout));
      this.#kept = stages.map((stage, k) =>
        this.#keep(stage, `${k}.${stage.name}`, (leaf) => groups(leaf)[k] as number),
      );
      this.#settle();
    } catch (error) {
      this.free();
      throw error;
    }
    this.#divide();
  }

  #hold<T extends { free(): void }>(what: T): T {
    this.#held?.push(what);
    return what;
  }

  #allocate(bytes: number): number {
    const block = heap.allocate(bytes);
    this.#hold({ free: () => heap.free(block) });
    views.u8.fill(0, block.address, block.address + bytes);
    return block.address;
  }

  /** A block for a stage: vectors of state, records, numbers for all arrays, scratch. */
  #keep(stage: Stage, name: string, groupIndex: (leaf: Leaf) => number): Kept {
    const { leaves } = this.#layout;
    const sizes = leaves.map((leaf) => (takes(stage, leaf) ? (stage.slotSize?.(leaf.shape) ?? leaf.size) : 0));
    const apart = 64 * Math.ceil(leaves.reduce((sum, { type }, i) => sum + type.bytes * (sizes[i] as number), 0) / 64);
    const recordBytes = 8 * (1 + stage.scalars.length + Object.keys(stage.ranges).length + 2);
    const slots = stage.slots.length * apart;
    const totals = slots + leaves.length * recordBytes;
    const scratch = leaves.map(({ shape, type }) => stage.scratch?.(shape, type.bytes) ?? 0);
    const address = this.#allocate(totals + 8 * (stage.totals?.length ?? 0) + Math.max(...scratch));
    let s = address;
    const arrays = leaves.map((leaf, i) => {
      const { path, shape, type } = leaf;
      const taken = takes(stage, leaf);
      const rows = shape[0] ?? 1;
      const own: Own = {
        leaf,
        taken,
        values: { ...(stage.groups[groupIndex(leaf) - 1]?.values ?? stage.values) },
        size: sizes[i] as number,
        matrix: (taken && !this.#frozen.has(leaf) && stage.matrixOf?.(shape, path)) || [rows, leaf.size / rows],
        kind: kindOf(leaf),
        count: leaf.size,
        p: this.#layout.addressOf(leaf, this.#params.address),
        g: this.#layout.addressOf(leaf, this.#grads.address),
        s,
        apart,
        h: address + slots + i * recordBytes,
      };
      s += own.size * type.bytes;
      return own;
    });
    return { stage, name, arrays, recordBytes, totals: address + totals, parts: [] };
  }

  /** The same as `free`, for `using`. */
  declare [Symbol.dispose]: () => void;

  /** The parameters and the gradient to descend along, for loops that write the gradient in place. @internal */
  get vectors(): { params: ParameterVector; grads: ParameterVector; frozen: ReadonlySet<Leaf> } {
    this.#check();
    return { params: this.#params, grads: this.#grads, frozen: this.#frozen };
  }

  /**
   * The parameters in their structure, as views of one vector: training happens here. Writing into them is welcome;
   * putting another array in the place of one is refused by the next step.
   */
  get params(): Live<P> {
    this.#check();
    return this.#params.structure as Live<P>;
  }

  /** The gradient that a `step` without an argument descends along, in the structure of the parameters: write it here. */
  get gradients(): Live<P> {
    this.#check();
    return this.#grads.structure as Live<P>;
  }

  /** Steps made so far. */
  get stepCount(): number {
    return this.#stepCount;
  }

  /** Size of the next step; to set it ends a schedule, and is for parameters of every group. */
  get learningRate(): number {
    const { stage, arrays } = this.#withRate();
    const [, range] = stage.ranges.learningRate as Ranges[string];
    return numberAt("learningRate", range, arrays[0]?.values.learningRate as Value, this.#stepCount);
  }

  /** Size of the next steps. */
  set learningRate(value: number) {
    this.#check();
    const { stage, arrays } = this.#withRate();
    checkNumber("learningRate", (stage.ranges.learningRate as Ranges[string])[1], value);
    for (const { values } of arrays) values.learningRate = value;
    this.#settle();
  }

  /**
   * One step downhill, in place.
   *
   * @param grads the gradient, in the structure of the parameters; arrays of any kind, in C order, with as many elements.
   *   Where it is null, the parameters, their state and their count of steps stay as they are. Without it, the step is
   *   along `gradients`, which stay as they are but for what a chain does to them before its rule
   * @throws if the structure, a shape or a type does not match, or a schedule gives what is out of range; then nothing
   *   was changed
   */
  step(grads?: unknown): void;
  step(...given: [grads?: unknown]): void {
    this.#checkInPlace("step");
    this.#params.checkStructure();
    let missing = this.#missing ?? this.#frozen;
    if (given.length > 0) {
      this.#absent.clear();
      this.#grads.assign(given[0], "grads", this.#absent);
      this.#missing = undefined;
      missing = this.#withoutGradient();
    }
    const left = missing.size > this.#frozen.size ? missing : this.#frozen;
    if (left !== this.#left) {
      this.#left = left;
      this.#divide();
    }
    this.descend();
  }

  /** A step along the gradient that lies in the optimizer's own vector. @internal */
  descend(): void {
    if (this.#scheduled) this.#settle();
    for (const { stage, parts } of this.#kept) stage.begin?.(parts);
    for (const { stage, totals, parts } of this.#kept) {
      for (const { h } of parts) views.f64[h / 8] = (views.f64[h / 8] as number) + 1;
      stage.apply(parts, totals);
    }
    this.#stepCount += 1;
  }

  /** A step along that gradient, and the value that `evaluate` finds where it leads. @internal */
  advance(_value: number, evaluate: () => number): number {
    this.descend();
    return evaluate();
  }

  /**
   * Adds to `gradients`, along which a `step` without an argument goes: for batches that are too large to be taken at
   * once. Begin each with `zeroGradients`, for a step leaves them as they are.
   *
   * @param grads as for `step`; where it is null nothing is added, and what has got nothing but null since
   *   `zeroGradients` is left out of the step
   * @param scale what they are multiplied by, such as 1 / batches for a mean; 1 unless set
   * @throws as `step`; then nothing was changed
   */
  accumulate(grads: unknown, scale = 1): void {
    this.#check();
    checkNumber("scale", FINITE, scale);
    this.#absent.clear();
    for (const [leaf, source] of this.#layout.operands(grads, "grads", this.#absent)) {
      const address = this.#layout.addressOf(leaf, this.#grads.address);
      const { bytes } = leaf.type;
      const most = TILE_BYTES / bytes;
      for (let i = 0; i < leaf.size; i += most) {
        const count = Math.min(most, leaf.size - i);
        copyIn(source, i, count, SCRATCH, leaf.type);
        addScaled()[`addScaled_${kindOf(leaf)}`](address + i * bytes, SCRATCH, count, scale);
      }
    }
    const before = this.#missing;
    const now = this.#withoutGradient();
    this.#missing = before ? new Set([...before].filter((leaf) => now.has(leaf))) : now;
  }

  /** The leaves without a gradient of their own: the frozen ones and those that were null. */
  #withoutGradient(): ReadonlySet<Leaf> {
    return this.#absent.size > 0 ? new Set([...this.#frozen, ...this.#absent]) : this.#frozen;
  }

  /** Makes `gradients` zero. */
  zeroGradients(): void {
    this.#check();
    const { address } = this.#grads;
    views.u8.fill(0, address, address + this.#layout.bytes);
    this.#missing = undefined;
  }

  /** Whether `params` are the averages now. */
  get swapped(): boolean {
    return this.#trained !== undefined;
  }

  /**
   * Puts the averages that the rule keeps of the parameters in their place, to evaluate them, and with a second call the
   * parameters back, as they were, to go on training. What has made no step stays as it is.
   *
   * @throws {TypeError} if the rule keeps no averages, as `chain(adam(), ema(0.999))` does
   * @throws {RangeError} if there is no memory to keep the parameters in
   */
  swap(): void {
    this.#check();
    const kept = this.#kept.findLast(({ stage }) => stage.average !== undefined);
    if (!kept) throw new TypeError("swap needs a rule that keeps averages, as chain(adam(), ema(0.999)) does.");
    const { bytes } = this.#layout;
    const trained = this.#trained ?? heap.allocate(bytes);
    const { address } = this.#params;
    if (this.#trained) {
      views.u8.copyWithin(address, trained.address, trained.address + bytes);
      this.#dropTrained();
      return;
    }
    views.u8.copyWithin(trained.address, address, address + bytes);
    this.#trained = trained;
    this.#share(kept);
    kept.stage.average?.(kept.arrays.filter(({ h }) => views.f64[h / 8] !== 0));
  }

  #dropTrained(): void {
    if (this.#trained) heap.free(this.#trained);
    this.#trained = undefined;
  }

  /** Gives the memory back; the parameters must not be used any more. Freeing twice is harmless. */
  free(): void {
    for (const each of this.#held ?? []) each.free();
    this.#held = undefined;
    this.#dropTrained();
  }

  /**
   * Everything there is to go on from: parameters, state, counts of steps and hyperparameters, as a safetensors file.
   *
   * Schedules are functions and are not in it, but the step they are at is, and the state of those that have one, as
   * `reduceOnPlateau` has.
   *
   * @example
   * const first = adam({ learningRate: 0.1 }).init([2]);
   * first.step([4]);
   * const second = adam().init([0]);
   * second.load(first.save());
   * console.log(second.stepCount, second.learningRate, second.params[0] === first.params[0]); // 1 0.1 true
   */
  save(): Uint8Array<ArrayBuffer> {
    this.#checkInPlace("save");
    for (const kept of this.#kept) this.#share(kept);
    return write(this.#progress(), this.#tensors());
  }

  /**
   * Takes what `save` gave, after which training is bit for bit the one that was saved.
   *
   * @param file from an optimizer of the same rule over parameters of the same structure, types and shapes. Its
   *   hyperparameters replace the present ones; what goes by a schedule must do so in both
   * @throws {RangeError} if the file is truncated, of another format, newer, or does not match; then nothing was changed
   * @throws {TypeError} if it is no Uint8Array
   */
  load(file: Uint8Array): void {
    this.#check();
    const saved = this.#tensors();
    const { stepCount, states, tensors } = read(file, this.#progress(), saved);
    const values = this.#kept.map((kept) => this.#valuesIn(kept, tensors.get(`${kept.name}.records`) as Tensor));
    this.#setStates(states);
    for (const { name, bytes } of saved) bytes.set((tensors.get(name) as Tensor).bytes);
    this.#stepCount = stepCount;
    this.#dropTrained();
    for (const [k, kept] of this.#kept.entries()) {
      kept.parts = []; // each record is its own now
      for (const [i, own] of kept.arrays.entries()) {
        own.values = values[k]?.[i] as Own["values"];
        // Those of the file may be of an array that was frozen there, or out of memory.
        views.f64.set(own.matrix, (own.h + kept.recordBytes) / 8 - 2);
      }
    }
    this.#divide();
  }

  #progress(): Progress {
    return {
      stepCount: this.#stepCount,
      rule: this.#kept.map(({ stage, arrays }) => {
        const hyperparameters = Object.keys(stage.ranges);
        const scheduled = hyperparameters.filter((name) =>
          arrays.some(({ values }) => typeof values[name] === "function"),
        );
        return { name: stage.name, hyperparameters, scheduled };
      }),
      states: this.#stateful().map(({ state }) => state),
    };
  }

  #stateful(): { state: unknown }[] {
    const values = this.#kept.flatMap(({ arrays }) => arrays.flatMap((own) => Object.values(own.values)));
    return [...new Set<unknown>(values)].filter((value) => typeof value === "function" && "state" in value) as never;
  }

  /** Gives the schedules their states, which they check, or all of them those that they have. */
  #setStates(states: readonly unknown[]): void {
    const schedules = this.#stateful();
    const before = schedules.map((schedule, i) => [schedule, schedule.state, states[i]] as const);
    try {
      for (const [schedule, , state] of before) schedule.state = state;
    } catch (error) {
      for (const [schedule, state] of before) schedule.state = state;
      throw new RangeError(`Schedule of the file: ${(error as Error).message}`, { cause: error });
    }
  }

  #tensors(): Saved[] {
    const saved = this.#layout.leaves.map((leaf) =>
      savedAt("params", leaf.path, leaf.type, leaf.shape, this.#layout.addressOf(leaf, this.#params.address)),
    );
    for (const { stage, name, arrays, recordBytes, totals } of this.#kept) {
      for (const [i, slot] of stage.slots.entries()) {
        for (const { leaf, taken, size, s, apart } of arrays) {
          const shape = size === leaf.size ? leaf.shape : [size];
          if (taken) saved.push(savedAt(`${name}.${slot}`, leaf.path, leaf.type, shape, s + i * apart));
        }
      }
      const { h } = arrays[0] as Own;
      saved.push(savedAt(name, "records", TYPES.float64, [arrays.length, recordBytes / 8], h));
      if (stage.totals) saved.push(savedAt(name, "totals", TYPES.float64, [stage.totals.length], totals));
    }
    return saved;
  }

  /** Writes the hyperparameters at the next step, or throws and writes none. */
  #settle(): void {
    let scheduled = false;
    const rows = this.#kept.flatMap(({ stage, arrays }) => {
      const now = new Map<Value, number>(); // a schedule is called once for all arrays
      return arrays.map(({ values, matrix, h }): [number[], number] => {
        const numbers = Object.entries(stage.ranges).map(([name, [, range]]) => {
          const value = values[name] as Value;
          if (!now.has(value)) now.set(value, numberAt(name, range, value, this.#stepCount));
          scheduled ||= typeof value === "function";
          return now.get(value) as number;
        });
        return [[...numbers, ...matrix], h / 8 + 1 + stage.scalars.length];
      });
    });
    this.#scheduled = scheduled;
    for (const [row, at] of rows) views.f64.set(row, at);
  }

  /** The values in the records of a file, for each array, or an error. */
  #valuesIn({ stage, name, arrays, recordBytes }: Kept, { bytes }: Tensor): Own["values"][] {
    const records = new Float64Array(bytes.slice().buffer);
    return arrays.map(({ values }, row) => {
      let at = (row * recordBytes) / 8;
      const made = records[at] as number;
      if (made >>> 0 !== made) throw new RangeError(`${name}.records of the file count ${made} steps.`);
      at += stage.scalars.length;
      const found = { ...values };
      for (const [hyperparameter, [, range]] of Object.entries(stage.ranges)) {
        const value = checkRange(`${hyperparameter} of the file`, range, records[++at] as number);
        if (typeof found[hyperparameter] !== "function") found[hyperparameter] = range === FLAG ? value !== 0 : value;
      }
      // Or the kernel would write to what comes after its state.
      for (const slot of stage.needs?.(found) ?? [])
        if (!stage.slots.includes(slot))
          throw new RangeError(`${name}.records of the file need ${slot}, which this optimizer has not.`);
      return found;
    });
  }

  /** Copies steps made and scalars from the first array of each part, whose record counts, to the others. */
  #share({ stage, parts }: Kept): void {
    for (const { h, members } of parts)
      for (const own of members) views.f64.copyWithin(own.h / 8, h / 8, h / 8 + 1 + stage.scalars.length);
  }

  /**
   * Divides the arrays that move into the fewest parts: neighbours of the same type, hyperparameters, count of steps and
   * scalars.
   */
  #divide(): void {
    for (const kept of this.#kept) {
      const { stage, arrays, recordBytes } = kept;
      this.#share(kept);
      const record = ({ h }: Own) => views.f64.subarray(h / 8, (h + recordBytes) / 8 - 2);
      const alike = (a: Own, b: Own) => {
        const before = record(a);
        return (
          a.kind === b.kind &&
          record(b).every((x, k) => x === before[k]) &&
          Object.keys(stage.ranges).every((name) => a.values[name] === b.values[name])
        );
      };
      kept.parts = [];
      for (const own of arrays) {
        if (!own.taken || own.count === 0 || this.#left.has(own.leaf)) continue;
        const part = kept.parts.at(-1);
        if (part && !stage.perArray && part.p + part.count * own.leaf.type.bytes === own.p && alike(part, own)) {
          part.count += own.count;
          part.members.push(own);
        } else kept.parts.push({ ...own, members: [] });
      }
    }
  }

  /** The stage whose learning rate is the optimizer's. */
  #withRate(): Kept {
    return this.#kept.findLast(({ stage }) => "learningRate" in stage.ranges) as Kept;
  }

  #checkInPlace(what: string): void {
    this.#check();
    if (this.swapped)
      throw new TypeError(`The averages of the parameters are in their place: swap() back before ${what}.`);
  }

  #check(): void {
    if (!this.#held) throw new TypeError("This optimizer was freed and must not be used any more.");
  }
}
