import { expect, inject } from "vitest";
import numpy from "./expected.json";

const expected = { ...numpy, resumed: inject("ends") };

/** What a runtime printed is what NumPy computes, and trainings that were stopped in Node ended as if they had not been. */
export function expectNumPy(results: unknown): void {
  expect(results).toEqual(expected);
}

/** As `expectNumPy`, for steepest/slim in each form that `init` takes, and its refusal to work before. */
export function expectSlim(results: unknown, forms = ["module", "buffer", "view", "response", "URL", "string"]): void {
  const refusal = expect.stringContaining("await init(");
  expect(results).toEqual(Object.fromEntries(forms.map((form) => [form, { refusal, ...expected }])));
}
