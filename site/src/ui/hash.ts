/** The address of a view: #room?setting=value&... */
export interface Place {
  readonly room: string;
  readonly settings: URLSearchParams;
}

export function readPlace(): Place {
  const [room = "", settings = ""] = location.hash.slice(1).split("?");
  return { room, settings: new URLSearchParams(settings) };
}

/** Puts settings into the address; what is as the room begins is left out. */
export function writePlace(room: string, settings: Record<string, string>, initial: Record<string, string>): void {
  const changed = Object.entries(settings).filter(([name, value]) => value !== initial[name]);
  const query = new URLSearchParams(changed).toString();
  history.replaceState(null, "", `#${room}${query && `?${query}`}`);
}
