import { type ArrayLikeND, toOperand } from "../ndarray/array-like.js";
import { describe, type Elements, type TypeInfo, typeOf } from "../ndarray/dtype.js";
import { elementsOf, NDArray, type Shape, viewOf } from "../ndarray/ndarray.js";
import { type Operand, transfer } from "../ndarray/operand.js";
import { views } from "../wasm/heap.js";

/** Rows that go together: row i of the inputs with row i of the targets. */
export interface Rows {
  readonly inputs: unknown;
  readonly targets: unknown;
}

export function isRows(data: unknown): data is Rows {
  return typeof data === "object" && data !== null && "inputs" in data && "targets" in data;
}

/** The rows, of which views of linear memory are copies: it may grow, which detaches them, before they are read. */
export function lasting({ inputs, targets }: Rows): Rows {
  return { inputs: copyOfView(inputs), targets: copyOfView(targets) };
}

function copyOfView(values: unknown): unknown {
  if (typeof values !== "object" || values === null || values instanceof NDArray) return values;
  const flat = typeOf(values) !== undefined;
  const data = (flat ? values : (values as Partial<ArrayLikeND>).data) as Float64Array | undefined;
  if (data?.buffer !== views.buffer) return values;
  if (flat) return data.slice();
  const { shape, dtype, unit, stride, strides = stride, offset } = values as ArrayLikeND;
  return { data: data.slice(), shape, dtype, unit, strides, offset };
}

/**
 * How many rows there are, if that can be told.
 *
 * @param width numbers of a row of the inputs, if that is known
 */
export function rowsOf({ inputs, targets }: Rows, width?: number): number | undefined {
  const rows = lengthOf(targets) ?? lengthOf(inputs);
  if (rows !== undefined) return rows;
  if (width !== undefined) return ((inputs as { length: number } | undefined)?.length as number) / width;
  return (targets as { length?: number } | undefined)?.length;
}

/** Of what has rows by itself, which flat numbers have not. */
function lengthOf(values: unknown): number | undefined {
  if (Array.isArray(values)) return values.length;
  if (typeOf(values) !== undefined) return undefined;
  return (values as { shape?: Shape } | undefined)?.shape?.[0];
}

/**
 * Inputs and targets of any kind, checked, from which batches of the same kinds are taken.
 *
 * Flat typed arrays have their numbers row by row, as many a row as there are rows in the other one; of two flat ones,
 * the targets are one number a row.
 */
export class Table {
  readonly rows: number;
  readonly #inputs: Column;
  readonly #targets: Column;

  /**
   * @param name what goes before the names of inputs and targets in messages: "validation." say
   * @param rows how many there are, if that is known otherwise
   */
  constructor(data: Rows, name: string, rows = rowsOf(data) as number) {
    const { inputs, targets } = data;
    checkKind(inputs, `${name}inputs`);
    checkKind(targets, `${name}targets`);
    const given = lengthOf(inputs) ?? rows;
    if (given !== rows)
      throw new RangeError(`${name}inputs have ${given} rows and ${name}targets ${rows}; each row needs both.`);
    if (rows === 0) throw new RangeError(`${name === "" ? "data" : name.slice(0, -1)} has no rows.`);
    this.rows = rows;
    this.#inputs = columnOf(inputs, rows, `${name}inputs`);
    this.#targets = columnOf(targets, rows, `${name}targets`);
  }

