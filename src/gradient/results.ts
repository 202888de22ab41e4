import { toOperand } from "../ndarray/array-like.js";
import { describe, type Elements, TYPES, type TypeInfo } from "../ndarray/dtype.js";
import { addressOf, allocate, allocateOutside, elementsOf, NDArray, nest } from "../ndarray/ndarray.js";
import type { Operand } from "../ndarray/operand.js";
import type { Coordinates, EvenSpacing } from "./arguments.js";
import type { Sink } from "./sweep.js";

/** The type of the result, which is also the type that f is read as. */
export function resultType(type: TypeInfo): TypeInfo {
  if (type.lanes === 2 || type.name.startsWith("float")) return type;
  return type.name === "datetime64" || type.name === "timedelta64" ? TYPES.timedelta64 : TYPES.float64;
}

/** A new array for results, of the kind that f is; for nested arrays the elements of one. */
export function makeResult({ kind, shape, size, unit }: Operand, type: TypeInfo): NDArray | Elements {
  return kind === "ndarray" ? allocate(type, shape, unit) : allocateOutside(type, size);
}

/** Where the elements of a new result are to be written. */
export function placeOf(result: NDArray | Elements): Sink {
  if (!(result instanceof NDArray)) return { address: -1, data: result };
  const address = addressOf(result);
  return { address, data: address < 0 ? elementsOf(result) : undefined };
}

/** The elements of a new result. */
export function elementsIn(result: NDArray | Elements): Elements {
  return result instanceof NDArray ? elementsOf(result) : result;
}

/** A new result as the caller gets it. */
export function answerOf(result: NDArray | Elements, { kind, shape }: Operand, type: TypeInfo): unknown {
  return kind === "nested" ? nest(result as Elements, type, shape) : result;
}

/** Gives back the memory of a result that nobody will get. */
export function discard(result: NDArray | Elements | undefined): void {
  if (result instanceof NDArray) result.free();
}

/**
 * Where the results are to be written by `out`.
 *
 * @throws if out has not one array of the right type and shape for each axis, or shares memory with f or coordinates
 */
export function takeOut(
  out: unknown,
  source: Operand,
  type: TypeInfo,
  count: number,
  spacings: readonly (EvenSpacing | Coordinates)[],
): Sink[] {
  const list = Array.isArray(out) ? out : [out];
  if (list.length !== count) {
    throw new TypeError(
      `out must be ${count === 1 ? "an NDArray or a typed array" : `an array of ${count} NDArrays or typed arrays`}; got ${describe(out)}.`,
    );
  }
  const taken = [source];
  for (const spacing of spacings) if ("x" in spacing) taken.push(spacing.x);
  return list.map((target: unknown, k) => {
    const own = takeTarget(target, source, type);
    for (const other of taken) {
      if (own.buffer === other.buffer && startOf(own) < endOf(other) && startOf(other) < endOf(own)) {
        throw new RangeError(
          `out${count > 1 ? `[${k}]` : ""} shares memory with an input or another output; give each its own.`,
        );
      }
    }
    taken.push(own);
    return own;
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

function startOf({ data, address }: Operand): number {
  return data === undefined ? address : data.byteOffset;
}

function endOf({ data, address, size, type }: Operand): number {
  return data === undefined ? address + size * type.bytes : data.byteOffset + data.byteLength;
}
