import { describe, expect, test } from "vitest";
import { type Visitor, visit, welcome } from "./visitor.js";

welcome();

const shown = "document.querySelector('article').dataset.state === 'shown'";
const errorOf = (visitor: Visitor, kind: string) => visitor.text(`[data-error="${kind}"]`);

/** As the page writes small numbers. */
const short = (value: number) => value.toExponential(2).replace(/-/g, "−");

/** The errors of differences of exp at 1, by hand. */
function byHand(h: number): { forward: number; central: number } {
  const [right, left] = [1 + h, 1 - h];
  const forward = (Math.exp(right) - Math.E) / (right - 1);
  const central = (Math.exp(right) - Math.exp(left)) / (right - left);
  return { forward: Math.abs(forward - Math.E) / Math.E, central: Math.abs(central - Math.E) / Math.E };
}

describe("Step size", () => {
  test("errors are those of the formulas, at the chosen steps and at one to look at", async (context) => {
    const visitor = await visit("step-size?h=-4", context);
    await visitor.until(shown);
    const chosen = { forward: 2 ** -26, central: 2 ** (-52 / 3) };
    const table = await visitor.text(".verdicts");
    for (const method of ["forward", "central"] as const) {
      expect(await errorOf(visitor, `${method}-at`)).toBe(short(byHand(1e-4)[method]));
      expect(await errorOf(visitor, method)).toBe(short(byHand(chosen[method])[method]));
      expect(table).toContain(`h = ${short(chosen[method])}, chosen`);
    }
    const printed = (await visitor.runCode()).map((line) => line.split(" "));
    for (const [method, atChosen, at] of printed.slice(0, 2) as [string, string, string][]) {
      expect(await errorOf(visitor, method)).toBe(short(Number(atChosen)));
      expect(await errorOf(visitor, `${method}-at`)).toBe(short(Number(at)));
    }
    const [, error, bound, calls] = printed[2] as [string, string, string, string];
    expect(Number(error)).toBeLessThan(1e-14);
    expect(table).toContain(`${calls} calls, bound ${short(Number(bound) / Math.E)}`);
  });

  test("draws truncation: errors fall as h and as h² do", async (context) => {
    const visitor = await visit("step-size", context);
    await visitor.until(shown);
    const heights = async (name: string) => {
      const [r, g, b] = await visitor.colour(name);
      // Where the curve is a seventh and a quarter of the width from the right: 2.3 and 4 decades below 1.
      return visitor.evaluate<number[]>(`(() => {
        const canvas = document.querySelector(".plot canvas");
        const { width, height } = canvas;
        const context = canvas.getContext("2d");
        const left = [...context.getImageData(0, height >> 1, width, 1).data];
        return [0.78, 0.86].map((share) => {
          const { data } = context.getImageData(Math.round(share * width), 0, 1, height);
          const rows = Array.from({ length: height }, (_, i) => i).filter((i) => Math.abs(data[4 * i] - ${r}) + Math.abs(data[4 * i + 1] - ${g}) + Math.abs(data[4 * i + 2] - ${b}) < 90);
          return rows.reduce((sum, i) => sum + i, 0) / rows.length;
        });
      })()`);
    };
    await visitor.until("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
    const forward = await heights("c-forward");
    const central = await heights("c-central");
    const fall = ([left, right]: number[]) => (left as number) - (right as number);
    expect(fall(forward)).toBeGreaterThan(5);
    expect(fall(central) / fall(forward)).toBeGreaterThan(1.8);
    expect(fall(central) / fall(forward)).toBeLessThan(2.2);
  });

  test("another function and point, and a formula of one's own", async (context) => {
    const visitor = await visit("step-size?f=own&formula=x%5E3&x=2&h=-1", context);
    await visitor.until(shown);
    // ((2.1)³ - 2³) / 0.1 = 12.61 and ((2.1)³ - (1.9)³) / 0.2 = 12.01, where 12 is right
    expect(await errorOf(visitor, "forward-at")).toBe("0.0508");
    expect(await errorOf(visitor, "central-at")).toBe("8.33e−4");
    expect(await errorOf(visitor, "adaptive")).toMatch(/^≤ \d/); // by its own account: there is no other
    expect(await visitor.text(".snippet code")).toContain("const f = (x) => x ** 3;");
    await visitor.write("f(x) =", "log(x)");
    await visitor.write("at x =", "-1");
    await visitor.until("/f is not finite/.test(document.querySelector('.group > .complaint').textContent)");
    await visitor.write("at x =", "1");
    await visitor.until(shown);
    await visitor.write("f(x) =", "log(y)");
    await visitor.until("/“y” is unknown here/.test(document.querySelector('.formula .complaint').textContent)");
    expect(visitor.page.url()).toContain("#step-size?f=own");
  });
});