  /** Rows order[from] to order[from + count - 1]. What is not a plain array is valid until the next batch is taken. */
  batch(order: Uint32Array, from: number, count: number): Rows {
    return { inputs: this.#inputs.take(order, from, count), targets: this.#targets.take(order, from, count) };
  }

  /** The rows of a batch that stays. */
  part(rows: Uint32Array): Rows {
    const batch = this.batch(rows, 0, rows.length);
    this.#inputs.release();
    this.#targets.release();
    return batch;
  }

  /** All rows, as they came where that is one of the kinds of batches. */
  all(): Rows {
    return { inputs: this.#inputs.all(), targets: this.#targets.all() };
  }
}

interface Column {
  take(order: Uint32Array, from: number, count: number): unknown;
  all(): unknown;
  /** Leaves the last batch to whom it was given. */
  release(): void;
}

function checkKind(values: unknown, name: string): void {
  if (Array.isArray(values) || typeOf(values) !== undefined || lengthOf(values) !== undefined) return;
  throw new TypeError(
    `${name} must be an array of rows, a typed array, an NDArray or { data, shape }; got ${describe(values)}.`,
  );
}

function columnOf(values: unknown, rows: number, name: string): Column {
  if (Array.isArray(values)) {
    checkNested(values, name);
    return new PlainColumn(values);
  }
  const source = toOperand(values) as Operand;
  const { kind, type, shape, size, unit, address } = source;
  const flat = kind === "typed";
  if (size % rows !== 0) {
    const other = name.endsWith("inputs") ? "targets" : "inputs";
    throw new RangeError(`${name} have ${size} numbers, which is no multiple of the ${rows} rows of the ${other}.`);
  }
  if (flat && size === 0)
    throw new RangeError(`${name} have no numbers, but there are ${rows} rows; each row needs both.`);
  const width = (size / rows) * type.lanes;
  let elements = (): Elements => source.data as Elements;
  if (values instanceof NDArray) elements = () => elementsOf(values);
  else if (address >= 0) elements = () => viewOf(type, address, size);
  else if (source.gather !== undefined) {
    const copy = new type.View(size * type.lanes);
    transfer(source, 0, size, copy, type);
    elements = () => copy;
  }
  checkFinite(elements(), type, name, (i) => {
    if (flat) return width === 1 ? `[${i}]` : `[${i}], in row ${Math.floor(i / width)},`;
    return indexOf(Math.floor(i / type.lanes), shape);
  });
  const make = (data: Elements, count: number): unknown =>
    flat ? data : new NDArray(type, [count, ...shape.slice(1)], unit, data);
  return new FlatColumn(flat || values instanceof NDArray ? values : undefined, elements, width, type, make);
}

class PlainColumn implements Column {
  constructor(readonly values: readonly unknown[]) {}

  take(order: Uint32Array, from: number, count: number): unknown[] {
    const batch = new Array<unknown>(count);
    for (let i = 0; i < count; ++i) batch[i] = this.values[order[from + i] as number];
    return batch;
  }

  all(): unknown {
    return this.values;
  }

  release(): void {}
}

/** Numbers one after the other, of which batches are copied to one and the same place. */
class FlatColumn implements Column {
  #buffer: Elements | undefined;
  #last: { readonly count: number; readonly data: Elements; readonly array: unknown } | undefined;

  constructor(
    readonly values: unknown,
    readonly elements: () => Elements,
    readonly width: number,
    readonly type: TypeInfo,
    readonly make: (data: Elements, count: number) => unknown,
  ) {}

  take(order: Uint32Array, from: number, count: number): unknown {
    const { width } = this;
    const elements = this.elements();
    if (this.#buffer === undefined || this.#buffer.length < count * width)
      this.#buffer = new this.type.View(count * width);
    if (this.#last?.count !== count) {
      const data = this.#buffer.subarray(0, count * width);
      this.#last = { count, data, array: this.make(data, count) };
    }
    const { data, array } = this.#last;
    for (let i = 0, at = 0; i < count; ++i) {
      const row = (order[from + i] as number) * width;
      for (let j = 0; j < width; ++j, ++at) data[at] = elements[row + j] as number;
    }
    return array;
  }

  all(): unknown {
    const elements = this.elements();
    return this.values ?? this.make(elements, elements.length / this.width);
  }

  release(): void {
    this.#buffer = undefined;
    this.#last = undefined;
  }
}

/** Refuses NaN and infinity in nested arrays; what is neither number nor array is the model's affair. */
function checkNested(values: readonly unknown[], name: string): void {
  for (let i = 0; i < values.length; ++i) {
    const value = values[i];
    if (typeof value === "number") {
      if (!Number.isFinite(value)) throw notFinite(`${name}[${i}]`, value);
    } else if (Array.isArray(value)) checkNested(value, `${name}[${i}]`);
    else {
      const type = typeOf(value);
      if (type !== undefined) checkFinite(value as Elements, type, `${name}[${i}]`, (k) => `[${k}]`);
    }
  }
}

function checkFinite(elements: Elements, { entry }: TypeInfo, name: string, place: (i: number) => string): void {
  if (entry !== "number") return;
  for (let i = 0; i < elements.length; ++i) {
    const value = elements[i] as number;
    if (value - value !== 0) throw notFinite(name + place(i), value);
  }
}

function notFinite(where: string, value: number): Error {
  return new RangeError(`${where} is ${value}; data must be finite numbers.`);
}

/** "[12][3]" for an element in C order. */
function indexOf(i: number, shape: Shape): string {
  let index = "";
  let rest = i;
  for (let k = shape.length - 1; k >= 0; --k) {
    const length = shape[k] as number;
    index = `[${rest % length}]${index}`;
    rest = Math.floor(rest / length);
  }
  return index;
}
