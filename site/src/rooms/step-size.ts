import { derivative, numericalGradient } from "steepest";
import type uPlot from "uplot";
import type { Formula } from "../formula.js";
import { h, liveRegion } from "../ui/dom.js";
import { formulaField, group, numberField, rangeField, selectField } from "../ui/fields.js";
import { literal, short } from "../ui/format.js";
import { makePlot } from "../ui/plot.js";
import type { Open } from "../ui/room.js";
import { snippet } from "../ui/snippet.js";
import { colour } from "../ui/theme.js";

interface Case {
  readonly title: string;
  readonly code: string;
  readonly slopeCode: string;
  readonly x: number;
  value(x: number): number;
  slope(x: number): number;
}

const CASES: Record<string, Case> = {
  exp: {
    title: "exp x",
    code: "Math.exp(x)",
    slopeCode: "Math.exp(x)",
    x: 1,
    value: Math.exp,
    slope: Math.exp,
  },
  sin: { title: "sin x", code: "Math.sin(x)", slopeCode: "Math.cos(x)", x: 1, value: Math.sin, slope: Math.cos },
  sharp: {
    title: "1 / (1 + 1000 x²), a sharp peak",
    code: "1 / (1 + 1000 * x ** 2)",
    slopeCode: "(-2000 * x) / (1 + 1000 * x ** 2) ** 2",
    x: 0.05,
    value: (x) => 1 / (1 + 1000 * x ** 2),
    slope: (x) => (-2000 * x) / (1 + 1000 * x ** 2) ** 2,
  },
  root: {
    title: "√x, near its end",
    code: "Math.sqrt(x)",
    slopeCode: "0.5 / Math.sqrt(x)",
    x: 0.01,
    value: Math.sqrt,
    slope: (x) => 0.5 / Math.sqrt(x),
  },
  cubic: {
    title: "x³ − 2x",
    code: "x ** 3 - 2 * x",
    slopeCode: "3 * x ** 2 - 2",
    x: 2,
    value: (x) => x ** 3 - 2 * x,
    slope: (x) => 3 * x ** 2 - 2,
  },
};

const OWN = "own";
const FORMULA = "x * sin(3x)";
/** Exponents of h, in 16ths of a decade. */
const PER_DECADE = 16;
const FROM = -16;
const TO = 0;
/** Errors below this are drawn as this: a logarithm has no zero, and doubles no digits there. */
const FLOOR = 1e-17;

type Method = "forward" | "central";
const METHODS: Method[] = ["forward", "central"];

/** What is known of a function at a point: all that is drawn. */
interface Study {
  readonly slope: number;
  readonly steps: number[];
  readonly errors: Record<Method, (number | null)[]>;
  /** The step that a method takes when none is given, and the error it has then. */
  readonly chosen: Record<Method, { step: number; error: number }>;
  /** Its error is its own bound of it where nothing better is known. */
  readonly adaptive: { value: number; error: number; bound: number; evaluations: number; known: boolean };
}

