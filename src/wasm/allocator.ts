/** What the allocator needs of a WebAssembly.Memory; a test passes one that owns no bytes. */
export interface GrowableMemory {
  readonly buffer: { readonly byteLength: number };
  grow(pages: number): number;
}

/** A piece of linear memory. Holding it keeps it; it is given back by `free`, or by the garbage collector. */
export class Block {
  live = true;

  constructor(
    /** Byte offset in linear memory, a multiple of 64. */
    readonly address: number,
    /** Bytes that belong to this block, at least as many as were asked for. */
    readonly capacity: number,
  ) {}
}

interface Run {
  address: number;
  bytes: number;
}

const PAGE = 65536;
const ALIGNMENT = 64;

/** The last page of 4 GiB stays unused, so that a pointer one past the end of a block fits in 32 bits. */
export const LARGEST_MEMORY = 2 ** 32 - PAGE;

/**
 * Hands out blocks of one linear memory.
 *
 *   0      start                                     top          reserved
 *   | ---- | block | block | free | block | free run | untouched  |
 *
 * Sizes are rounded up to classes, eight to an octave, so that at most an eighth is lost and a freed block serves the
 * next request of its class from a stack. Before memory grows, neighbouring free blocks are merged into runs, from
 * which any class can be cut. Nothing is ever given back to the system: WebAssembly memory cannot shrink.
 */
export class Allocator {
  /** Bytes in blocks that are in use. */
  used = 0;
  #top: number;
  #limit: number;
  readonly #stacks: Block[][] = [];
  #stacked = 0;
  #runs: Run[] = [];
  /** The smallest size in pages that the engine refused. */
  #refused = Number.POSITIVE_INFINITY;
  readonly #collected: FinalizationRegistry<Run> | undefined;

  /**
   * @param memory the memory
   * @param start where blocks begin, a multiple of 64 and not 0
   * @param limit bytes the memory may grow to
   * @param onGrow called after each growth, when every view of the old buffer is detached
   */
  constructor(
    readonly memory: GrowableMemory,
    start: number,
    limit: number,
    readonly onGrow: () => void = () => {},
  ) {
    this.#top = start;
    this.#limit = Math.min(limit, LARGEST_MEMORY);
    // Some edge runtimes lack the class: there, what is forgotten stays allocated, up to the limit.
    if (typeof FinalizationRegistry === "function")
      this.#collected = new FinalizationRegistry((run) => this.#reclaim(run));
  }

