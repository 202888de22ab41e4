import { describe, TYPES } from "../ndarray/dtype.js";
import { type Shape, sizeOf } from "../ndarray/ndarray.js";
import { copyIn } from "../ndarray/operand.js";
import {
  kindOf,
  type Leaf,
  type Live,
  ParameterLayout,
  type ParameterTree,
  ParameterVector,
} from "../params/parameters.js";
import type { Block } from "../wasm/allocator.js";
import { heap, SCRATCH, views } from "../wasm/heap.js";
import { addScaled } from "./add-scaled.js";
import { type Progress, read, type Saved, write } from "./checkpoint.js";
import { groupOf } from "./groups.js";
import { checkValue, FLAG, numberAt, type Ranges, type Value } from "./hyperparameters.js";
import type { Part, Stage } from "./rule.js";

/** What `accumulate` brings in at a time. */
const TILE_BYTES = 32768;

/** What a stage keeps, and where: addresses are relative to the optimizer's block of state. */
interface Kept {
  readonly stage: Stage;
  /** Of its records in a file. */
  readonly name: string;
  /** The values of each leaf, changed by `learningRate`. */
  readonly values: Record<string, Value>[];
  readonly slots: number;
  /** Where the elements of each leaf begin in a vector of state, how many they are, and from one vector to the next. */
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
  readonly apart: number;
  /** One record a leaf: steps made, scalars, hyperparameters, rows and columns. A part goes by that of its first leaf. */
  readonly records: number;
  readonly recordBytes: number;
  readonly totals: number;
  parts: Part[];
  /** The leaves of each part. */
  members: (readonly number[])[];
}

