/** A number in a few characters: 0.0123, 12.5, 3.2e-9. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(digits - 1).replace("e+", "e")
      : String(Number(value.toPrecision(digits)));
  return text.replace(/-/g, "−");
}

/** A number as code has it. */
export const literal = (value: number, digits = 6): string => String(Number(value.toPrecision(digits)));

/** A whole number with its thousands apart: 1,437. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
