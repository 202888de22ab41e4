import { expect, test } from "vitest";
import { Progress } from "../../src/cli/progress.js";

function draw(isTTY: boolean, columns: number): string[] {
  const written: string[] = [];
  let time = 0;
  const terminal = { isTTY, columns, write: (text: string) => written.push(text) };
  const progress = new Progress(4e9, terminal, () => time);
  // A block every 50 ms, for two seconds.
  for (let k = 1; k <= 40; ++k) {
    time += 50;
    progress.update(k * 1e8);
  }
  progress.end();
  return written;
}

test("on a terminal a bar appears after half a second, moves ten times a second and goes", () => {
  const written = draw(true, 80);
  expect(written[0]).toBe(`\r\x1b[K[${"#".repeat(10)}${"-".repeat(30)}]  25 %  1.0 GB of 4.0 GB, 2 s left`);
  expect(written).toHaveLength(17);
  expect(written.at(-1)).toBe("\r\x1b[K");
  // Some terminals do not know how wide they are.
  expect(draw(true, 0)).toEqual(written);
  for (const text of draw(true, 40)) expect(text.length).toBeLessThanOrEqual(40 + 4);
});

test("elsewhere nothing is written", () => {
  expect(draw(false, 80)).toEqual([]);
});
