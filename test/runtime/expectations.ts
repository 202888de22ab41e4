import { expect } from "vitest";
import expected from "./expected.json";

/** What a runtime printed is what NumPy computes. */
export function expectNumPy(results: unknown): void {
  expect(results).toEqual(expected);
}

/** As `expectNumPy`, for steepest/slim in each form that `init` takes, and its refusal to work before. */
export function expectSlim(results: unknown, forms = ["module", "buffer", "view", "response", "URL", "string"]): void {
  const refusal = expect.stringContaining("await init(");
  expect(results).toEqual(Object.fromEntries(forms.map((form) => [form, { refusal, ...expected }])));
}
