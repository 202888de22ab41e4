import { checkOptions } from "../ndarray/errors.js";
import type { Shape } from "../ndarray/ndarray.js";
import type { ParameterTree } from "../params/parameters.js";
import { views } from "../wasm/heap.js";
import type { Family } from "../wasm/kernels.js";
import { checkSelector } from "./groups.js";
import { checkValue, FLAG, type Group, type Ranges, type Value, valuesOf } from "./hyperparameters.js";
import { type FloatKind, updatesOf } from "./kernels.js";
import { Optimizer } from "./optimizer.js";

/** Elements that one kernel call updates: arrays of one type that lie beside each other and are treated alike. */
export interface Part {
  readonly kind: FloatKind;
  readonly count: number;
  /** Addresses, as `Update` names them. */
  readonly p: number;
  readonly g: number;
  readonly s: number;
  readonly apart: number;
  readonly h: number;
}

/** Something that happens at each step, to the gradients or with them to the parameters. */
export interface Stage {
  readonly name: string;
  readonly ranges: Ranges;
  readonly values: Readonly<Record<string, Value>>;
  readonly groups: readonly GroupValues[];
  /** Names of the vectors of state, each as long as the parameters unless `slotSize` says otherwise. */
  readonly slots: readonly string[];
  /** Those of them that the kernel writes with these hyperparameters, if not always all. */
  needs?(values: Readonly<Record<string, Value>>): readonly string[];
  /** Names of the numbers it keeps for each array; a kernel finds and changes them in its record, zero at first. */
  readonly scalars: readonly string[];
  /** Names of the numbers it keeps for all arrays together, zero at first. */
  readonly totals?: readonly string[];
  /** Whether a part must be a single array, whose rows and columns end the record. */
  readonly perArray: boolean;
  /** How many elements of a vector of state an array has, if not as many as its own. Then a part must be an array. */
  slotSize?(shape: Shape): number;
  /** An array's rows and columns, if it is not to count as its first axis and the rest; throws for one that it does not take. */
  matrixOf?(shape: Shape, path: string): readonly [rows: number, columns: number];
  /** How many bytes of memory the kernel needs for an array. They follow the numbers for all arrays. */
  scratch?(shape: Shape, bytes: number): number;
  /** Which arrays it takes, among the stages of a partition. */
  readonly share?: { readonly of: object; takes(path: string, shape: Shape): boolean };
  /** What it is for, if it does not move the parameters: the gradient before the rule, or the result of its step. */
  readonly role?: "gradient" | "result";
  /** Compiles what `apply` needs. */
  prepare(): void;
  /** Called before anything is applied, with counts that do not have the step yet. */
  begin?(parts: readonly Part[]): void;
  /** @param totals address of the numbers for all arrays */
  apply(parts: readonly Part[], totals: number): void;
  /** Writes the averages that it keeps of the parameters over them. A part for each array that has made a step. */
  average?(parts: readonly Part[]): void;
  /** Whether it makes them of the parameters, which may not be moved then, nor averaged again. */
  readonly averagesAsItGoes?: boolean;
}

export interface GroupValues extends Group {
  readonly values: Readonly<Record<string, Value>>;
}

/** What to do, bound to nothing: plain and shareable. Made by `sgd` and its like, joined by `chain`. */
export interface Rule {
  /** @internal */
  readonly stages: readonly Stage[];
  /**
   * Binds the rule to parameters: their values are copied in, what was passed is never written.
   *
   * @param params a number[], a float array or NDArray, a number, or records and arrays of these
   * @throws {TypeError} if a leaf is not float64 or float32
   * @throws {RangeError} if there are no parameters or no memory for them and their state
   */
  init<const P extends ParameterTree>(params: P): Optimizer<P>;
}

export function ruleOf(stages: readonly Stage[]): Rule {
  return {
    stages,
    init: <P extends ParameterTree>(params: P) => {
      if (stages.every(({ role }) => role !== undefined)) {
        const names = stages.map(({ name }) => name).join(", ");
        throw new TypeError(
          `${names} moves no parameters: chain it with a rule, as in chain(clipByGlobalNorm(1), adam()).`,
        );
      }
      return new Optimizer<P>(stages, params);
    },
  };
}

/** What makes one rule differ from another. */
export interface Definition
  extends Pick<Stage, "role" | "begin" | "average" | "averagesAsItGoes" | "slotSize" | "matrixOf" | "scratch"> {
  readonly name: string;
  /** Where `<kernel>_f64` and `<kernel>_f32` are. */
  readonly source: Family;
  /** The name of the rule unless set. */
  readonly kernel?: string;
  readonly ranges: Ranges;
  slots?(values: Readonly<Record<string, Value>>): readonly string[];
  readonly scalars?: readonly string[];
  readonly perArray?: boolean;
  /** Refuses values that do not go together. */
  check?(values: Readonly<Record<string, Value>>): void;
}

/** A rule of one kernel: what `adam` and its like are made of. */
export function defineRule(definition: Definition): (options: object) => Rule {
  const { name, source, kernel = name, ranges, slots: needs = () => [], check } = definition;
  const updates = updatesOf(kernel, source);
  const prepare = () => {
    updates();
  };
  const apply = (parts: readonly Part[], totals: number): void => {
    const kernels = updates();
    for (const { kind, p, g, s, apart, count, h } of parts) kernels[kind](p, g, s, apart, count, h, totals);
  };
  return (options) => {
    const { values, groups } = settle(name, ranges, options, check);
    // A group may need more than the others, such as the buffer of a momentum that only it has.
    const wanted = [{ values }, ...groups].map((own) => needs(own.values));
    const most = wanted.reduce((a, b) => (b.length > a.length ? b : a));
    return ruleOf([
      { scalars: [], perArray: false, ...definition, values, groups, slots: most, needs, prepare, apply },
    ]);
  };
}

/**
 * The checked values of options, and those of its groups, which take the rest from the options.
 *
 * @param shared names of those in which groups must not differ, as they must not in flags
 */
export function settle(
  owner: string,
  ranges: Ranges,
  options: object,
  check?: Definition["check"],
  shared: readonly string[] = [],
): { values: Readonly<Record<string, Value>>; groups: readonly GroupValues[] } {
  const names = Object.keys(ranges);
  checkOptions(owner, options, [...names, "groups"]);
  const values = valuesOf(ranges, options as Record<string, unknown>);
  check?.(values);
  const { groups = [] } = options as { groups?: readonly Group[] };
  if (!Array.isArray(groups)) throw new TypeError(`groups must be an array of groups.`);
  return {
    values,
    groups: groups.map((group: Group & Record<string, unknown>, i) => {
      checkOptions(`groups[${i}] of ${owner}`, group, ["params", "frozen", ...names]);
      const { params, frozen = false } = group;
      checkSelector(`groups[${i}].params`, params);
      if (typeof frozen !== "boolean") throw new TypeError(`groups[${i}].frozen must be true or false.`);
      const own = { ...values };
      for (const [name, [, range]] of Object.entries(ranges)) {
        if (group[name] === undefined) continue;
        if ((range === FLAG || shared.includes(name)) && group[name] !== values[name])
          throw new TypeError(`groups[${i}].${name} cannot differ from that of the others.`);
        own[name] = checkValue(`groups[${i}].${name}`, range, group[name]);
      }
      check?.(own);
      return { params, frozen, values: own };
    }),
  };
}

/** `average` of a stage whose averages are its first vector of state. */
export function averageOfFirstSlot(parts: readonly Part[]): void {
  for (const { kind, p, s, count } of parts) views.u8.copyWithin(p, s, s + count * (kind === "f64" ? 8 : 4));
}
