/** Bytes as they come, in the amounts that are asked for. */
export class Reader {
  #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Fills the target; how much of it, if the end comes first. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await this.#more())) {
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return filled;
  }

  /** The first bytes, which will be read again. */
  async peek(count: number): Promise<Buffer> {
    const start = Buffer.alloc(count);
    const filled = start.subarray(0, await this.fill(start));
    this.#rest = Buffer.concat([filled, this.#rest]);
    return filled;
  }

  async #more(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#rest = value;
    }
    return true;
  }

  /** What is left. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (await this.#more()) {
      const chunk = this.#rest;
      this.#rest = chunk.subarray(chunk.length);
      yield chunk;
    }
  }
}

/** All of it. */
export async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
