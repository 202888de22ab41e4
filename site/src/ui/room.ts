/** What a room is given, and what it gives back. */
export interface Visit {
  /** From the address. */
  readonly settings: URLSearchParams;
  /** Puts settings into the address; `initial` are left out. */
  keep(settings: Record<string, string>, initial: Record<string, string>): void;
}

export interface Room {
  readonly element: HTMLElement;
  leave(): void;
}

export type Open = (visit: Visit) => Room;