function takes({ share }: Stage, path: string, shape: Shape): boolean {
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
  readonly #state: Block;
  readonly #kept: Kept[];
  readonly #frozen: Set<Leaf>;
  /** The leaves that #parts leave out. */
  #left: ReadonlySet<Leaf>;
  /** Those for which there was null in every gradient since `zeroGradients`. */
  #missing: ReadonlySet<Leaf> | undefined;
  /** Those for which there is null in the gradient at hand; a set for each step would cost a tenth of a small one. */
  readonly #absent = new Set<Leaf>();
  #scheduled: boolean;
  /** The parameters themselves while their averages are in their place. */
  #trained: Block | undefined;
  #stepCount = 0;
  #freed = false;

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
          return group > 0 && stage.groups[group - 1]?.frozen && takes(stage, leaf.path, leaf.shape);
        }),
      ),
    );
    let bytes = 0;
    this.#kept = stages.map((stage, k) => {
      const slots = 64 * Math.ceil(bytes / 64);
      let end = 0;
      const sizes = layout.leaves.map(({ path, shape, size }) =>
        takes(stage, path, shape) ? (stage.slotSize?.(shape) ?? size) : 0,
      );
      const offsets = layout.leaves.map(({ type }, i) => {
        end += (sizes[i] as number) * type.bytes;
        return end - (sizes[i] as number) * type.bytes;
      });
      const apart = 64 * Math.ceil(end / 64);
      const records = slots + stage.slots.length * apart;
      const recordBytes = 8 * (1 + stage.scalars.length + Object.keys(stage.ranges).length + 2);
      const totals = records + layout.leaves.length * recordBytes;
      const scratch = layout.leaves.map(({ shape, type }) => stage.scratch?.(shape, type.bytes) ?? 0);
      bytes = totals + 8 * (stage.totals?.length ?? 0) + Math.max(0, ...scratch);
      const values = layout.leaves.map((leaf) => {
        const group = groups(leaf)[k] as number;
        return { ...(stage.groups[group - 1]?.values ?? stage.values) };
      });
      return {
        stage,
        name: `${k}.${stage.name}.records`,
        values,
        slots,
        offsets,
        sizes,
        apart,
        records,
        recordBytes,
        totals,
        parts: [],
        members: [],
      };
    });
    const taken: { free(): void }[] = [];
    try {
      this.#params = new ParameterVector(layout);
      taken.push(this.#params);
      this.#grads = new ParameterVector(layout);
      taken.push(this.#grads);
      this.#state = heap.allocate(Math.max(bytes, 8));
      taken.push({ free: () => heap.free(this.#state) });
      this.#params.assign(params, "params");
      views.u8.fill(0, this.#state.address, this.#state.address + bytes);
      for (const kept of this.#kept) this.#writeRecords(kept, this.#settle(kept));
    } catch (error) {
      for (const each of taken) each.free();
      throw error;
    }
    this.#left = this.#frozen;
    this.#scheduled = this.#hasSchedules();
    this.#divide();
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
    const { stage, values } = this.#withRate();
    const [, range] = stage.ranges.learningRate as Ranges[string];
    return numberAt("learningRate", range, values[0]?.learningRate as Value, this.#stepCount);
  }

  /** Size of the next steps. */
  set learningRate(value: number) {
    this.#check();
    if (typeof value !== "number") throw new TypeError(`learningRate must be a number; got ${describe(value)}.`);
    const kept = this.#withRate();
    checkValue("learningRate", (kept.stage.ranges.learningRate as Ranges[string])[1], value);
    for (const values of kept.values) values.learningRate = value;
    this.#scheduled = this.#hasSchedules();
    this.#writeRecords(kept, this.#settle(kept));
  }

  /**
   * One step downhill, in place.
   *
   * @param grads the gradient, in the structure of the parameters; arrays of any kind with the same number of elements.
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
    if (this.#scheduled) {
      const numbers = this.#kept.map((kept) => this.#settle(kept));
      for (const [k, kept] of this.#kept.entries()) this.#writeRecords(kept, numbers[k] as number[][]);
    }
    for (const { stage, parts } of this.#kept) stage.begin?.(parts);
    for (const { stage, totals, parts } of this.#kept) {
      for (const { h } of parts) views.f64[h / 8] = (views.f64[h / 8] as number) + 1;
      stage.apply(parts, this.#state.address + totals);
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
    if (typeof scale !== "number") throw new TypeError(`scale must be a number; got ${describe(scale)}.`);
    if (!Number.isFinite(scale)) throw new RangeError(`scale must be a finite number; got ${scale}.`);
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
    this.#missing = before === undefined ? now : new Set([...before].filter((leaf) => now.has(leaf)));
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
    const kept = this.#kept.find(({ stage }) => stage.average !== undefined);
    if (kept === undefined) {
      const rule = this.#kept.map(({ stage }) => stage.name).join(", ");
      throw new TypeError(`swap needs a rule that keeps averages, such as chain(adam(), ema(0.999)); this is ${rule}.`);
    }
    const { bytes } = this.#layout;
    const trained = this.#trained ?? heap.allocate(bytes);
    const { address } = this.#params;
    if (this.#trained !== undefined) {
      views.u8.copyWithin(address, trained.address, trained.address + bytes);
      this.#dropTrained();
      return;
    }
    views.u8.copyWithin(trained.address, address, address + bytes);
    this.#trained = trained;
    this.#share(kept);
    const parts = this.#layout.leaves.map((_, i) => this.#partOf(kept, [i]));
    kept.stage.average?.(parts.filter(({ h }) => views.f64[h / 8] !== 0));
  }

  #dropTrained(): void {
    if (this.#trained !== undefined) heap.free(this.#trained);
    this.#trained = undefined;
  }

  /** Gives the memory back; the parameters must not be used any more. Freeing twice is harmless. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    for (const vector of [this.#params, this.#grads]) vector.free();
    heap.free(this.#state);
    this.#dropTrained();
  }

  /**
   * Everything there is to go on from: parameters, state, counts of steps and hyperparameters, as a safetensors file.
   *
   * Schedules are functions and are not in it, but the step they are at is.
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
    const { stepCount, tensors } = read(file, this.#progress(), saved);
    for (const kept of this.#kept)
      this.#checkRecords(kept, tensors[saved.findIndex(({ name }) => name === kept.name)] as Uint8Array);
    for (const [i, { bytes }] of saved.entries()) bytes.set(tensors[i] as Uint8Array);
    this.#stepCount = stepCount;
    this.#dropTrained();
    for (const kept of this.#kept) {
      kept.members = []; // each record is its own now
      this.#readRecords(kept);
    }
    this.#divide();
  }

  #progress(): Progress {
    return {
      stepCount: this.#stepCount,
      rule: this.#kept.map(({ stage, values }) => {
        const hyperparameters = Object.keys(stage.ranges);
        const scheduled = hyperparameters.filter((name) => values.some((own) => typeof own[name] === "function"));
        return { name: stage.name, hyperparameters, scheduled };
      }),
    };
  }

  #tensors(): Saved[] {
    const { leaves } = this.#layout;
    const tensor = (name: string, { path, type }: Leaf, shape: Shape, at: number): Saved => {
      const bytes = views.u8.subarray(at, at + sizeOf(shape) * type.bytes);
      return { name: path === "" ? name : `${name}.${path}`, type, shape, bytes };
    };
    const params = leaves.map((leaf) =>
      tensor("params", leaf, leaf.shape, this.#layout.addressOf(leaf, this.#params.address)),
    );
    const numbers = (name: string, from: number, shape: readonly number[]): Saved => {
      const at = this.#state.address + from;
      const bytes = views.u8.subarray(at, at + 8 * sizeOf(shape));
      return { name, type: TYPES.float64, shape, bytes };
    };
    const stages = this.#kept.flatMap(
      ({ stage, name, slots, offsets, sizes, apart, records, recordBytes, totals }, k) => {
        return [
          ...stage.slots.flatMap((slot, i) =>
            leaves.flatMap((leaf, j) => {
              if (!takes(stage, leaf.path, leaf.shape)) return [];
              const size = sizes[j] as number;
              const shape = size === leaf.size ? leaf.shape : [size];
              const at = this.#state.address + slots + i * apart + (offsets[j] as number);
              return [tensor(`${k}.${stage.name}.${slot}`, leaf, shape, at)];
            }),
          ),
          numbers(name, records, [leaves.length, recordBytes / 8]),
          ...(stage.totals ? [numbers(`${k}.${stage.name}.totals`, totals, [stage.totals.length])] : []),
        ];
      },
    );
    return [...params, ...stages];
  }

  /** The hyperparameters of each leaf at the next step, as numbers, or an error before anything is written. */
  #settle({ stage, values }: Kept): number[][] {
    const now = new Map<Value, number>(); // a schedule is called once for all leaves
    return values.map((own) =>
      Object.entries(stage.ranges).map(([name, [, range]]) => {
        const value = own[name] as Value;
        if (typeof value !== "function") return Number(value);
        if (!now.has(value)) now.set(value, numberAt(name, range, value, this.#stepCount));
        return now.get(value) as number;
      }),
    );
  }

  #writeRecords({ stage, records, recordBytes }: Kept, numbers: readonly (readonly number[])[]): void {
    for (const [i, leaf] of this.#layout.leaves.entries()) {
      const { path, shape, size } = leaf;
      const at = (this.#state.address + records + i * recordBytes) / 8 + 1 + stage.scalars.length;
      const rows = shape[0] ?? 1;
      const moves = takes(stage, path, shape) && !this.#frozen.has(leaf);
      const matrix = (moves && stage.matrixOf?.(shape, path)) || [rows, size / rows];
      views.f64.set([...(numbers[i] as number[]), ...matrix], at);
    }
  }

  #checkRecords({ stage, name, recordBytes }: Kept, bytes: Uint8Array): void {
    const records = new Float64Array(bytes.slice().buffer);
    const ranges = Object.entries(stage.ranges);
    for (let row = 0; row < records.length; row += recordBytes / 8) {
      if (!Number.isSafeInteger(records[row])) throw new RangeError(`${name} of the file count ${records[row]} steps.`);
      for (const [k, [hyperparameter, [, range]]] of ranges.entries()) {
        const value = records[row + 1 + stage.scalars.length + k] as number;
        if (!range.accepts(value))
          throw new RangeError(`${hyperparameter} of the file must be ${range.expected}; it is ${value}.`);
      }
    }
  }

  #readRecords({ stage, values, records, recordBytes }: Kept): void {
    for (const [i, own] of values.entries()) {
      const at = (this.#state.address + records + i * recordBytes) / 8 + 1 + stage.scalars.length;
      for (const [k, [name, [, range]]] of Object.entries(stage.ranges).entries()) {
        const value = views.f64[at + k] as number;
        if (typeof own[name] !== "function") own[name] = range === FLAG ? value !== 0 : value;
      }
    }
  }

  /** Copies steps made and scalars from the first leaf of each part, whose record counts, to the others. */
  #share({ stage, records, recordBytes, members }: Kept): void {
    const base = (this.#state.address + records) / 8;
    const length = recordBytes / 8;
    for (const [first, ...rest] of members) {
      const from = base + (first as number) * length;
      for (const i of rest) views.f64.copyWithin(base + i * length, from, from + 1 + stage.scalars.length);
    }
  }

  /**
   * Divides the leaves that move into the fewest parts: neighbours of the same type, hyperparameters, count of steps and
   * scalars.
   */
  #divide(): void {
    const { leaves } = this.#layout;
    for (const kept of this.#kept) {
      const { stage, recordBytes } = kept;
      const { f64 } = views;
      const records = (this.#state.address + kept.records) / 8;
      const length = recordBytes / 8;
      this.#share(kept);
      const alike = (i: number, j: number) => {
        for (let k = 0; k < length - 2; ++k)
          if (f64[records + i * length + k] !== f64[records + j * length + k]) return false;
        return Object.keys(stage.ranges).every((name) => kept.values[i]?.[name] === kept.values[j]?.[name]);
      };
      const members: number[][] = [];
      for (const [i, leaf] of leaves.entries()) {
        if (this.#left.has(leaf) || leaf.size === 0 || !takes(stage, leaf.path, leaf.shape)) continue;
        const part = members.at(-1);
        const before = part?.at(-1);
        const joins =
          before !== undefined &&
          before === i - 1 &&
          leaves[before]?.type === leaf.type &&
          !stage.perArray &&
          alike(before, i);
        if (joins) part?.push(i);
        else members.push([i]);
      }
      kept.members = members;
      kept.parts = members.map((part) => this.#partOf(kept, part));
    }
  }

  #partOf({ slots, offsets, apart, records, recordBytes }: Kept, members: readonly number[]): Part {
    const first = members[0] as number;
    const leaf = this.#layout.leaves[first] as Leaf;
    const at = (address: number) => this.#layout.addressOf(leaf, address);
    return {
      kind: kindOf(leaf),
      count: members.reduce((sum, i) => sum + (this.#layout.leaves[i] as Leaf).size, 0),
      p: at(this.#params.address),
      g: at(this.#grads.address),
      s: this.#state.address + slots + (offsets[first] as number),
      apart,
      h: this.#state.address + records + first * recordBytes,
    };
  }

  #hasSchedules(): boolean {
    return this.#kept.some(({ values }) =>
      values.some((own) => Object.values(own).some((value) => typeof value === "function")),
    );
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
    if (this.#freed) throw new TypeError("This optimizer was freed and must not be used any more.");
  }
}
