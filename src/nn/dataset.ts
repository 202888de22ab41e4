import { toOperand } from "../ndarray/array-like.js";
import { describe, TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { viewOf } from "../ndarray/ndarray.js";
import { copyIn, type Operand, operandAt, transfer } from "../ndarray/operand.js";
import type { Block } from "../wasm/allocator.js";
import { heap, views } from "../wasm/heap.js";
import { type Architecture, LOSSES, WITH_LABELS } from "./architecture.js";
import { kernelsOf } from "./kernels.js";
import { typeOfNetwork } from "./layers.js";

/** Samples and what a network should make of them, a row each. */
export interface Batch {
  readonly inputs: unknown;
  readonly targets: unknown;
}

/** Rows of numbers, with what an error message calls them. */
export interface Rows {
  readonly name: string;
  readonly source: Operand;
  readonly rows: number;
  readonly width: number;
}

/** Reads inputs: rows of `width` numbers; a flat array of one row, or of any number if it is typed or the width is 1. */
export function rowsOf(name: string, value: unknown, width: number): Rows {
  const source = numbersAt(name, value);
  const { kind, shape, size } = source;
  const flat = shape.length === 1;
  const rows = flat ? size / width : (shape[0] as number);
  const fits = flat
    ? kind === "typed" || width === 1
      ? Number.isInteger(rows)
      : rows === 1
    : rows * width === size && fitsRow(shape, width);
  if (!fits) {
    throw new RangeError(
      `${name} must be rows of ${width === 1 ? "one number" : `${width} numbers`}; got ${kind === "typed" ? describe(value) : `shape [${shape}]`}.`,
    );
  }
  return { name, source, rows, width };
}

function fitsRow([, ...shape]: readonly number[], width: number): boolean {
  return shape.reduce((n, m) => n * m, 1) === width;
}

/** An array of numbers, which dates and complex numbers are not. */
function numbersAt(name: string, value: unknown): Operand {
  const source = operandAt(name, () => toOperand(value));
  if (source === undefined || !/^(bool|u?int|float)/.test(source.type.name))
    throw new TypeError(`${name} must be an array of numbers; got ${describe(value)}.`);
  return source;
}

/**
 * The address of some rows in linear memory, all of them finite.
 *
 * @param room address that they are copied to
 * @param copy whether they are copied, too, if they lie in linear memory already
 */
export function bring(
  { name, source, width }: Rows,
  from: number,
  rows: number,
  room: number,
  type: TypeInfo,
  copy: boolean,
): number {
  const [first, count] = [from * width, rows * width];
  const inPlace = !copy && isResident(source, type);
  const address = inPlace ? source.address + first * type.bytes : room;
  if (!inPlace) copyIn(source, first, count, address, type);
  const i = kernelsOf(type === TYPES.float64 ? "f64" : "f32").firstNotFinite(address, count);
  if (i < 0) return address;
  const value = valueAt(source, first + i);
  const why = Number.isFinite(value) ? `does not fit ${type.name}` : "is no finite number";
  throw new RangeError(`${nameAt(name, source, first + i, width)} is ${value}, which ${why}.`);
}

function isResident(source: Operand, type: TypeInfo): boolean {
  return source.address >= 0 && source.type === type;
}

function valueAt(source: Operand, i: number): number {
  const value = new Float64Array(1);
  transfer(source, i, 1, value, TYPES.float64);
  return value[0] as number;
}

/** An element by its indices, and those of flat data by its row, too. */
function nameAt(name: string, { shape }: Operand, i: number, width: number): string {
  let rest = i;
  const indices = shape.map((_, k) => {
    const step = shape.slice(k + 1).reduce((n, m) => n * m, 1);
    const index = Math.floor(rest / step);
    rest -= index * step;
    return index;
  });
  const where = shape.length === 1 && width > 1 ? ` (row ${Math.floor(i / width)}, column ${i % width})` : "";
  return `${name}[${indices.join("][")}]${where}`;
}

/** Inputs and targets as they came, of shapes that go together. Labels have a width of 0. */
export interface Pairs {
  readonly inputs: Rows;
  readonly targets: Rows;
}

/** @param name what errors put before "inputs" and "targets" */
export function pairsOf({ layers, loss }: Architecture, batch: Batch, name: string): Pairs {
  if (typeof batch !== "object" || batch === null || Array.isArray(batch))
    throw new TypeError(`${name === "" ? "A" : `${name}a`} batch must be { inputs, targets }; got ${describe(batch)}.`);
  const inputs = rowsOf(`${name}inputs`, batch.inputs, layers[0] as number);
  if (inputs.rows === 0) throw new RangeError(`${inputs.name} must have at least one row; it has none.`);
  return { inputs, targets: targetsOf(`${name}targets`, batch.targets, inputs.rows, layers.at(-1) as number, loss) };
}

/** Inputs and targets in linear memory, as the kernels take them. */
export class Dataset {
  /** The number of the loss, which says what the targets are. */
  readonly loss: number;
  /** Whether answers are right or wrong. */
  readonly classes: boolean;
  /** Bytes of a row. */
  readonly inputBytes: number;
  readonly targetBytes: number;
  /** Addresses. */
  readonly inputs: number;
  readonly targets: number;
  readonly #block: Block;

  /**
   * @param copy whether inputs that lie in linear memory already are copied: without it they must be there as long as this
   * @param first, rows which of them
   */
  constructor(
    architecture: Architecture,
    { inputs, targets }: Pairs,
    copy: boolean,
    first = 0,
    readonly rows = inputs.rows,
  ) {
    const type = typeOfNetwork(architecture);
    const { layers, loss } = architecture;
    const labels = targets.width === 0;
    this.loss = labels ? WITH_LABELS : LOSSES[loss];
    this.classes = this.loss >= LOSSES.crossEntropy;
    this.inputBytes = inputs.width * type.bytes;
    this.targetBytes = labels ? 4 : targets.width * type.bytes;
    const room = copy || !isResident(inputs.source, type) ? 64 * Math.ceil((rows * this.inputBytes) / 64) : 0;
    this.#block = heap.allocate(room + rows * this.targetBytes);
    try {
      this.inputs = bring(inputs, first, rows, this.#block.address, type, copy);
      this.targets = this.#block.address + room;
      if (labels) bringLabels(targets, first, rows, layers.at(-1) as number, this.targets);
      else bring(targets, first, rows, this.targets, type, true);
      if (this.classes && !labels) checkProbabilities(targets, first, rows, this.targets, loss, type);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  free(): void {
    heap.free(this.#block);
  }
}

/** Reads targets: labels, whose width is 0, or rows of as many numbers as there are outputs. */
function targetsOf(name: string, value: unknown, rows: number, outputs: number, loss: string): Rows {
  const source = numbersAt(name, value);
  const { kind, shape, size } = source;
  const flat = shape.length === 1;
  if (loss === "crossEntropy" && flat && size === rows) return { name, source, rows, width: 0 };
  const loose = kind === "typed" || outputs === 1 || rows === 1;
  if (size === rows * outputs && (flat ? loose : shape[0] === rows && fitsRow(shape, outputs)))
    return { name, source, rows, width: outputs };
  const each = outputs === 1 ? "number" : `row of ${outputs} numbers`;
  const expected = loss === "crossEntropy" ? `label or a ${each}` : each;
  throw new RangeError(
    `${name} must have a ${expected} for each of the ${rows} inputs; got ${kind === "typed" ? describe(value) : `shape [${shape}]`}.`,
  );
}

function bringLabels({ name, source }: Rows, first: number, rows: number, outputs: number, address: number): void {
  const labels = new Float64Array(rows);
  transfer(source, first, rows, labels, TYPES.float64);
  const i = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < outputs));
  if (i >= 0) {
    throw new RangeError(
      `${name}[${first + i}] is ${labels[i]}; the labels of ${outputs} outputs are integers from 0 to ${outputs - 1}.`,
    );
  }
  new Uint32Array(views.buffer, address, rows).set(labels);
}

function checkProbabilities(
  { name, source, width }: Rows,
  first: number,
  rows: number,
  address: number,
  loss: string,
  type: TypeInfo,
): void {
  const values = viewOf(type, address, rows * width) as unknown as Float64Array;
  const i = values.findIndex((p) => !(p >= 0 && p <= 1));
  if (i < 0) return;
  const at = first * width + i;
  throw new RangeError(
    `${nameAt(name, source, at, width)} is ${valueAt(source, at)}; ${loss} takes probabilities from 0 to 1.`,
  );
}
