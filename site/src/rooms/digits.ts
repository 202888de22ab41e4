import { loadDigits } from "../data.js";
import type { FromWorker, Point, ToWorker } from "../digits-protocol.js";
import { type Stroke, toPixels } from "../handwriting.js";
import { OPTIMIZERS } from "../optimizers.js";
import { fitCanvas, oncePerFrame, painted } from "../ui/canvas.js";
import { h, liveRegion, write } from "../ui/dom.js";
import { button, checkField, choiceField, group, numberField, selectField } from "../ui/fields.js";
import { count, literal, short } from "../ui/format.js";
import { makePlot, type Plot } from "../ui/plot.js";
import type { Open } from "../ui/room.js";
import { snippet } from "../ui/snippet.js";
import { colour, onThemeChange } from "../ui/theme.js";

/** The last of the digits, which training never sees. */
const HELD_OUT = 360;
/** How many of them are shown. */
const SHOWN = 40;
/** Milliseconds an epoch lasts when it is watched. */
const PACE = 60;
const INK = 16;

/** Learning rates that suit the digits. */
const RATES: Record<string, number> = {
  sgd: 0.1,
  momentum: 0.02,
  adagrad: 0.05,
  rmsprop: 0.002,
  adam: 0.003,
  lion: 0.0005,
};
const RULES = OPTIMIZERS.filter(({ id }) => id in RATES);
const SHAPES: Record<string, readonly number[]> = { none: [], "16": [16], "32": [32], "64,32": [64, 32] };