export const open: Open = ({ settings, keep }) => {
  let name = settings.get("f") ?? "exp";
  if (name !== OWN && !(name in CASES)) name = "exp";
  let text = settings.get("formula") ?? FORMULA;
  let formula: Formula | undefined;
  const numeric = (key: string, otherwise: number) => {
    const value = Number(settings.get(key) ?? Number.NaN);
    return Number.isFinite(value) ? value : otherwise;
  };
  let x = numeric("x", CASES[name]?.x ?? 1);
  let exponent = Math.min(TO, Math.max(FROM, numeric("h", -3)));
  let study: Study | undefined;

  const plot = makePlot({
    label: "Relative error of a derivative against the step h, both on logarithmic scales",
    curves: [
      { label: "forward", colour: "c-forward" },
      { label: "central", colour: "c-central" },
      { label: "adaptive", colour: "c-adaptive", dash: [8, 5] },
    ],
    x: { label: "step h", log: true, range: [10 ** FROM, 10 ** TO] },
    y: { label: "relative error", log: true, range: (_, max) => [FLOOR, 10 * Math.max(10, Math.min(1e6, max))] },
    under: (u) => regions(u, study),
    over: (u) => marks(u, study, 10 ** exponent),
  });
  const verdicts = h("dl", { class: "verdicts" });
  const said = liveRegion();
  const code = snippet("The same in code");

  const select = selectField({
    label: "Function",
    value: name,
    choices: [...Object.entries(CASES).map(([id, { title }]) => [id, title] as const), [OWN, "Your own formula"]],
    change(chosen) {
      name = chosen;
      x = CASES[name]?.x ?? 1;
      at.value = x;
      refresh();
    },
  });
  const own = formulaField("f(x) =", text, (typed) => {
    text = typed;
    refresh();
  });
  const at = numberField({
    label: "at x =",
    value: x,
    change(value) {
      x = value;
      refresh();
    },
  });
  const trouble = h("p", { class: "complaint", role: "alert" });
  const step = rangeField({
    label: "Look at the step h",
    value: exponent,
    min: FROM,
    max: TO,
    step: 1 / PER_DECADE,
    text: (value) => short(10 ** value),
    change(value) {
      exponent = value;
      show();
    },
  });

  const element = h(
    "article",
    { class: "room step-size" },
    h(
      "header",
      { class: "lede" },
      h("h1", {}, "Step size"),
      h(
        "p",
        {},
        "A difference with a large step is off because the function curves, one with a small step because its values are rounded. The rings are the steps that steepest takes when none is given; the dashed line is its adaptive derivative, which needs none.",
      ),
    ),
    h("div", { class: "stage" }, h("figure", { class: "card" }, plot.element, h("figcaption", {}, legend()))),
    h(
      "form",
      { class: "panel", "aria-label": "Settings", submit: (event: Event) => event.preventDefault() },
      group("Function", select.element, own.element, at.element, trouble),
      group("Errors", verdicts, step.element),
    ),
    code.element,
    said,
  );

  async function refresh(): Promise<void> {
    own.element.hidden = name !== OWN;
    if (name === OWN) {
      const typed = text;
      try {
        const { parseFormula } = await import("../formula.js");
        if (typed !== text || name !== OWN) return;
        formula = parseFormula(text, ["x"]);
        own.complain("");
      } catch (error) {
        own.complain((error as Error).message);
        return;
      }
    }
    const known = CASES[name];
    try {
      study = investigate(known?.value ?? (formula as Formula).evaluate, x, known?.slope(x));
      trouble.textContent = "";
      said.textContent = `Adaptive: ${short(study.adaptive.value, 6)}, error ${short(study.adaptive.error)}.`;
    } catch (error) {
      study = undefined;
      trouble.textContent = (error as Error).message;
    }
    show();
  }

  function show(): void {
    code.show(codeOf());
    const initial = { f: "exp", formula: FORMULA, x: literal(CASES[name]?.x ?? 1), h: "-3" };
    keep({ f: name, formula: text, x: literal(x), h: String(exponent) }, initial);
    element.dataset["state"] = study === undefined ? "failed" : "shown";
    if (study === undefined) {
      plot.draw([[], [], [], []]);
      verdicts.replaceChildren();
      return;
    }
    const { steps, errors, adaptive, chosen, slope } = study;
    const floor = (error: number | null) => (error === null ? null : Math.max(FLOOR, error));
    plot.draw([steps, errors.forward.map(floor), errors.central.map(floor), steps.map(() => floor(adaptive.error))]);
    const i = Math.round((exponent - FROM) * PER_DECADE);
    const row = (kind: string, label: string, h1: string, error: string) => [
      h("dt", { class: `of-${kind}` }, label),
      h("dd", {}, h("span", {}, h1), h("output", { "data-error": `${kind}` }, error)),
    ];
    verdicts.replaceChildren(
      ...METHODS.flatMap((method) => [
        ...row(method, method, `h = ${short(chosen[method].step)}, chosen`, short(chosen[method].error)),
        ...row(`${method}-at`, "", `h = ${short(steps[i] as number)}`, shortOrNone(errors[method][i] as number | null)),
      ]),
      ...row(
        "adaptive",
        "adaptive",
        `${adaptive.evaluations} calls${adaptive.known ? `, bound ${short(adaptive.bound)}` : ""}`,
        `${adaptive.known ? "" : "≤ "}${short(adaptive.error)}`,
      ),
    );
    plot.describe(
      `The derivative is ${short(slope, 6)}. Forward differences are best at h = ${short(best("forward"))}, central ones at ${short(best("central"))}. ` +
        `Chosen: ${METHODS.map((method) => `${method} h = ${short(chosen[method].step)}, error ${short(chosen[method].error)}`).join("; ")}. Adaptive: error ${short(adaptive.error)}.`,
    );
  }

  function best(method: Method): number {
    const { steps, errors } = study as Study;
    const all = errors[method].map((error) => error ?? Infinity);
    return steps[all.indexOf(Math.min(...all))] as number;
  }

  function codeOf(): string {
    const known = CASES[name];
    const exact = known
      ? `const exact = ((x) => ${known.slopeCode})(x);`
      : "const exact = derivative(f, x).value; // no formula for the slope: measured against this";
    return [
      'import { derivative, numericalGradient } from "steepest";',
      "",
      `const f = (x) => ${known?.code ?? formula?.code ?? "NaN"};`,
      `const x = ${literal(x)};`,
      exact,
      "const error = (slope) => Math.abs(slope - exact) / (Math.abs(exact) || 1);",
      "",
      `for (const method of ["forward", "central"]) {`,
      "  const chosen = numericalGradient(f, x, { method });",
      `  const at = numericalGradient(f, x, { method, absStep: ${literal(10 ** exponent, 12)} });`,
      "  console.log(method, error(chosen), error(at));",
      "}",
      "const { value, error: bound, evaluations } = derivative(f, x);",
      'console.log("adaptive", error(value), bound, evaluations);',
    ].join("\n");
  }

  refresh();
  return { element, leave: () => plot.leave() };
};

