import { checkOptions } from "../ndarray/errors.js";
import { Allocator, LARGEST_MEMORY } from "./allocator.js";
import { budget } from "./budget.js";

/**
 * The first MiB is scratch for one call at a time: nothing in it outlives the call, and no call that uses it runs code
 * of the user's. Streaming needs no allocation, therefore, and works when memory is full.
 */
export const SCRATCH = 64;
export const SCRATCH_END = 2 ** 20;

/**
 * More is reserved at the start than most programs need. Untouched pages cost nothing, growth does: it detaches views,
 * and once any buffer was detached V8 compiles every access to every typed array of the program with a check. Loops
 * over typed arrays in JavaScript then run at half their speed (Rosenbrock of 1000 parameters: 2.8 to 5.1 ms).
 */
function createMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: budget.initialMemory / 65536 });
  } catch {
    return new WebAssembly.Memory({ initial: SCRATCH_END / 65536 });
  }
}

/** @internal */
export const memory = createMemory();

/** Views of the whole linear memory, made anew after each growth: read them from here at each use. */
export interface Views {
  buffer: ArrayBuffer;
  u8: Uint8Array<ArrayBuffer>;
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
}

function viewsOf(buffer: ArrayBuffer): Views {
  return { buffer, u8: new Uint8Array(buffer), f32: new Float32Array(buffer), f64: new Float64Array(buffer) };
}

/** The views that are valid now. */
export let views: Views = viewsOf(memory.buffer);

/** Who holds views for its caller and makes them anew after growth. Held weakly. */
export interface Holder {
  renew(): void;
}

const holders = new Set<{ deref(): Holder | undefined }>();
/** So many holders that those which are gone are looked for: memory may not grow for long. */
let crowd = 64;

/** Has `renew` called after each growth, for as long as the holder is alive; the answer ends that. */
export function onGrowth(holder: Holder): () => void {
  const reference = typeof WeakRef === "function" ? new WeakRef(holder) : { deref: () => holder };
  if (holders.size >= crowd) {
    for (const other of holders) if (!other.deref()) holders.delete(other);
    crowd = 2 * holders.size + 64;
  }
  holders.add(reference);
  renewHolders = renewAll;
  return () => holders.delete(reference);
}

/** Not a closure in `onGrowth`, which would hold the last holder. */
function renewAll(): void {
  for (const reference of holders) {
    const holder = reference.deref();
    if (!holder) holders.delete(reference);
    else holder.renew();
  }
}

/** Set where there are holders, so that a bundle without any is without this. */
let renewHolders = () => {};

/** The one linear memory, shared by every family of kernels, and the only place that hands out parts of it. */
export const heap = new Allocator(memory, SCRATCH_END, budget.maximumMemory, () => {
  views = viewsOf(memory.buffer);
  renewHolders();
});

/**
 * Bytes of linear memory: `used` by arrays and optimizers that are alive, and `reserved` from the system.
 *
 * @example
 * const a = zeros([1024]);
 * const before = memoryUsage().used;
 * a.free();
 * console.log(before - memoryUsage().used); // 8192
 */
export function memoryUsage(): {
  /** Bytes of arrays and optimizers that are alive. */
  used: number;
  /** Bytes that the system gave. */
  reserved: number;
} {
  return { used: heap.used, reserved: heap.reserved };
}

/**
 * Reserves or bounds linear memory.
 *
 * Past `maximumMemory` results land in ordinary JavaScript memory: the same class and the same bits, at the speed of
 * streaming. Memory that is reserved already is not given back, for WebAssembly memory cannot shrink.
 *
 * @param options.initialMemory bytes to reserve now, so that no view is detached by growth until they are used up
 * @param options.maximumMemory bytes that linear memory may grow to, at most 4 GiB; 1 GiB unless set, 48 MiB in workerd
 *   and edge runtimes
 * @throws {RangeError} if a size is not a number of bytes between 0 and 2^32, or the engine refuses to reserve it
 * @example
 * configure({ initialMemory: 64 * 2 ** 20, maximumMemory: 2 ** 30 });
 * console.log(memoryUsage().reserved >= 64 * 2 ** 20); // true
 */
export function configure(options: { initialMemory?: number; maximumMemory?: number }): void {
  checkOptions("configure", options, ["initialMemory", "maximumMemory"]);
  const { initialMemory, maximumMemory } = options;
  for (const [name, bytes] of [
    ["initialMemory", initialMemory],
    ["maximumMemory", maximumMemory],
  ] as const) {
    if (bytes === undefined) continue;
    if (typeof bytes !== "number") throw new TypeError(`${name} must be a number of bytes; got ${typeof bytes}.`);
    if (!(bytes >= 0 && bytes <= 2 ** 32))
      throw new RangeError(`${name} must be between 0 and 2^32 bytes; got ${bytes}.`);
  }
  const limit = Math.min(maximumMemory ?? heap.limit, LARGEST_MEMORY);
  if (initialMemory !== undefined && Math.min(initialMemory, LARGEST_MEMORY) > limit) {
    throw new RangeError(`initialMemory, ${initialMemory} bytes, exceeds maximumMemory, ${limit} bytes.`);
  }
  const before = heap.limit;
  heap.limit = limit;
  const bytes = Math.min(initialMemory ?? 0, LARGEST_MEMORY);
  if (heap.reserve(bytes)) return;
  heap.limit = before;
  throw new RangeError(`initialMemory: the engine refused to reserve ${bytes} bytes; ${heap.reserved} are reserved.`);
}
