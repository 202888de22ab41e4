import { describe, type Elements, TYPES, type TypeInfo, typeOf } from "../ndarray/dtype.js";
import { addressOf, allocate, allocateOutside, elementsOf, NDArray, nest } from "../ndarray/ndarray.js";
import { isDetached, type Operand } from "../ndarray/operand.js";
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
  if (kind === "ndarray") return into(allocate(type, shape, unit));
  const data = allocateOutside(type, size);
  return { address: -1, data, answer: kind === "typed" ? () => data : () => nest(data, type, shape) };
}

function into(array: NDArray): Result {
  const address = addressOf(array);
  return { address, data: address < 0 ? elementsOf(array) : undefined, answer: () => array };
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
  const taken = inputs.map(extentOf);
  return list.map((target: unknown, k) => {
    const result = takeTarget(target, source, type);
    const extent = extentOf({ address: result.address, data: result.data, size: source.size, type });
    for (const other of taken) {
      if (extent.buffer === other.buffer && extent.start < other.end && other.start < extent.end) {
        throw new RangeError(
          `out${count > 1 ? `[${k}]` : ""} shares memory with an input or with another output; give each its own.`,
        );
      }
    }
    taken.push(extent);
    return result;
  });
}

function takeTarget(target: unknown, source: Operand, type: TypeInfo): Result {
  if (target instanceof NDArray) {
    const { shape } = source;
    elementsOf(target); // throws if it was freed
    if (target.dtype !== type.name || target.unit !== source.unit) {
      throw new TypeError(
        `out must be of dtype ${nameOf(type, source.unit)}; got ${nameOf(TYPES[target.dtype], target.unit)}.`,
      );
    }
    if (target.shape.length !== shape.length || !shape.every((length, k) => target.shape[k] === length)) {
      throw new RangeError(`out must have shape [${shape}]; got [${target.shape}].`);
    }
    return into(target);
  }
  const own = typeOf(target);
  if (own === undefined) throw new TypeError(`out must be an NDArray or a typed array; got ${describe(target)}.`);
  if (own !== type) throw new TypeError(`out must be of dtype ${nameOf(type, source.unit)}; got ${describe(target)}.`);
  const data = target as Elements;
  if (data.length === 0 && isDetached(data)) throw new TypeError(`out, ${describe(target)}, is detached.`);
  if (data.length !== source.size)
    throw new RangeError(`out must have length ${source.size}; got ${describe(target)}.`);
  const resident = data.buffer === views.buffer;
  return { address: resident ? data.byteOffset : -1, data: resident ? undefined : data, answer: () => target };
}

function nameOf(type: TypeInfo, unit: string | undefined): string {
  return unit === undefined ? type.name : `${type.name}[${unit}]`;
}

function extentOf({ address, data, size, type }: Pick<Operand, "address" | "data" | "size" | "type">) {
  if (data === undefined) return { buffer: views.buffer, start: address, end: address + size * type.bytes };
  return {
    buffer: data.buffer,
    start: data.byteOffset,
    end: data.byteOffset + data.length * (data as unknown as Float64Array).BYTES_PER_ELEMENT,
  };
}
