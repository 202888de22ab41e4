import type { Group } from "./hyperparameters.js";

export function checkSelector(name: string, params: unknown): void {
  if (typeof params !== "string" && typeof params !== "function" && !(params instanceof RegExp))
    throw new TypeError(`${name} must be a path such as "layers[0].bias", a regular expression or a function of them.`);
}

/** The index of the first group that a parameter belongs to, from 1; 0 if none. */
export function groupOf(groups: readonly Group[], path: string, shape: readonly number[]): number {
  return (
    1 +
    groups.findIndex(({ params }) =>
      typeof params === "function"
        ? params(path, shape)
        : typeof params === "string"
          ? params === path
          : path.search(params) >= 0,
    )
  );
}
