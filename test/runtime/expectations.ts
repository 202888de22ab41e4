import { expect, inject } from "vitest";
import numpy from "./expected.json";

const expected = { ...numpy, resumed: inject("ends") };

/** What a runtime printed is what NumPy computes, and trainings that were stopped in Node ended as if they had not been. */
export function expectNumPy(results: unknown): void {
  expect(results).toEqual(expected);
}

/** The forms in which steepest/slim takes its kernels. */
export const FORMS = ["module", "buffer", "view", "response", "URL", "string"];

/** As `expectNumPy`, for steepest/slim, and its refusal to work before it has its kernels. */
export function expectSlim(results: unknown): void {
  expect(results).toEqual({ refusal: expect.stringContaining("await init("), ...expected });
}
