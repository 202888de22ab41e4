import { toOperand } from "../ndarray/array-like.js";
import { describe, TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { addressOf, allocate, allocateOutside, elementsOf, NDArray, nest } from "../ndarray/ndarray.js";
import type { Operand } from "../ndarray/operand.js";
import { views } from "../wasm/heap.js";
import type { Sink } from "./sweep.js";

/** A place for the results along one axis, and what the caller gets of it. */
export interface Result extends Sink {
  answer(): unknown;
}

/** The type of the result, which is also the type that f is read as. */
export function resultType(type: TypeInfo): TypeInfo {
  if (type.lanes === 2 || type.name.startsWith("float")) return type;
  return type.name === "datetime64" || type.name === "timedelta64" ? TYPES.timedelta64 : TYPES.float64;
}

/** A new result, of the kind that f is. */
export function makeResult({ kind, shape, size, unit }: Operand, type: TypeInfo): Result {
  if (kind === "ndarray") {
    const array = allocate(type, shape, unit);
    const address = addressOf(array);
    return { address, data: address < 0 ? elementsOf(array) : undefined, answer: () => array };
  }
  const data = allocateOutside(type, size);
  return { address: -1, data, answer: kind === "typed" ? () => data : () => nest(data, type, shape) };
}

/**
 * The results as `out` has them.
 *
 * @param inputs what must not be overwritten: f and the coordinates
 * @throws if out has not one array of the right type and shape for each axis, or shares memory with an input
 */
export function takeOut(
  out: unknown,
  source: Operand,
  type: TypeInfo,
  count: number,
  inputs: readonly Operand[],
): Result[] {
  const list = Array.isArray(out) ? out : [out];
  if (list.length !== count) {
    throw new TypeError(
      `out must be ${count === 1 ? "an NDArray or a typed array" : `an array of ${count} NDArrays or typed arrays`}; got ${describe(out)}.`,
    );
  }
  const taken = [...inputs];
  return list.map((target: unknown, k) => {
    const own = takeTarget(target, source, type);
    for (const other of taken) {
      if (bufferOf(own) === bufferOf(other) && startOf(own) < endOf(other) && startOf(other) < endOf(own)) {
        throw new RangeError(
          `out${count > 1 ? `[${k}]` : ""} shares memory with an input or another output; give each its own.`,
        );
      }
    }
    taken.push(own);
    return { address: own.address, data: own.data, answer: () => target };
  });
}

function takeTarget(target: unknown, { shape, size, unit }: Operand, type: TypeInfo): Operand {
  const whole = target instanceof NDArray;
  const own = whole || ArrayBuffer.isView(target) ? toOperand(target) : undefined;
  if (own === undefined) throw new TypeError(`out must be an NDArray or a typed array; got ${describe(target)}.`);
  if (own.type !== type || (whole && own.unit !== unit)) {
    const got = whole ? nameOf(own.type, own.unit) : describe(target);
    throw new TypeError(`out must be of dtype ${nameOf(type, unit)}; got ${got}.`);
  }
  if (whole && (own.shape.length !== shape.length || shape.some((length, k) => own.shape[k] !== length)))
    throw new RangeError(`out must have shape [${shape}]; got [${own.shape}].`);
  if (own.size !== size) throw new RangeError(`out must have length ${size}; got ${describe(target)}.`);
  return own;
}

function nameOf(type: TypeInfo, unit: string | undefined): string {
  return unit === undefined ? type.name : `${type.name}[${unit}]`;
}

function bufferOf({ data }: Operand): ArrayBufferLike {
  return data === undefined ? views.buffer : data.buffer;
}

function startOf({ data, address }: Operand): number {
  return data === undefined ? address : data.byteOffset;
}

function endOf({ data, address, size, type }: Operand): number {
  return data === undefined ? address + size * type.bytes : data.byteOffset + data.byteLength;
}
