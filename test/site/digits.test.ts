import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Visitor, visit, welcome } from "./visitor.js";

welcome();

const ended = "document.querySelector('article').dataset.state === 'ended'";
const file = fileURLToPath(new URL("../../examples/data/digits.csv.gz", import.meta.url));
const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
/** Every fifth or so is held out, and comes after the others. */
const held = new Set(Array.from({ length: 360 }, (_, i) => Math.floor((i * 1797) / 360)));
const digits = [false, true]
  .flatMap((last) => lines.filter((_, i) => held.has(i) === last))
  .map((line) => line.split(",").map(Number));

/** What the code of the room takes as given. */
const DATA = `import { readDigits, split } from "${new URL("../../examples/digits.mjs", import.meta.url)}";
const flat = ({ inputs, targets }) => ({ inputs: Float32Array.from(inputs.flat()), targets: Uint8Array.from(targets) });
const parts = split(readDigits(${JSON.stringify(file)}));
const [training, heldOut] = [flat(parts.training), flat(parts.heldOut)];`;

const probabilities = async (visitor: Visitor) =>
  (
    await visitor.evaluate<string[]>(
      "[...document.querySelectorAll('.probabilities .figures')].map((each) => each.textContent)",
    )
  ).map(Number.parseFloat);

describe("Digits", () => {
  test.for(["epochs=8&slow=0", "epochs=5&slow=0&hidden=none&optimizer=momentum&batch=1&seed=7"])(
    "trains as its code does, in a worker: %s",
    async (settings, context) => {
      const visitor = await visit(`digits?${settings}`, context);
      await visitor.until(ended);
      const after = "console.log(JSON.stringify([...network.predict(heldOut.inputs).subarray(0, 10)]));";
      const lines = await visitor.runCode(DATA, after);
      const accuracy = Number(lines[0]);
      expect(accuracy).toBeGreaterThan(0.8);
      expect(await visitor.text(".status")).toContain(`${(100 * accuracy).toFixed(1)} % of held-out digits right`);
      // The first of those held out is shown.
      const first = digits[1437]?.[64] as number;
      const expected = (JSON.parse(lines.at(-1) as string) as number[]).map((p) => Number((100 * p).toFixed(1)));
      await visitor.until("/It reads/.test(document.querySelector('.verdict').textContent)");
      await visitor.until(
        `document.querySelectorAll(".probabilities .figures")[${first}].textContent === "${expected[first]?.toFixed(1)} %"`,
      );
      expect(await probabilities(visitor)).toEqual(expected);
      // As many misread as the accuracy says, and each of them is marked.
      const misread = Math.round(360 * (1 - accuracy));
      expect(await visitor.text(".note")).toContain(`${misread} of 360 are misread`);
      await visitor.evaluate("document.querySelector('input[value=misread]').click()");
      await visitor.until(`document.querySelectorAll(".gallery button.wrong").length === ${Math.min(40, misread)}`);
      // Curves of both kinds in the optimizer's colour.
      const [r, g, b] = await visitor.colour(`o-${settings.includes("momentum") ? "momentum" : "adam"}`);
      const counts = await visitor.evaluate<number[]>(`[...document.querySelectorAll(".plot canvas")].map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) count += data[i] === ${r} && data[i + 1] === ${g} && data[i + 2] === ${b};
        return count;
      })`);
      for (const count of counts) expect(count).toBeGreaterThan(100);
    },
  );

  test("stops when it is told to, and trains again", async (context) => {
    const visitor = await visit("digits?epochs=500", context);
    await visitor.until("/^Epoch [3-9] of 500/.test(document.querySelector('.status').textContent)");
    await visitor.labelled("Stop").click();
    await visitor.until(ended);
    expect(await visitor.text(".status")).toMatch(/^Stopped after \d{1,2} epochs, [\d.]+ % of held-out digits right/);
    await visitor.write("Epochs", "2");
    await visitor.labelled("Slow down, to watch it learn").click();
    await visitor.labelled("Train again").click();
    await visitor.until("/^Trained after 2 epochs/.test(document.querySelector('.status').textContent)");
  });

  test("reads what is drawn by mouse and by keyboard, and held-out digits", async (context) => {
    const visitor = await visit("digits?slow=0", context);
    await visitor.until(ended);
    await visitor.labelled("Clear").click();
    await visitor.until("/^Draw a digit/.test(document.querySelector('.verdict').textContent)");
    const box = (await (await visitor.page.$(".pad"))?.boundingBox()) as Record<"x" | "y" | "width" | "height", number>;
    const circle = (k: number) =>
      [
        box.x + box.width * (0.5 - 0.22 * Math.sin((k * Math.PI) / 12)),
        box.y + box.height * (0.5 - 0.36 * Math.cos((k * Math.PI) / 12)),
      ] as const;
    await visitor.page.mouse.move(...circle(0));
    await visitor.page.mouse.down();
    for (let k = 1; k <= 24; ++k) await visitor.page.mouse.move(...circle(k));
    await visitor.page.mouse.up();
    await visitor.until("/^It reads a 0/.test(document.querySelector('.verdict').textContent)");
    await visitor.until("/^It reads a 0/.test(document.querySelector('article > [role=status]').textContent)");

    // A one, pixel by pixel: columns 3 and 4 from top to bottom.
    await visitor.page.focus(".pixels");
    const press = async (key: "ArrowUp" | "ArrowRight" | "ArrowLeft" | "ArrowDown" | " " | "Delete", count = 1) => {
      for (let k = 0; k < count; ++k) await visitor.page.keyboard.press(key);
    };
    await press("Delete");
    await press("ArrowUp", 7);
    await press("ArrowLeft", 7);
    await press("ArrowRight", 3);
    for (let row = 0; row < 8; ++row) {
      await press(" ");
      await press("ArrowRight");
      await press(" ");
      await press("ArrowLeft");
      await press("ArrowDown");
    }
    await visitor.until("/^It reads a 1/.test(document.querySelector('.verdict').textContent)");
    expect(await visitor.evaluate("document.querySelector('.pixels').ariaLabel")).toBe("Pixels, read as 1");
    const side = await visitor.evaluate<number>("document.querySelector('.pixels').clientWidth");
    expect(await visitor.pixel(".pixels", (3.5 / 8) * side, side / 16)).toEqual(await visitor.colour("ink"));

    const name = await visitor.evaluate<string>("document.querySelectorAll('.gallery button')[5].textContent");
    const [label, read = label] = name.match(/\d/g) as [string, string?];
    expect(Number(label)).toBe(digits[1437 + 5]?.[64]);
    await visitor.evaluate("document.querySelectorAll('.gallery button')[5].click()");
    await visitor.until(`/^It reads a ${read}/.test(document.querySelector(".verdict").textContent)`);
  });
});
