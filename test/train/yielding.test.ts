import { afterEach, expect, test, vi } from "vitest";
import { Turns } from "../../src/train/yielding.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each([
  ["setImmediate", []],
  ["messages", ["setImmediate"]],
  ["timers", ["setImmediate", "MessageChannel"]],
])("a turn by %s lets other tasks run, which no promise does", async (_, absent) => {
  let ran = false;
  const own = setImmediate;
  for (const name of absent) vi.stubGlobal(name, undefined);
  own(() => {
    ran = true;
  });
  for (let k = 0; k < 100; ++k) await undefined;
  expect(ran).toBe(false);
  const turns = new Turns();
  // A task that was there first may still come after one turn.
  for (let k = 0; k < 3; ++k) await turns.turn();
  expect(ran).toBe(true);
});

test("a turn is due after 20 ms, and not after it was taken", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(100);
  const turns = new Turns();
  expect(turns.due).toBe(false);
  now.mockReturnValue(119);
  expect(turns.due).toBe(false);
  now.mockReturnValue(120);
  expect(turns.due).toBe(true);
  await turns.turn();
  expect(turns.due).toBe(false);
  now.mockRestore();
});
