import { describe, expect, test } from "vitest";
import { type Visitor, visit, welcome } from "./visitor.js";

welcome();

const ALL = ["sgd", "momentum", "adagrad", "rmsprop", "adam", "lion", "lbfgs"];
const ended = "document.querySelector('.map').dataset.state === 'ended'";
const rosenbrock = (x: number, y: number) => (1 - x) ** 2 + 100 * (y - x ** 2) ** 2;

/** What the table says an optimizer has come to. */
const lossOf = (visitor: Visitor, id: string) => visitor.text(`tr[data-optimizer=${id}] td.figures`);

/** As the page writes numbers. */
function short(value: number): string {
  const size = Math.abs(value);
  const text = size !== 0 && size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  return text.replace(/-/g, "−");
}

/** A printed line: name, Float64Array(2) [ x, y ], loss. */
function printed(line: string): { name: string; x: number; y: number; loss: number } {
  const [, name, x, y, loss] = /^(\w+) Float64Array\(2\) \[ (\S+), (\S+) \] (\S+)$/.exec(line) as RegExpExecArray;
  return { name: name as string, x: Number(x), y: Number(y), loss: Number(loss) };
}

describe("Descent", () => {
  test.for([
    ["numerical gradients", `steps=150&on=${ALL}`],
    ["analytic gradients", `steps=150&gradient=analytic&on=${ALL}`],
    ["Himmelblau", `loss=himmelblau&steps=60&on=${ALL}&lr.sgd=0.005`],
    ["Beale", "loss=beale&steps=80&gradient=analytic&on=adam,lbfgs&x=1&y=0.5"],
    ["saddle", "loss=saddle&steps=90&gradient=analytic&on=momentum,adam&momentum=0.5"],
  ] as const)("its code does what it shows: %s", async ([, settings], context) => {
    const visitor = await visit(`descent?${settings}`, context);
    await visitor.until(ended);
    const ends = (await visitor.runCode()).map(printed);
    expect(ends.map(({ name }) => name)).toEqual((/on=([\w,]+)/.exec(settings) as RegExpExecArray)[1]?.split(","));
    for (const { name, loss } of ends) expect([name, await lossOf(visitor, name)]).toEqual([name, short(loss)]);
  });

  test("draws the map, the ways and where they end", async (context) => {
    const visitor = await visit("descent?on=adam&steps=300", context);
    await visitor.until(ended);
    const { x, y, loss } = printed((await visitor.runCode())[0] as string);
    expect(loss).toBeCloseTo(rosenbrock(x, y), 12);
    const box = (await (await visitor.page.$(".map"))?.boundingBox()) as { width: number; height: number };
    const at = (u: number, v: number) => [((u + 2) / 4) * box.width, (1 - (v + 1) / 4) * box.height] as const;
    await visitor.until("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
    expect(await visitor.pixel(".map", ...at(x, y))).toEqual(await visitor.colour("o-adam"));
    // The lowest values in one colour, the highest in another, none of them the card's.
    expect(await visitor.pixel(".map", ...at(0.5, 0.25 - 0.02))).toEqual(await visitor.colour("map-low"));
    expect(await visitor.pixel(".map", ...at(-0.05, 2.95))).not.toEqual(await visitor.colour("map-low"));
    expect(await visitor.pixel(".map", 4, box.height - 4)).toEqual(await visitor.colour("map-high"));
    // The curve of losses beside it, in the same colour.
    const [r, g, b] = await visitor.colour("o-adam");
    const drawn = await visitor.evaluate<number>(`(() => {
      const canvas = document.querySelector(".plot canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) count += data[i] === ${r} && data[i + 1] === ${g} && data[i + 2] === ${b};
      return count;
    })()`);
    expect(drawn).toBeGreaterThan(50);
    expect(await visitor.evaluate("document.querySelector('.plot').ariaLabel")).toContain(
      `Adam: ${short(loss)} after 300 steps`,
    );
  });

  test("a click starts there, at a given number of steps a second", async (context) => {
    const visitor = await visit("descent?speed=600&steps=40", context, { still: false });
    await visitor.until(ended);
    const box = (await (await visitor.page.$(".map"))?.boundingBox()) as Record<"x" | "y" | "width" | "height", number>;
    // Whole pixels, for such are clicks in some versions.
    const [px, py] = [Math.round(box.x + 0.75 * box.width), Math.round(box.y + 0.25 * box.height)];
    await visitor.page.mouse.click(px, py);
    const x = Number((-2 + (4 * (px - box.x)) / box.width).toPrecision(4));
    const y = Number((3 - (4 * (py - box.y)) / box.height).toPrecision(4));
    const readout = `Start (${short(x)}, ${short(y)}), loss ${short(rosenbrock(x, y))} · step 40`;
    await visitor.until(`document.querySelector(".readout").textContent === ${JSON.stringify(readout)}`);
    await visitor.until(ended);
    const ends = (await visitor.runCode()).map(printed);
    for (const { name, loss } of ends) expect([name, await lossOf(visitor, name)]).toEqual([name, short(loss)]);
    expect(visitor.page.url()).toContain(`#descent?x=${x}&y=${y}&steps=40&speed=600`);
  });

  test("takes a slice of each frame for the map and the race, and no frame when all is drawn", async (context) => {
    // A clock after which every part of the work has taken longer than its slice.
    const before = `{
      let now = 0;
      performance.now = () => (now += 50);
      window.nextFrame = requestAnimationFrame.bind(window);
      window.drawn = 0;
      window.requestAnimationFrame = (draw) => nextFrame((time) => { ++drawn; draw(time); });
    }`;
    const visitor = await visit("descent?on=adam,lbfgs&steps=20", context, { before });
    await visitor.until(ended);
    const drawn = await visitor.evaluate<number>("drawn");
    expect(drawn).toBeGreaterThan(120 + 17 + 20); // rows, bands, steps
    const after = (frames: number) =>
      `new Promise((done) => { let left = ${frames}; const wait = () => left-- ? nextFrame(wait) : done(drawn); wait(); })`;
    expect(await visitor.evaluate(after(30))).toBe(await visitor.evaluate(after(5)));
  });

  test("what reads formulas is loaded with the first of them", async (context) => {
    const visitor = await visit("descent?steps=5", context);
    await visitor.until(ended);
    const parsers = "performance.getEntriesByType('resource').filter(({ name }) => /formula/.test(name)).length";
    expect(await visitor.evaluate(parsers)).toBe(0);
    await visitor.page.select("select", "own");
    await visitor.until(`${parsers} === 1`);
  });

  test("keys move the start, and start; the race can be stepped, paused and reset", async (context) => {
    const visitor = await visit("descent?on=sgd&speed=2", context, { still: false });
    await visitor.page.focus(".map");
    await visitor.page.keyboard.press("ArrowRight");
    await visitor.page.keyboard.press("ArrowDown");
    await visitor.until(
      "/^Start \\(−1.1, 0.9\\), loss \\S+ · step 0$/.test(document.querySelector('.readout').textContent)",
    );
    expect(await visitor.text("article > [role=status]")).toBe(
      `Start −1.1, 0.9; loss ${short(rosenbrock(-1.1, 0.9))}.`,
    );
    await visitor.page.keyboard.press("Enter");
    await visitor.until("document.querySelector('.map').dataset.state === 'racing'");
    await visitor.labelled("Pause").click();
    await visitor.until("document.querySelector('.map').dataset.state !== 'racing'");
    await visitor.labelled("Reset").click();
    await visitor.labelled("Step").click();
    await visitor.labelled("Step").click();
    await visitor.until("/step 2$/.test(document.querySelector('.readout').textContent)");
    // Two steps of gradient descent by hand.
    let [x, y] = [-1.1, 0.9];
    for (let k = 0; k < 2; ++k) {
      const [dx, dy] = [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)];
      [x, y] = [x - 0.001 * dx, y - 0.001 * dy];
    }
    expect(await lossOf(visitor, "sgd")).toBe(short(rosenbrock(x, y)));
  });

  test("a formula of one's own: refused with a reason, then raced on", async (context) => {
    const visitor = await visit("descent?loss=own&on=adam&steps=50", context);
    await visitor.until(ended);
    for (const [formula, reason] of [
      ["x^2 +", /cannot be read: Unexpected end of expression \(char 6\)/],
      ["x^2 + z", /“z” is unknown here; the variables are x and y/],
      ["alert(1)", /“alert” is no function here/],
      ["constructor", /“constructor” is unknown/],
      ["x = 2", /“x = 2” is not part of a formula here/],
      ["sin", /sin needs an argument: sin\(x\)/],
      ["", /Enter a formula of x and y/],
    ] as const) {
      await visitor.write("f(x, y) =", formula);
      await visitor.until(`${reason}.test(document.querySelector(".formula .complaint").textContent)`);
      expect(await visitor.evaluate("document.querySelector('.formula input').getAttribute('aria-invalid')")).toBe(
        "true",
      );
    }
    await visitor.write("f(x, y) =", "-(x - y)^2 - -2x^2 / (1 + exp(-y)) + max(x, y, pi)^2");
    await visitor.until("document.querySelector('.formula .complaint').textContent === ''");
    await visitor.until("/max/.test(document.querySelector('.snippet code').textContent)");
    await visitor.until(ended);
    const f = (x: number, y: number) =>
      -((x - y) ** 2) - (-2 * x ** 2) / (1 + Math.exp(-y)) + Math.max(x, y, Math.PI) ** 2;
    const { x, y, loss } = printed((await visitor.runCode())[0] as string);
    expect(loss).toBeCloseTo(f(x, y), 9);
    expect(await lossOf(visitor, "adam")).toBe(short(loss));
    expect(await visitor.text(".readout")).toContain(`Start (3, 2), loss ${short(f(3, 2))}`);
  });

  test("an address with a formula that is none, or without optimizers, says so and can be mended", async (context) => {
    const visitor = await visit("descent?loss=own&f=zzz&on=&steps=20", context);
    await visitor.until("/“zzz” is unknown here/.test(document.querySelector('.formula .complaint').textContent)");
    await visitor.write("f(x, y) =", "x^2 + y^2");
    await visitor.until("/^Start \\(3, 2\\), loss 13/.test(document.querySelector('.readout').textContent)");
    await visitor.labelled("Adam").click();
    await visitor.until(ended);
    expect(await lossOf(visitor, "adam")).toBe(short(printed((await visitor.runCode())[0] as string).loss));
  });

  test("what is wrong with a setting stands beside it, and what diverges says so", async (context) => {
    const visitor = await visit("descent?on=sgd&lr.sgd=0.5", context);
    await visitor.until("document.querySelector('tr[data-optimizer=sgd]').dataset.state === 'diverged'");
    expect(await lossOf(visitor, "sgd")).toBe("diverged");
    await visitor.write("Learning rate of Gradient descent", "-1");
    await visitor.until("/above 0/.test(document.querySelector('tr[data-optimizer=sgd] .complaint').textContent)");
    await visitor.write("Learning rate of Gradient descent", "0.001");
    await visitor.until("document.querySelector('tr[data-optimizer=sgd]').dataset.state === 'running'");
    expect(visitor.page.url()).not.toContain("lr.sgd");
    // Another loss comes with its own.
    await visitor.page.select("select", "saddle");
    await visitor.until(
      "/sgd\\(\\{ learningRate: 0.05 \\}\\)/.test(document.querySelector('.snippet code').textContent)",
    );
    expect(visitor.page.url()).toMatch(/#descent\?loss=saddle&on=sgd$/);
  });
});
