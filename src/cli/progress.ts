/** What of a terminal the bar needs. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A bar on a terminal, from half a second on; elsewhere nothing at all. */
export class Progress {
  readonly #began: number;
  #drawn: number;

  constructor(
    readonly total: number,
    readonly terminal: Terminal = process.stderr,
    readonly now: () => number = () => performance.now(),
  ) {
    this.#began = now();
    this.#drawn = this.#began + 400;
  }

  /** Draws the bar anew, at most ten times a second. */
  update(done: number): void {
    const now = this.now();
    if (!this.terminal.isTTY || now - this.#drawn < 100) return;
    this.#drawn = now;
    const part = Math.min(1, done / this.total);
    const left = part > 0 ? ((now - this.#began) / 1000) * (1 / part - 1) : 0;
    const text = ` ${String(Math.floor(100 * part)).padStart(3)} %  ${bytes(done)} of ${bytes(this.total)}, ${Math.ceil(left)} s left`;
    const width = Math.min(40, (this.terminal.columns || 80) - text.length - 3);
    const filled = Math.round(width * part);
    const bar = width > 0 ? `[${"#".repeat(filled)}${"-".repeat(width - filled)}]` : "";
    this.terminal.write(`\r\x1b[K${bar}${text}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.terminal.isTTY && this.#drawn > this.#began + 400) this.terminal.write("\r\x1b[K");
  }
}

function bytes(count: number): string {
  const power = count < 1e6 ? 1 : count < 1e9 ? 2 : 3;
  return `${(count / 1000 ** power).toFixed(1)} ${["", "kB", "MB", "GB"][power]}`;
}