  get reserved(): number {
    return this.memory.buffer.byteLength;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(bytes: number) {
    this.#limit = Math.min(bytes, LARGEST_MEMORY);
    this.#refused = Number.POSITIVE_INFINITY;
  }

  /** A block of at least `bytes` bytes, not cleared. Throws a RangeError if the limit or the engine stands against it. */
  allocate(bytes: number): Block {
    if (!(bytes <= LARGEST_MEMORY)) throw this.#outOfMemory(bytes);
    const octave = octaveOf(bytes);
    const unit = octave < 9 ? ALIGNMENT : 2 ** (octave - 3);
    const capacity = Math.max(1, Math.ceil(bytes / unit)) * unit;
    const stack = this.#stacks[classOf(capacity)];
    if (stack !== undefined && stack.length > 0) {
      const block = stack.pop() as Block;
      this.#stacked -= block.capacity;
      block.live = true;
      this.used += block.capacity;
      return block;
    }
    let address = this.#cut(capacity);
    if (address === undefined && this.#free() >= capacity && this.#merge()) address = this.#cut(capacity);
    address ??= this.#extend(capacity);
    if (address === undefined && this.#merge()) address = this.#extend(capacity);
    if (address === undefined) throw this.#outOfMemory(bytes);
    const block = new Block(address, capacity);
    this.#collected?.register(block, { address, bytes: capacity }, block);
    this.used += capacity;
    return block;
  }

  #outOfMemory(bytes: number): RangeError {
    return new RangeError(
      `Out of linear memory: ${bytes} bytes were asked for while ${this.used} of ${this.reserved} reserved bytes are in use and the limit is ${this.#limit} bytes; free arrays that are no longer needed or raise configure({ maximumMemory }).`,
    );
  }

  /** Takes a block back. Freeing twice is harmless. */
  free(block: Block): void {
    if (!block.live) return;
    block.live = false;
    this.used -= block.capacity;
    this.#stacked += block.capacity;
    const index = classOf(block.capacity);
    const stack = this.#stacks[index];
    if (stack === undefined) this.#stacks[index] = [block];
    else stack.push(block);
  }

  /** Grows the memory to at least `bytes`, so that later allocations need not. */
  reserve(bytes: number): void {
    if (bytes > this.reserved && !this.#grow(bytes)) {
      throw new RangeError(
        `initialMemory: the engine refused to reserve ${bytes} bytes; ${this.reserved} are reserved.`,
      );
    }
  }

  /** A block whose last holder was garbage collected. */
  #reclaim(run: Run): void {
    const block = new Block(run.address, run.bytes);
    this.#collected?.register(block, run, block);
    this.free(block);
  }

  /** The smallest free run that suffices, cut at its front. */
  #cut(capacity: number): number | undefined {
    let best: Run | undefined;
    for (const run of this.#runs) {
      if (run.bytes >= capacity && (best === undefined || run.bytes < best.bytes)) best = run;
    }
    if (best === undefined) return undefined;
    const { address } = best;
    best.address += capacity;
    best.bytes -= capacity;
    if (best.bytes === 0) this.#runs.splice(this.#runs.indexOf(best), 1);
    return address;
  }

  /** Bytes below the top that nobody uses. */
  #free(): number {
    let free = this.#stacked;
    for (const run of this.#runs) free += run.bytes;
    return free;
  }

  /** Joins neighbouring free blocks; whether there was anything to join. */
  #merge(): boolean {
    if (this.#stacked === 0) return false;
    const pieces = this.#runs;
    for (const stack of this.#stacks) {
      if (stack === undefined) continue;
      for (const block of stack) {
        this.#collected?.unregister(block);
        pieces.push({ address: block.address, bytes: block.capacity });
      }
      stack.length = 0;
    }
    this.#stacked = 0;
    pieces.sort((a, b) => a.address - b.address);
    this.#runs = [];
    let last: Run | undefined;
    for (const piece of pieces) {
      if (last !== undefined && last.address + last.bytes === piece.address) last.bytes += piece.bytes;
      else this.#runs.push((last = piece));
    }
    if (last !== undefined && last.address + last.bytes === this.#top) {
      this.#top = last.address;
      this.#runs.pop();
    }
    return true;
  }

  #extend(capacity: number): number | undefined {
    const end = this.#top + capacity;
    // More than needed, for each growth detaches every view.
    const ample = Math.max(end, this.reserved * 1.25, this.reserved + 16 * PAGE);
    if (end > this.reserved && !this.#grow(ample) && !this.#grow(end)) return undefined;
    const address = this.#top;
    this.#top = end;
    return address;
  }

  #grow(bytes: number): boolean {
    const pages = Math.ceil(bytes / PAGE);
    if (pages * PAGE > Math.ceil(this.#limit / PAGE) * PAGE || pages >= this.#refused) return false;
    try {
      this.memory.grow(pages - this.reserved / PAGE);
    } catch {
      this.#refused = pages;
      return false;
    }
    this.onGrow();
    return true;
  }
}

/** floor(log2(size)) of a size up to 4 GiB, to which a large request may be rounded; -1 of 0. */
function octaveOf(size: number): number {
  return size < 2 ** 32 ? 31 - Math.clz32(size) : 32;
}

/** Numbers the classes: multiples of 64 below 512 bytes, from there on eight to an octave. */
function classOf(capacity: number): number {
  if (capacity < 512) return capacity / ALIGNMENT;
  const octave = octaveOf(capacity);
  return 8 * (octave - 9) + capacity / 2 ** (octave - 3);
}
