import { type Family, lazyKernels } from "../wasm/kernels.js";

export type FloatKind = "f64" | "f32";

/**
 * One step over `n` elements.
 *
 * @param p their parameters; g the gradients
 * @param s the first state vector; the next ones follow `apart` bytes from one to the other
 * @param h the record: steps made with this one, the scalars of the rule, its hyperparameters, rows and columns
 * @param scratch what `Stage.scratch` asks for, which not every kernel takes
 */
export type Update = (p: number, g: number, s: number, apart: number, n: number, h: number, scratch?: number) => void;

/** The kernels of one rule, `<name>_f64` and `<name>_f32`, by the type of the parameters. */
export function updatesOf(name: string, source: Family): () => Readonly<Record<FloatKind, Update>> {
  const all = lazyKernels<Readonly<Record<string, Update>>>(source);
  let updates: Record<FloatKind, Update> | undefined;
  return () => {
    updates ??= { f64: all()[`${name}_f64`] as Update, f32: all()[`${name}_f32`] as Update };
    return updates;
  };
}