const shortOrNone = (error: number | null) => (error === null ? "not finite" : short(error));

/** Takes all the differences. */
function investigate(f: (x: number) => number, x: number, known: number | undefined): Study {
  const estimate = derivative(f, x);
  const slope = known ?? estimate.value;
  if (!Number.isFinite(slope)) throw new Error(`The derivative at x = ${x} is not finite.`);
  const bound = estimate.error / (Math.abs(slope) || 1);
  const errorOf = (value: number) => Math.abs(value - slope) / (Math.abs(slope) || 1);
  const steps = Array.from({ length: (TO - FROM) * PER_DECADE + 1 }, (_, i) => 10 ** (FROM + i / PER_DECADE));
  const along = (method: Method) =>
    steps.map((absStep) => {
      // Where x + h is x, there is no difference to take.
      if (x + absStep === x) return null;
      try {
        return errorOf(numericalGradient(f, x, { method, absStep }));
      } catch (error) {
        if (error instanceof RangeError) return null; // f is not finite there
        throw error;
      }
    });
  const choose = (method: Method) => {
    // The step is what f is asked at.
    let step = 0;
    const watched = (at: number) => {
      step = Math.max(step, Math.abs(at - x));
      return f(at);
    };
    const error = errorOf(numericalGradient(watched, x, { method }));
    return { step, error };
  };
  return {
    slope,
    steps,
    errors: { forward: along("forward"), central: along("central") },
    chosen: { forward: choose("forward"), central: choose("central") },
    adaptive: {
      value: estimate.value,
      error: known === undefined ? bound : errorOf(estimate.value),
      bound,
      evaluations: estimate.evaluations,
      known: known !== undefined,
    },
  };
}

function legend(): HTMLElement {
  const entry = (kind: string, label: string) => h("li", { class: `of-${kind}` }, label);
  return h(
    "ul",
    { class: "legend", "aria-label": "Curves" },
    entry("forward", "forward"),
    entry("central", "central"),
    entry("adaptive", "adaptive"),
    h("li", { class: "of-chosen" }, "chosen by steepest"),
  );
}

/** Which of the two errors rules: above the line of the best central step lies truncation, below it round-off. */
function regions(u: uPlot, study: Study | undefined): void {
  if (study === undefined) return;
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const x = u.valToPos(study.chosen.central.step, "x", true);
  ctx.save();
  ctx.fillStyle = colour("wash");
  ctx.globalAlpha = 0.55;
  ctx.fillRect(bbox.left, bbox.top, x - bbox.left, bbox.height);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour("muted");
  ctx.font = `${13 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  ctx.fillText("← round-off", bbox.left + 10 * ratio, bbox.top + 8 * ratio);
  ctx.textAlign = "right";
  ctx.fillText("truncation →", bbox.left + bbox.width - 10 * ratio, bbox.top + 8 * ratio);
  ctx.restore();
}

/** Rings on the chosen steps, and a line at the one that is looked at. */
function marks(u: uPlot, study: Study | undefined, at: number): void {
  if (study === undefined) return;
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour("edge");
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.beginPath();
  const look = u.valToPos(at, "x", true);
  ctx.moveTo(look, bbox.top + 28 * ratio); // below what stands there
  ctx.lineTo(look, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]); // uPlot leaves that of the last curve
  for (const method of METHODS) {
    const { step, error } = study.chosen[method];
    ctx.beginPath();
    ctx.arc(u.valToPos(step, "x", true), u.valToPos(Math.max(FLOOR, error), "y", true), 7 * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = colour("card");
    ctx.strokeStyle = colour(`c-${method}`);
    ctx.lineWidth = 3.5 * ratio;
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}
