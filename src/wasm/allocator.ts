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

/** Free bytes; a block in a stack is one too. */
interface Run {
  readonly address: number;
  readonly capacity: number;
}

const PAGE = 65536;
const ALIGNMENT = 64;

/** The last page of 4 GiB stays unused, so that a pointer one past the end of a block fits in 32 bits. */
export const LARGEST_MEMORY = 2 ** 32 - PAGE;

/** One more than the number of the largest class, 4 GiB. */
const CLASSES = 8 * (32 - 9) + 8 + 1;

/**
 * Hands out blocks of one linear memory.
 *
 *   0      start                                     top          reserved
 *   | ---- | block | block | free | block | free run | untouched  |
 *
 * Sizes are rounded up to classes, eight to an octave, so that at most an eighth is lost and a freed block serves the
 * next request of its class from a stack. Before memory grows, neighbouring free blocks are merged into runs, from
 * which any class can be cut; a run waits in the bin of the largest class that fits in it, so that finding one never
 * means a search among all of them. Nothing is ever given back to the system: WebAssembly memory cannot shrink.
 */
export class Allocator {
  /** Bytes in blocks that are in use. */
  used = 0;
  #top: number;
  #limit = 0;
  readonly #stacks: Block[][] = Array.from({ length: CLASSES }, () => []);
  readonly #bins: Run[][] = Array.from({ length: CLASSES }, () => []);
  /** Whether a block was freed since blocks were merged. */
  #scattered = false;
  /** The smallest size in pages that the engine refused. */
  #refused = 0;
  readonly #collected: FinalizationRegistry<Run> | undefined;

  /**
   * @param memory the memory
   * @param start where blocks begin, a multiple of 64 and not 0
   * @param limit bytes the memory may grow to
   * @param onGrow called after each growth, when every view of the old buffer is detached
   */
  constructor(
    readonly memory: GrowableMemory,
    readonly start: number,
    limit: number,
    readonly onGrow: () => void = () => {},
  ) {
    this.#top = start;
    this.limit = limit;
    // Some edge runtimes lack the class: there, what is forgotten stays allocated, up to the limit.
    if (typeof FinalizationRegistry === "function")
      this.#collected = new FinalizationRegistry((run) => this.free(this.#blockOf(run)));
  }

  get reserved(): number {
    return this.memory.buffer.byteLength;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(bytes: number) {
    this.#limit = Math.min(bytes, LARGEST_MEMORY);
    this.#refused = 2 ** 16; // 4 GiB
  }

  /** A block of at least `bytes` bytes, not cleared. Throws a RangeError if the limit or the engine stands against it. */
  allocate(bytes: number): Block {
    const block = this.tryAllocate(bytes);
    if (block) return block;
    throw new RangeError(
      `Out of linear memory: ${bytes} bytes were asked for while ${this.used} of ${this.reserved} reserved bytes are in use and the limit is ${this.#limit} bytes; free arrays or raise configure({ maximumMemory }).`,
    );
  }

  /** As `allocate`, but undefined where that throws: an error with its stack costs more than a small array. */
  tryAllocate(bytes: number): Block | undefined {
    if (!(bytes <= LARGEST_MEMORY)) return undefined;
    const octave = octaveOf(bytes);
    const unit = octave < 9 ? ALIGNMENT : 1 << (octave - 3);
    const capacity = Math.max(1, Math.ceil(bytes / unit)) * unit;
    let block = this.#stacks[classOf(capacity)]?.pop();
    if (!block) {
      let address = this.#cut(capacity) ?? this.#cutMerged(capacity) ?? this.#extend(capacity);
      if (address === undefined && this.#merge()) address = this.#extend(capacity);
      if (address === undefined) return undefined;
      block = this.#blockOf({ address, capacity });
    }
    block.live = true;
    this.used += capacity;
    return block;
  }

  /** Takes a block back. Freeing twice is harmless until the block is handed out again: let go of it. */
  free(block: Block): void {
    if (!block.live) return;
    block.live = false;
    this.used -= block.capacity;
    this.#scattered = true;
    this.#stacks[classOf(block.capacity)]?.push(block);
  }

  /** Grows the memory to at least `bytes`, so that later allocations need not; whether the engine agreed. */
  reserve(bytes: number): boolean {
    return bytes <= this.reserved || this.#grow(bytes);
  }

  /** A block that comes back when its last holder is garbage collected. */
  #blockOf(run: Run): Block {
    const block = new Block(run.address, run.capacity);
    this.#collected?.register(block, run, block);
    return block;
  }

  /** The front of a free run of the smallest class that suffices. */
  #cut(capacity: number): number | undefined {
    for (let k = classOf(capacity); k < CLASSES; ++k) {
      const run = this.#bins[k]?.pop();
      if (!run) continue;
      const rest = run.capacity - capacity;
      if (rest > 0) this.#keep({ address: run.address + capacity, capacity: rest });
      return run.address;
    }
    return undefined;
  }

  #keep(run: Run): void {
    this.#bins[classOf(run.capacity)]?.push(run);
  }

  /** As `#cut`, once neighbours are merged, if that can give a large enough run or spare a growth. */
  #cutMerged(capacity: number): number | undefined {
    const free = this.#top - this.start - this.used;
    const untouched = this.reserved - this.#top;
    if (free < capacity && (untouched >= capacity || free + untouched < capacity)) return undefined;
    return this.#merge() ? this.#cut(capacity) : undefined;
  }

  /** Joins neighbouring free blocks, and the last of them with what is untouched; whether any was freed meanwhile. */
  #merge(): boolean {
    if (!this.#scattered) return false;
    const pieces: Run[] = [...this.#stacks, ...this.#bins].flatMap((list: Run[]) => list.splice(0));
    for (const piece of pieces) this.#collected?.unregister(piece);
    this.#scattered = false;
    // From the top down, so that every bin gives its lowest run first.
    pieces.sort((a, b) => b.address - a.address);
    let run: Run | undefined;
    for (const { address, capacity } of pieces) {
      const end = address + capacity;
      if (end === this.#top) this.#top = address;
      else if (end === run?.address) run = { address, capacity: capacity + run.capacity };
      else {
        if (run) this.#keep(run);
        run = { address, capacity };
      }
    }
    if (run) this.#keep(run);
    return true;
  }

  #extend(capacity: number): number | undefined {
    const end = this.#top + capacity;
    if (end > this.#limit) return undefined;
    // More than needed, for each growth detaches every view.
    const ample = Math.max(end, Math.min(this.#limit, Math.max(this.reserved * 1.25, this.reserved + 16 * PAGE)));
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

/**
 * The number of a class, or of the largest class that fits in a run: multiples of 64 below 512 bytes, from there on
 * eight to an octave.
 */
function classOf(bytes: number): number {
  if (bytes < 512) return bytes / ALIGNMENT;
  const octave = octaveOf(bytes);
  return 8 * (octave - 9) + Math.floor(bytes / (1 << (octave - 3)));
}
