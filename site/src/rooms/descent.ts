import { blankMap, type ContourMap, paint, survey } from "../contour-map.js";
import type { Formula } from "../formula.js";
import { LOSSES, type Loss } from "../losses.js";
import { OPTIMIZERS, type OptimizerChoice } from "../optimizers.js";
import { Racer } from "../race.js";
import { fitCanvas, forASlice, oncePerFrame } from "../ui/canvas.js";
import { h, liveRegion, wantsStillness, write } from "../ui/dom.js";
import {
  button,
  checkField,
  choiceField,
  type Field,
  formulaField,
  group,
  numberField,
  rangeField,
  selectField,
} from "../ui/fields.js";
import { literal, short } from "../ui/format.js";
import { drawMark } from "../ui/marks.js";
import { makePlot } from "../ui/plot.js";
import type { Open } from "../ui/room.js";
import { snippet } from "../ui/snippet.js";
import { colour, onThemeChange } from "../ui/theme.js";

const SPEEDS = [2, 5, 10, 20, 60, 120, 300, 600];
const OWN = "own";
const FORMULA = "sin(x) * cos(y) + (x^2 + y^2) / 20";
/** Losses below this are drawn as this: a logarithm has no zero. */
const FLOOR = 1e-20;

export const open: Open = ({ settings, keep }) => {
  const forgets: (() => void)[] = [];

  // What can be set, and how it begins.
  const given = (name: string, otherwise: string) => settings.get(name) ?? otherwise;
  const number = (name: string, otherwise: number) => {
    const value = Number(settings.get(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : otherwise;
  };
  let text = given("f", FORMULA);
  let lossName = given("loss", "rosenbrock");
  if (lossName !== OWN && !(lossName in LOSSES)) lossName = "rosenbrock";
  let loss = LOSSES[lossName] ?? ownLoss(undefined, number("view", 4));
  let formula: Formula | undefined;
  let analytic = given("gradient", "numerical") === "analytic";
  let start: [number, number] = [number("x", loss.start[0]), number("y", loss.start[1])];
  let momentum = Math.min(0.999, Math.max(0, number("momentum", 0.9)));
  let limit = Math.min(5000, Math.max(1, Math.round(number("steps", 500))));
  let speed = Math.max(0, SPEEDS.indexOf(number("speed", 60)));
  const chosen = new Set(given("on", "sgd,momentum,adam,lbfgs").split(","));
  const usualRate = ({ id, learningRate }: OptimizerChoice) => loss.rates?.[id] ?? learningRate;
  const rates = new Map(
    OPTIMIZERS.map((choice) => [choice.id, Math.abs(number(`lr.${choice.id}`, 0)) || usualRate(choice)]),
  );

  // The map and the race.
  let racers: Racer[] = [];
  /** Their ways as they are drawn, where what moves by less than half a pixel adds no point. */
  const ways = new Map<Racer, { line: Path2D; taken: number; x: number; y: number }>();
  let running = false;
  let done = 0;
  let due = 0;
  let last = 0;
  let size = { width: 0, height: 0 };
  let map: ContourMap = blankMap();
  /** What is left to do for the map. */
  let surveying: Iterator<void> | undefined;
  /** The map as it is painted. */
  const base = document.createElement("canvas");

  const canvas = h("canvas", {
    class: "map",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "map of a loss",
    "aria-describedby": "descent-keys",
    click: (event: MouseEvent) => {
      const box = canvas.getBoundingClientRect();
      moveStart(
        fromShare(loss.x, (event.clientX - box.left) / box.width),
        fromShare(loss.y, 1 - (event.clientY - box.top) / box.height),
      );
      go();
    },
    keydown: (event: KeyboardEvent) => {
      const far = event.shiftKey ? 0.005 : 0.025;
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [
        0, 0,
      ];
      if (dx || dy) {
        const along = ([lo, hi]: readonly [number, number], at: number, by: number) =>
          Math.min(hi, Math.max(lo, at + by * far * (hi - lo)));
        moveStart(along(loss.x, start[0], dx as number), along(loss.y, start[1], dy as number));
        ready();
        said.textContent = `Start ${short(start[0])}, ${short(start[1])}; loss ${short(loss.value(...start))}.`;
      } else if (event.key === "Enter") go();
      else return;
      event.preventDefault();
    },
  });
  const said = liveRegion();
  const where = h("output", { class: "readout" });
  const plot = makePlot({
    label: "Loss against step",
    curves: OPTIMIZERS.map(({ id, title }) => ({ label: title, colour: `o-${id}` })),
    x: { label: "step" },
    y: { label: "loss", log: true },
  });
  const note = h("p", { class: "note" });
  const code = snippet("The same in code");

  const fromShare = ([lo, hi]: readonly [number, number], t: number) => Number((lo + (hi - lo) * t).toPrecision(4));

  // Controls.
  const lossField = selectField({
    label: "Loss",
    value: lossName,
    choices: [...Object.entries(LOSSES).map(([id, { title }]) => [id, title] as const), [OWN, "Your own formula"]],
    change(name) {
      lossName = name;
      changeLoss(true);
    },
  });
  const formulaText = h("p", { class: "formula-text" });
  const own = formulaField("f(x, y) =", text, (typed) => {
    text = typed;
    changeLoss(false);
  });
  const viewField = numberField({
    label: "Map from −r to r, r =",
    value: number("view", 4),
    above: 0,
    max: 1000,
    change: () => changeLoss(false),
  });
  const gradientField = choiceField({
    label: "Gradient",
    value: analytic ? "analytic" : "numerical",
    choices: [
      ["numerical", "Numerical"],
      ["analytic", "Analytic"],
    ],
    change(value) {
      analytic = value === "analytic";
      go();
    },
  });
  const coordinate = (axis: 0 | 1, label: string): Field<number> =>
    numberField({
      label,
      value: start[axis],
      change(value) {
        const to: [number, number] = [...start];
        to[axis] = value;
        moveStart(...to);
        ready();
      },
    });
  const startX = coordinate(0, "Start x");
  const startY = coordinate(1, "Start y");
  const momentumField = numberField({
    label: "Momentum",
    value: momentum,
    min: 0,
    max: 0.999,
    change(value) {
      momentum = value;
      go();
    },
  });
  const limitField = numberField({
    label: "Steps at most",
    value: limit,
    min: 1,
    max: 5000,
    integer: true,
    change(value) {
      limit = value;
      go();
    },
  });
  const speedField = rangeField({
    label: "Speed",
    value: speed,
    min: 0,
    max: SPEEDS.length - 1,
    step: 1,
    text: (i) => `${SPEEDS[i]} steps/s`,
    change(i) {
      speed = i;
      store();
    },
  });
  const rows = new Map<
    string,
    { rate: Field<number>; loss: HTMLElement; evaluations: HTMLElement; row: HTMLElement }
  >();
  const table = h(
    "table",
    { class: "racers" },
    h(
      "caption",
      { class: "unseen" },
      "Optimizers, their learning rates, how far they are, and calls of the loss and its gradient",
    ),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Optimizer"),
        h("th", { scope: "col" }, "Learning rate"),
        h("th", { scope: "col", class: "figures" }, "Loss"),
        h("th", { scope: "col", class: "figures" }, "Calls"),
      ),
    ),
    h("tbody", {}, ...OPTIMIZERS.map(row)),
  );
  function row(choice: OptimizerChoice): HTMLElement {
    const { id, title } = choice;
    const rate = numberField({
      label: `Learning rate of ${title}`,
      quiet: true,
      value: rates.get(id) as number,
      above: 0,
      change(value) {
        rates.set(id, value);
        if (chosen.has(id)) go();
      },
    });
    const check = checkField(title, chosen.has(id), (is) => {
      if (is) chosen.add(id);
      else chosen.delete(id);
      go();
    });
    check.element.querySelector("input")?.after(markOf(choice));
    const cells = { loss: h("td", { class: "figures" }), evaluations: h("td", { class: "figures" }) };
    const element = h(
      "tr",
      { "data-optimizer": id },
      h("th", { scope: "row" }, check.element),
      h("td", {}, rate.element),
      cells.loss,
      cells.evaluations,
    );
    rows.set(id, { ...cells, rate, row: element });
    return element;
  }

  const play = button("Race", () => (running ? pause() : done > 0 && !ended() ? resume() : go()), "primary");
  const stepButton = button("Step", () => {
    pause();
    advance(1);
    show();
  });
  const reset = button("Reset", () => ready());

  const element = h(
    "article",
    { class: "room descent" },
    h(
      "header",
      { class: "lede" },
      h("h1", {}, "Descent"),
      h(
        "p",
        {},
        "Optimizers race down a loss from one start: click the map to choose another. Their gradient is numerical, from values of the loss alone, unless you take the analytic one.",
      ),
    ),
    h(
      "div",
      { class: "stage" },
      h(
        "figure",
        { class: "card" },
        canvas,
        h(
          "figcaption",
          {},
          where,
          h("span", { id: "descent-keys", class: "hint keys" }, "Arrow keys move the start, Enter starts."),
        ),
      ),
      h("figure", { class: "card" }, plot.element, h("figcaption", {}, note)),
      h(
        "div",
        { class: "transport", role: "group", "aria-label": "Race" },
        play,
        stepButton,
        reset,
        speedField.element,
      ),
    ),
    h(
      "form",
      { class: "panel", "aria-label": "Settings", submit: (event: Event) => event.preventDefault() },
      group(
        "Loss",
        lossField.element,
        formulaText,
        own.element,
        viewField.element,
        gradientField.element,
        h("div", { class: "pair" }, startX.element, startY.element),
      ),
      group("Optimizers", table, h("div", { class: "pair" }, momentumField.element, limitField.element)),
    ),
    code.element,
    said,
  );

  function markOf({ id, mark }: OptimizerChoice): HTMLElement {
    const sign = h("canvas", { class: "mark", width: 36, height: 36, "aria-hidden": "true" });
    const draw = () => {
      const context = sign.getContext("2d") as CanvasRenderingContext2D;
      context.clearRect(0, 0, 36, 36);
      drawMark(context, mark, 18, 18, 10, colour(`o-${id}`), "transparent");
    };
    draw();
    forgets.push(onThemeChange(draw));
    return sign;
  }

  // What happens.
  async function changeLoss(begin: boolean): Promise<void> {
    const isOwn = lossName === OWN;
    own.element.hidden = viewField.element.hidden = !isOwn;
    formulaText.hidden = isOwn;
    if (isOwn) gradientField.disabled = true;
    if (isOwn) {
      const typed = text;
      try {
        const { parseFormula } = await import("../formula.js");
        if (typed !== text || lossName !== OWN) return;
        formula = parseFormula(text, ["x", "y"]);
        own.complain("");
      } catch (error) {
        own.complain((error as Error).message);
        pause();
        store();
        return;
      }
      loss = ownLoss(formula, viewField.value);
    } else loss = LOSSES[lossName] as Loss;
    formulaText.textContent = `f(x, y) = ${loss.formula}`;
    gradientField.disabled = loss.gradient === undefined;
    if (loss.gradient === undefined) gradientField.value = "numerical";
    else gradientField.value = analytic ? "analytic" : "numerical";
    if (begin) {
      moveStart(...loss.start);
      for (const choice of OPTIMIZERS) {
        rates.set(choice.id, usualRate(choice));
        (rows.get(choice.id) as { rate: Field<number> }).rate.value = usualRate(choice);
      }
    }
    chart();
    go();
  }

  const isAnalytic = () => analytic && loss.gradient !== undefined;

  function moveStart(x: number, y: number): void {
    start = [x, y];
    startX.value = x;
    startY.value = y;
  }

  function ready(): void {
    running = false;
    for (const racer of racers) racer.free();
    ways.clear();
    const course = { value: loss.value, gradient: isAnalytic() ? loss.gradient : undefined };
    racers = OPTIMIZERS.filter(({ id }) => chosen.has(id)).map(
      (choice) => new Racer(choice, { learningRate: rates.get(choice.id) as number, momentum }, course, start),
    );
    done = due = 0;
    store();
    show();
  }

  function go(): void {
    ready();
    resume();
  }

  function resume(): void {
    running = !ended();
    last = 0;
    show();
    frames.request();
  }

  function pause(): void {
    running = false;
    show();
  }

  const ended = () => done >= limit || racers.every(({ state }) => state !== "running");

  function advance(steps: number): void {
    let left = steps;
    forASlice(() => {
      if (ended() || left-- < 1) return false;
      for (const racer of racers) racer.step();
      ++done;
      return true;
    });
    if (!ended() || racers.length === 0) return;
    running = false;
    const best = racers.reduce((a, b) => (b.loss < a.loss ? b : a));
    said.textContent = `The race is over after ${done} steps. Lowest: ${best.choice.title}, with a loss of ${short(best.loss)}.`;
  }

  const frames = oncePerFrame(() => {
    if (size.width === 0) return; // not in the page yet
    const still = wantsStillness();
    if (surveying) chartOn();
    else if (running && still) advance(Infinity);
    else if (running) {
      const now = performance.now();
      due += last === 0 ? 1 : (Math.min(now - last, 100) / 1000) * (SPEEDS[speed] as number);
      last = now;
      const whole = Math.floor(due);
      due -= whole;
      advance(whole);
    }
    label();
    if (surveying || running) frames.request();
    // Who wants no motion sees how it ends.
    if (!(running && still)) draw();
  });

  function show(): void {
    label();
    frames.request();
  }

  function label(): void {
    write(play, running ? "Pause" : done > 0 && !ended() ? "Go on" : ended() && done > 0 ? "Race again" : "Race");
    canvas.dataset["state"] = running ? "racing" : ended() && done > 0 ? "ended" : done > 0 ? "paused" : "ready";
    canvas.setAttribute(
      "aria-label",
      `Contours of ${loss.title}, x from ${short(loss.x[0])} to ${short(loss.x[1])}, y from ${short(loss.y[0])} to ${short(loss.y[1])}. Start at ${short(start[0])}, ${short(start[1])}.`,
    );
  }

  function ownLoss(parsed: Formula | undefined, radius: number): Loss {
    return {
      title: "your own formula",
      formula: text,
      code: parsed?.code ?? "NaN",
      value: parsed?.evaluate ?? (() => Number.NaN),
      x: [-radius, radius],
      y: [-radius, radius],
      start: [0.75 * radius, 0.5 * radius],
      minima: [],
    };
  }

  /** Begins a map. The next frames go on with it, before there is a race. */
  function chart(): void {
    map = blankMap();
    surveying = survey(map, loss.value, loss);
    repaint();
  }

  function chartOn(): void {
    const before = map.bands.length;
    forASlice(() => {
      if (surveying?.next().done) surveying = undefined;
      return surveying !== undefined;
    });
    if (map.bands.length > before) paint(brush(), map, size, before);
  }

  function brush(): CanvasRenderingContext2D {
    const context = base.getContext("2d") as CanvasRenderingContext2D;
    const ratio = base.width / size.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  function repaint(): void {
    if (size.width === 0) return;
    base.width = canvas.width;
    base.height = canvas.height;
    paint(brush(), map, size);
    frames.request();
  }

  function draw(): void {
    const context = canvas.getContext("2d");
    if (context === null || size.width === 0) return;
    const { width, height } = size;
    context.drawImage(base, 0, 0, width, height);
    const px = (x: number) => ((x - loss.x[0]) / (loss.x[1] - loss.x[0])) * width;
    const py = (y: number) => (1 - (y - loss.y[0]) / (loss.y[1] - loss.y[0])) * height;
    // Beyond that a path has left the map for good, and browsers lose precision.
    const clamp = (v: number) => Math.max(-1e4, Math.min(1e4, v));
    const rim = colour("rim");
    for (const [x, y] of loss.minima) cross(context, px(x), py(y), colour("ink"));
    context.lineJoin = "round";
    for (const racer of racers) {
      const { choice, path } = racer;
      let way = ways.get(racer);
      if (way === undefined) {
        way = { line: new Path2D(), taken: 0, x: Infinity, y: Infinity };
        ways.set(racer, way);
      }
      for (; way.taken < path.length; ++way.taken) {
        const [x, y] = path[way.taken] as [number, number];
        const [u, v] = [clamp(px(x)), clamp(py(y))];
        if (Math.hypot(u - way.x, v - way.y) < 0.5) continue;
        way.line.lineTo(u, v); // moves there, if it is the first
        [way.x, way.y] = [u, v];
      }
      context.strokeStyle = rim;
      context.lineWidth = 4.5;
      context.stroke(way.line);
      context.strokeStyle = colour(`o-${choice.id}`);
      context.lineWidth = 2.2;
      context.stroke(way.line);
    }
    flag(context, px(start[0]), py(start[1]));
    for (const { choice, path } of racers) {
      const [x, y] = path.at(-1) as [number, number];
      drawMark(context, choice.mark, clamp(px(x)), clamp(py(y)), 5.5, colour(`o-${choice.id}`), rim);
    }
    figures();
  }

  function figures(): void {
    const shown = loss.value(...start);
    write(where, `Start (${short(start[0])}, ${short(start[1])}), loss ${short(shown)} · step ${done}`);
    for (const [id, cells] of rows) {
      const racer = racers.find(({ choice }) => choice.id === id);
      write(cells.loss, racer === undefined ? "" : racer.state === "diverged" ? "diverged" : short(racer.loss));
      write(cells.evaluations, racer === undefined ? "" : String(racer.evaluations + racer.gradients));
      cells.row.dataset["state"] = racer?.state ?? "off";
    }
    const lowest = Math.min(...racers.flatMap(({ losses }) => losses));
    const offset = lowest < 0 ? lowest : 0;
    const longest = Math.max(1, ...racers.map(({ losses }) => losses.length));
    const steps = Array.from({ length: longest }, (_, i) => i);
    plot.draw([
      steps,
      ...OPTIMIZERS.map(({ id }) => {
        const losses = racers.find(({ choice }) => choice.id === id)?.losses;
        return steps.map((i) => {
          const value = losses?.[i];
          return value === undefined ? null : Math.max(FLOOR, value - offset);
        });
      }),
    ]);
    write(
      note,
      offset < 0
        ? `Loss above the lowest one met, ${short(lowest)}, on a logarithmic scale.`
        : "Loss on a logarithmic scale.",
    );
    plot.describe(
      racers.map(({ choice, loss: value, steps: n }) => `${choice.title}: ${short(value)} after ${n} steps`).join("; "),
    );
  }

  function store(): void {
    code.show(codeOf());
    const state: Record<string, string> = {
      loss: lossName,
      f: text,
      view: String(viewField.value),
      gradient: analytic ? "analytic" : "numerical",
      x: literal(start[0]),
      y: literal(start[1]),
      on: OPTIMIZERS.filter(({ id }) => chosen.has(id))
        .map(({ id }) => id)
        .join(","),
      momentum: literal(momentum),
      steps: String(limit),
      speed: String(SPEEDS[speed]),
    };
    const initial: Record<string, string> = {
      loss: "rosenbrock",
      f: FORMULA,
      view: "4",
      gradient: "numerical",
      x: literal(loss.start[0]),
      y: literal(loss.start[1]),
      on: "sgd,momentum,adam,lbfgs",
      momentum: "0.9",
      steps: "500",
      speed: "60",
    };
    for (const choice of OPTIMIZERS) {
      state[`lr.${choice.id}`] = literal(rates.get(choice.id) as number);
      initial[`lr.${choice.id}`] = literal(usualRate(choice));
    }
    keep(state, initial);
  }

  function codeOf(): string {
    const all = OPTIMIZERS.filter(({ id }) => chosen.has(id));
    const stepwise = all.filter(({ id }) => id !== "lbfgs");
    const closed = all.filter(({ id }) => id === "lbfgs");
    const imports = new Set(all.map((choice) => choice.imports));
    if (!isAnalytic()) imports.add("numericalGradient");
    const from = `[${literal(start[0])}, ${literal(start[1])}]`;
    const rule = (choice: OptimizerChoice) => choice.code({ learningRate: rates.get(choice.id) as number, momentum });
    const lines = [
      `import { ${[...imports].sort().join(", ")} } from "steepest";`,
      "",
      `const loss = ([x, y]) => ${loss.code};`,
      isAnalytic()
        ? `const gradient = ([x, y]) => ${loss.gradientCode};`
        : "const gradient = (point) => numericalGradient(loss, point);",
    ];
    if (stepwise.length > 0) {
      lines.push(
        "const rules = {",
        ...stepwise.map((choice) => `  ${choice.id}: ${rule(choice)},`),
        "};",
        "for (const [name, rule] of Object.entries(rules)) {",
        `  const optimizer = rule.init(${from});`,
        `  for (let step = 0; step < ${limit}; ++step) {`,
        "    const slope = gradient(optimizer.params);",
        "    if (Math.hypot(...slope) < 1e-6) break;",
        "    optimizer.step(slope);",
        "  }",
        "  console.log(name, optimizer.params, loss(optimizer.params));",
        "}",
      );
    }
    for (const choice of closed) {
      lines.push(
        "// L-BFGS calls the loss itself, as often as its line search needs.",
        `const optimizer = ${rule(choice)}.init(${from});`,
        `for (let step = 0; step < ${limit}; ++step) {`,
        "  optimizer.step((point) => ({ value: loss(point), gradient: gradient(point) }));",
        "}",
        `console.log("${choice.id}", optimizer.params, loss(optimizer.params));`,
      );
    }
    return lines.join("\n");
  }

  const forgetSize = fitCanvas(canvas, (width, height) => {
    size = { width, height };
    ways.clear();
    repaint();
    draw(); // the canvas has been emptied
  });
  const forgetTheme = onThemeChange(repaint);
  changeLoss(false);

  return {
    element,
    leave() {
      running = false;
      frames.cancel();
      forgetSize();
      forgetTheme();
      for (const forget of forgets) forget();
      plot.leave();
      for (const racer of racers) racer.free();
      racers = [];
    },
  };
};

function cross(context: CanvasRenderingContext2D, x: number, y: number, ink: string): void {
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x - 5, y);
  context.lineTo(x + 5, y);
  context.moveTo(x, y - 5);
  context.lineTo(x, y + 5);
  context.stroke();
}

/** Where all begin. */
function flag(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.strokeStyle = colour("rim");
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = colour("ink");
  context.lineWidth = 2;
  context.stroke();
}