export const open: Open = ({ settings, keep }) => {
  const given = <T extends string>(name: string, choices: readonly T[], otherwise: T): T =>
    choices.find((each) => each === settings.get(name)) ?? otherwise;
  const whole = (name: string, otherwise: number, low: number, high: number) => {
    const value = Number(settings.get(name) ?? Number.NaN);
    return Number.isInteger(value) ? Math.min(high, Math.max(low, value)) : otherwise;
  };
  let shape = given("hidden", Object.keys(SHAPES), "32");
  let optimizer = given("optimizer", Object.keys(RATES), "adam");
  let batch: string = given("batch", ["1", "32", "full"], "32");
  let epochs = whole("epochs", 30, 1, 500);
  let seed = whole("seed", 1, 0, 2 ** 31);
  let slow = settings.get("slow") !== "0";
  const asked = Number(settings.get("lr"));
  let rate = asked > 0 && Number.isFinite(asked) ? asked : (RATES[optimizer] as number);

  let worker: Worker | undefined;
  const tell = (message: ToWorker) => worker?.postMessage(message);
  let run = 0;
  let training = false;
  let points: Point[] = [];
  let held: { pixels: Uint8Array; labels: Uint8Array } | undefined;
  let readings: Uint8Array | undefined;
  let strokes: Stroke[] = [];
  let pixels: Float32Array = new Float32Array(64);
  let cursor = 27;
  let probabilities: Float32Array | undefined;
  /** A prediction is on its way; another is due after it. */
  let waiting = false;
  let due = false;
  let announce = false;
  const forgets: (() => void)[] = [];

  // Training.
  const status = h("output", { class: "status" }, "Loading the digits …");
  const progress = h("progress", { max: epochs, value: 0, "aria-label": "Epochs trained" });
  const trouble = h("p", { class: "complaint", role: "alert" });
  const said = liveRegion();
  const code = snippet("The same in code");
  const places = { loss: h("div"), accuracy: h("div") };
  let plots: Plot[] = [];
  const train = button("Train", () => (training ? tell({ type: "stop" }) : begin()), "primary");
  train.disabled = true;

  /** Curves in the colour of their optimizer: a heavy line for what is held out, a light one for training. */
  function makePlots(): void {
    for (const plot of plots) plot.leave();
    const both = [
      { label: "training", colour: `o-${optimizer}`, width: 1.2, spanGaps: true },
      { label: "held out", colour: `o-${optimizer}`, width: 3, spanGaps: true },
    ];
    const x = { label: "epoch", range: [0, epochs] as [number, number] };
    plots = [
      makePlot({ label: "Loss against epoch", curves: both, x, y: { label: "loss", log: true } }),
      makePlot({
        label: "Accuracy against epoch",
        curves: both,
        x,
        y: { label: "right, %", range: (min) => [Math.min(90, Math.floor(min / 10) * 10), 100] },
      }),
    ];
    places.loss.replaceChildren((plots[0] as Plot).element);
    places.accuracy.replaceChildren((plots[1] as Plot).element);
  }

  function begin(): void {
    ++run;
    points = [];
    training = true;
    trouble.textContent = "";
    progress.max = epochs;
    makePlots();
    store();
    tell({
      type: "train",
      run,
      settings: {
        hidden: SHAPES[shape] as readonly number[],
        optimizer,
        learningRate: rate,
        batchSize: batch === "full" ? "full" : Number(batch),
        epochs,
        seed,
        pace: slow ? PACE : 0,
      },
    });
    curves.request();
  }

  function hear({ data: message }: MessageEvent<FromWorker>): void {
    if (message.type === "points") {
      if (message.run !== run) return;
      points.push(...message.points);
      curves.request();
      ask();
    } else if (message.type === "end") {
      if (message.run !== run) return;
      training = false;
      readings = message.readings;
      const last = points.findLast(({ heldAccuracy }) => heldAccuracy !== undefined);
      const share = last === undefined ? "" : `, ${percent(last.heldAccuracy as number)} of held-out digits right`;
      const how =
        { epochs: "Trained", aborted: "Stopped", diverged: "Diverged: a smaller learning rate helps; stopped" }[
          message.reason
        ] ?? message.reason;
      const text = `${how} after ${message.epochs} epochs${share}: ${count(message.steps)} steps of ${count(message.parameters)} parameters in ${Math.round(message.milliseconds)} ms.`;
      status.textContent = said.textContent = text;
      curves.request();
      exhibition.request();
      ask();
    } else if (message.type === "prediction") {
      probabilities = message.probabilities;
      waiting = false;
      reading.request();
      if (due) ask();
    } else fail(message.message);
  }

  function fail(message: string): void {
    training = false;
    trouble.textContent = message;
    curves.request();
  }

  function showCurves(): void {
    write(train, training ? "Stop" : run > 0 ? "Train again" : "Train");
    element.dataset["state"] = training ? "training" : run === 0 ? "loading" : "ended";
    const at = points.map((point) => point.at);
    const pick = (of: (point: Point) => number | undefined) => points.map((point) => of(point) ?? null);
    const [loss, accuracy] = plots;
    loss?.draw([at, pick((p) => p.loss), pick((p) => p.heldLoss)]);
    const ofEpochs = points.filter(({ heldAccuracy }) => heldAccuracy !== undefined);
    accuracy?.draw([
      ofEpochs.map((point) => point.at),
      ofEpochs.map((point) => 100 * (point.accuracy as number)),
      ofEpochs.map((point) => 100 * (point.heldAccuracy as number)),
    ]);
    const last = ofEpochs.at(-1);
    progress.value = last?.at ?? 0;
    if (training)
      status.textContent =
        last === undefined
          ? "Training …"
          : `Epoch ${last.at} of ${epochs}: ${percent(last.heldAccuracy as number)} of held-out digits right`;
    if (last) {
      loss?.describe(`Held out: ${short(last.heldLoss as number)} after ${last.at} epochs.`);
      accuracy?.describe(
        `After ${last.at} epochs: training ${percent(last.accuracy as number)}, held out ${percent(last.heldAccuracy as number)}.`,
      );
    }
  }

  // Drawing.
  const sides = { pad: 0, grid: 0 };
  const pad = h("canvas", {
    class: "pad",
    role: "img",
    "aria-label": "Pad to draw a digit on by mouse or finger. By keyboard, use the pixels beside it.",
    pointerdown: (event: PointerEvent) => {
      pad.setPointerCapture(event.pointerId);
      strokes.push([]);
      extend(event);
    },
    pointermove: (event: PointerEvent) => {
      if (event.buttons & 1 && strokes.length > 0) extend(event);
    },
    pointerup: () => {
      announce = true;
      ask();
    },
  });
  function extend(event: PointerEvent): void {
    const box = pad.getBoundingClientRect();
    const all = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of all.length > 0 ? all : [event]) {
      strokes.at(-1)?.push([(clientX - box.left) / box.width, (clientY - box.top) / box.height]);
    }
    pixels = toPixels(strokes);
    ask();
    drawing.request();
  }

  const grid = h("canvas", {
    class: "pixels",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "8 by 8 pixels",
    "aria-describedby": "digits-keys",
    keydown: (event: KeyboardEvent) => {
      const [row, column] = [cursor >> 3, cursor & 7];
      if (event.key === "ArrowUp") cursor = 8 * Math.max(0, row - 1) + column;
      else if (event.key === "ArrowDown") cursor = 8 * Math.min(7, row + 1) + column;
      else if (event.key === "ArrowLeft") cursor = 8 * row + Math.max(0, column - 1);
      else if (event.key === "ArrowRight") cursor = 8 * row + Math.min(7, column + 1);
      else if (event.key === " " || event.key === "Enter") ink(cursor, (pixels[cursor] as number) > 7 ? 0 : INK);
      else if (event.key === "Delete" || event.key === "Backspace") clear();
      else return;
      event.preventDefault();
      const filled = (pixels[cursor] as number) > 7 ? "ink" : "blank";
      if (event.key.startsWith("Arrow"))
        said.textContent = `Row ${(cursor >> 3) + 1}, column ${(cursor & 7) + 1}: ${filled}.`;
      drawing.request();
    },
    click: (event: MouseEvent) => {
      const box = grid.getBoundingClientRect();
      const place = (at: number, begin: number, length: number) =>
        Math.max(0, Math.min(7, Math.floor((8 * (at - begin)) / length)));
      cursor = 8 * place(event.clientY, box.top, box.height) + place(event.clientX, box.left, box.width);
      ink(cursor, (pixels[cursor] as number) > 7 ? 0 : INK);
    },
    focus: () => drawing.request(),
    blur: () => drawing.request(),
  });
  function ink(at: number, value: number): void {
    strokes = [];
    pixels = pixels.slice();
    pixels[at] = value;
    announce = true;
    ask();
    drawing.request();
  }
  function show(given: ArrayLike<number>): void {
    strokes = [];
    pixels = Float32Array.from(given);
    announce = true;
    ask();
    drawing.request();
  }
  function clear(): void {
    show(new Float32Array(64));
    said.textContent = "Cleared.";
  }
  const blank = () => pixels.every((pixel) => pixel === 0);

  /** Asks what the pixels are, one question at a time. */
  function ask(): void {
    due = waiting;
    if (waiting || run === 0) return;
    if (blank()) {
      probabilities = undefined;
      reading.request();
      return;
    }
    waiting = true;
    tell({ type: "predict", pixels: pixels.map((pixel) => pixel / INK) });
  }

  const bars = Array.from({ length: 10 }, (_, digit) => {
    const bar = h("span", { class: "fill" });
    const share = h("span", { class: "figures" }, "–");
    const row = h("li", {}, h("span", { class: "digit" }, String(digit)), h("span", { class: "track" }, bar), share);
    return { row, bar, share };
  });
  const verdict = h("p", { class: "verdict" }, "Draw a digit, or choose one below.");

  function showProbabilities(): void {
    const best = probabilities === undefined ? -1 : probabilities.indexOf(Math.max(...probabilities));
    bars.forEach(({ row, bar, share }, digit) => {
      const p = probabilities?.[digit];
      bar.style.transform = `scaleX(${p ?? 0})`; // a width would have the page laid out
      write(share, p === undefined ? "–" : percent(p));
      row.classList.toggle("best", digit === best);
    });
    write(
      verdict,
      probabilities === undefined
        ? "Draw a digit, or choose one below."
        : `It reads a ${best}, ${percent(probabilities[best] as number)} sure.`,
    );
    grid.setAttribute("aria-label", probabilities === undefined ? "Pixels, blank" : `Pixels, read as ${best}`);
    if (announce && !waiting && probabilities) {
      said.textContent = verdict.textContent;
      announce = false;
    }
  }

  function drawPad(): void {
    const context = pad.getContext("2d");
    const side = sides.pad;
    if (context === null || side === 0) return;
    context.clearRect(0, 0, side, side);
    if (strokes.length === 0 && !blank()) {
      // A digit of pixels, as large as what is drawn.
      drawPixels(context, side, pixels, colour("ink"));
      return;
    }
    context.strokeStyle = colour("ink");
    context.lineWidth = side / 14;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => {
        if (i === 0) context.moveTo(x * side, y * side);
        context.lineTo(x * side, y * side);
      });
      context.stroke();
    }
  }

  function drawGrid(): void {
    const context = grid.getContext("2d");
    const side = sides.grid;
    if (context === null || side === 0) return;
    context.clearRect(0, 0, side, side);
    drawPixels(context, side, pixels, colour("ink"));
    context.strokeStyle = colour("hair");
    context.lineWidth = 1;
    context.beginPath();
    for (let k = 1; k < 8; ++k) {
      const at = Math.round((k * side) / 8) + 0.5;
      context.moveTo(at, 0);
      context.lineTo(at, side);
      context.moveTo(0, at);
      context.lineTo(side, at);
    }
    context.stroke();
    if (document.activeElement === grid) {
      context.strokeStyle = colour("accent");
      context.lineWidth = 3;
      context.strokeRect(((cursor & 7) * side) / 8 + 1.5, ((cursor >> 3) * side) / 8 + 1.5, side / 8 - 3, side / 8 - 3);
    }
  }

  // Each is drawn when it changes, and only then.
  const curves = oncePerFrame(showCurves);
  const reading = oncePerFrame(showProbabilities);
  const exhibition = oncePerFrame(gallery);
  const drawing = oncePerFrame(() => {
    drawPad();
    drawGrid();
  });

  // Held-out digits.
  const list = h("ul", { class: "gallery" });
  const galleryNote = h("p", { class: "note" });
  let which = "some";
  const whichField = choiceField({
    label: "Held-out digits",
    value: which,
    choices: [
      ["some", "The first ones"],
      ["misread", "Misread ones"],
    ],
    change(value) {
      which = value;
      gallery();
    },
  });
  function gallery(): void {
    if (held === undefined) return;
    const { pixels: all, labels } = held;
    const wrong = (k: number) => readings !== undefined && readings[k] !== labels[k];
    const chosen = [...labels.keys()].filter((k) => which === "some" || wrong(k)).slice(0, SHOWN);
    const misread = [...labels.keys()].filter(wrong).length;
    galleryNote.textContent =
      readings === undefined ? "" : `${misread} of ${labels.length} are misread. Training never saw any of these.`;
    list.replaceChildren(
      ...chosen.map((k) => {
        const image = h("canvas", { width: 32, height: 32, "aria-hidden": "true" });
        const of = all.subarray(64 * k, 64 * k + 64);
        drawPixels(image.getContext("2d") as CanvasRenderingContext2D, 32, of, colour("ink"));
        const misread = h("span", {}, ` → ${readings?.[k]}`, h("span", { class: "unseen" }, ", misread"));
        const name = h(
          "span",
          {},
          h("span", { class: "unseen" }, "Held-out "),
          String(labels[k]),
          ...(wrong(k) ? [misread] : []),
        );
        const pick = h("button", { type: "button", click: () => show(of) }, image, name);
        pick.classList.toggle("wrong", wrong(k));
        return h("li", {}, pick);
      }),
    );
  }

  // Settings.
  const rateField = numberField({
    label: "Learning rate",
    value: rate,
    above: 0,
    change(value) {
      rate = value;
      store();
    },
  });
  const controls = [
    selectField({
      label: "Hidden layers",
      value: shape,
      choices: [
        ["32", "32 neurons"],
        ["16", "16 neurons"],
        ["64,32", "64 and 32 neurons"],
        ["none", "none: 10 straight lines"],
      ],
      change(value) {
        shape = value;
        store();
      },
    }),
    selectField({
      label: "Optimizer",
      value: optimizer,
      choices: RULES.map(({ id, title }) => [id, title] as const),
      change(value) {
        optimizer = value;
        rate = rateField.value = RATES[value] as number;
        store();
      },
    }),
    rateField,
    choiceField({
      label: "Rows a step",
      value: batch,
      choices: [
        ["1", "1"],
        ["32", "32"],
        ["full", "all"],
      ],
      change(value) {
        batch = value;
        store();
      },
    }),
    numberField({
      label: "Epochs",
      value: epochs,
      min: 1,
      max: 500,
      integer: true,
      change(value) {
        epochs = value;
        store();
      },
    }),
    numberField({
      label: "Seed",
      value: seed,
      min: 0,
      max: 2 ** 31,
      integer: true,
      change(value) {
        seed = value;
        store();
      },
    }),
  ];
  const slowField = checkField("Slow down, to watch it learn", slow, (is) => {
    slow = is;
    store();
  });

  function store(): void {
    keep(
      {
        hidden: shape,
        optimizer,
        lr: literal(rate),
        batch,
        epochs: String(epochs),
        seed: String(seed),
        slow: slow ? "1" : "0",
      },
      {
        hidden: "32",
        optimizer: "adam",
        lr: literal(RATES[optimizer] as number),
        batch: "32",
        epochs: "30",
        seed: "1",
        slow: "1",
      },
    );
    const choice = OPTIMIZERS.find(({ id }) => id === optimizer) as (typeof OPTIMIZERS)[number];
    const layers = [64, ...(SHAPES[shape] as readonly number[]), 10];
    code.show(
      [
        `import { ${["fit", "mlp", choice.imports].sort().join(", ")} } from "steepest";`,
        "",
        "// training and heldOut are { inputs, targets }: 64 pixels from 0 to 1 a row, and the digits they are",
        `const network = mlp({ layers: [${layers.join(", ")}], loss: "crossEntropy", seed: ${seed} });`,
        "const { history } = await fit(network, training, {",
        `  optimizer: ${choice.code({ learningRate: rate, momentum: 0.9 })},`,
        `  batchSize: ${batch === "full" ? '"full"' : batch},`,
        `  epochs: ${epochs},`,
        `  seed: ${seed},`,
        "  validation: heldOut,",
        "});",
        "console.log(history.at(-1).validationAccuracy);",
        "console.log(network.predict(heldOut.inputs).subarray(0, 10)); // of the first one: ten probabilities",
      ].join("\n"),
    );
  }

  const element = h(
    "article",
    { class: "room digits", "data-state": "loading" },
    h(
      "header",
      { class: "lede" },
      h("h1", {}, "Digits"),
      h(
        "p",
        {},
        "A small network learns 1,437 handwritten digits, in a worker of this page. Then it reads yours, and 360 that training never saw.",
      ),
    ),
    h(
      "div",
      { class: "stage" },
      h("div", { class: "transport", role: "group", "aria-label": "Training" }, train, progress, status),
      trouble,
      h(
        "div",
        { class: "curves" },
        h(
          "figure",
          { class: "card" },
          places.loss,
          h("figcaption", {}, h("span", {}, "Loss: light while training, heavy held out")),
        ),
        h(
          "figure",
          { class: "card" },
          places.accuracy,
          h("figcaption", {}, h("span", {}, "Digits read right, in percent")),
        ),
      ),
      h(
        "section",
        { class: "card draw", "aria-label": "Draw a digit" },
        h("div", { class: "write" }, h("h2", {}, "Draw a digit"), pad, button("Clear", clear)),
        h(
          "div",
          { class: "seen" },
          h("h2", {}, "What it sees"),
          grid,
          h("p", { class: "hint keys", id: "digits-keys" }, "By keyboard: arrow keys move, space inks, delete clears."),
        ),
        h(
          "div",
          { class: "reading" },
          h("h2", {}, "What it reads"),
          verdict,
          h("ol", { class: "probabilities", "aria-label": "Probabilities", start: 0 }, ...bars.map(({ row }) => row)),
        ),
      ),
    ),
    h(
      "form",
      { class: "panel", "aria-label": "Settings", submit: (event: Event) => event.preventDefault() },
      group("Training", h("div", { class: "pair" }, ...controls.map((each) => each.element)), slowField.element),
      group(
        "Try these",
        whichField.element,
        galleryNote,
        list,
        h(
          "p",
          { class: "hint" },
          "Handwritten digits: E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0.",
        ),
      ),
    ),
    code.element,
    said,
  );

  makePlots();
  store();
  forgets.push(
    fitCanvas(pad, (width) => {
      sides.pad = width;
      drawPad();
    }),
    fitCanvas(grid, (width) => {
      sides.grid = width;
      drawGrid();
    }),
    onThemeChange(() => {
      gallery();
      drawing.request();
    }),
  );
  let left = false;
  Promise.all([loadDigits(), painted()]).then(
    ([{ pixels: all, labels, count }]) => {
      if (left) return;
      worker = new Worker(new URL("../digits-worker.ts", import.meta.url), { type: "module" });
      worker.addEventListener("message", hear);
      worker.addEventListener("error", (event) => fail(event.message));
      held = { pixels: all.subarray(64 * (count - HELD_OUT)), labels: labels.subarray(count - HELD_OUT) };
      const inputs = new Float32Array(all).map((pixel) => pixel / INK);
      tell({ type: "data", inputs, targets: labels, held: HELD_OUT });
      train.disabled = false;
      begin();
      exhibition.request();
      show(held.pixels.subarray(0, 64));
    },
    (error: Error) => fail(error.message),
  );

  return {
    element,
    leave() {
      left = true;
      worker?.terminate();
      for (const each of [curves, reading, exhibition, drawing]) each.cancel();
      for (const forget of forgets) forget();
      for (const plot of plots) plot.leave();
    },
  };
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function drawPixels(context: CanvasRenderingContext2D, side: number, pixels: ArrayLike<number>, ink: string): void {
  context.fillStyle = ink;
  for (let i = 0; i < 64; ++i) {
    context.globalAlpha = (pixels[i] as number) / INK;
    const [x, y] = [Math.round(((i & 7) * side) / 8), Math.round(((i >> 3) * side) / 8)];
    context.fillRect(x, y, Math.round((((i & 7) + 1) * side) / 8) - x, Math.round((((i >> 3) + 1) * side) / 8) - y);
  }
  context.globalAlpha = 1;
}
