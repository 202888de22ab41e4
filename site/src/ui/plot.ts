import "./language.js"; // before uPlot
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { h } from "./dom.js";
import { colour, onThemeChange } from "./theme.js";

export interface Curve {
  readonly label: string;
  /** A name of a colour of the style sheet. */
  readonly colour: string;
  readonly dash?: number[];
  readonly width?: number;
  /** Draws through points that it lacks. */
  readonly spanGaps?: boolean;
}

interface PlotOptions {
  /** What it shows, for screen readers; `describe` tells the numbers. */
  readonly label: string;
  readonly curves: readonly Curve[];
  readonly x: { label: string; log?: boolean; range?: uPlot.Range.MinMax };
  readonly y: { label: string; log?: boolean; range?: (min: number, max: number) => uPlot.Range.MinMax };
  /** Draws over the curves. */
  readonly over?: (plot: uPlot) => void;
  /** Draws below them. */
  readonly under?: (plot: uPlot) => void;
}

export interface Plot {
  readonly element: HTMLElement;
  draw(data: (number | null)[][]): void;
  describe(text: string): void;
  leave(): void;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (value: number): string => {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 3) return String(Number(value.toPrecision(3)));
  return `10${exponent < 0 ? "⁻" : ""}${[...String(Math.abs(exponent))].map((d) => SUPERSCRIPTS[Number(d)]).join("")}`;
};

/** Labels of powers of ten only, and not too many of them. */
const powers = (_: uPlot, splits: (number | null)[]): (string | null)[] => {
  const tens = splits.filter((v): v is number => v !== null && Math.abs(Math.log10(v) % 1) < 1e-9);
  const every = Math.ceil(tens.length / 8);
  return splits.map((v) =>
    v !== null && tens.includes(v) && Math.round(Math.log10(v)) % every === 0 ? power(v) : null,
  );
};

/** Curves in the colours of the page, as large as their place. */
export function makePlot({ label, curves, x, y, over, under }: PlotOptions): Plot {
  const place = h("div", { class: "plot-place" });
  const element = h("div", { class: "plot", role: "img", "aria-label": label }, place);
  let data: (number | null)[][] = [[], ...curves.map(() => [])];
  let plot: uPlot | undefined;

  const build = () => {
    plot?.destroy();
    const { width, height } = place.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const axis = (name: string, log?: boolean): uPlot.Axis => ({
      stroke: colour("muted"),
      grid: { stroke: colour("hair"), width: 1, ...(log && { filter: onlyPowers as never }) },
      ticks: { stroke: colour("hair"), width: 1, ...(log && { filter: onlyPowers as never }) },
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
      label: name,
      labelSize: 22,
      labelGap: 2,
      ...(log && { values: powers, filter: onlyPowers as never }),
    });
    plot = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [10, 14, 0, 0],
        scales: {
          x: { time: false, ...(x.log && { distr: 3 as const }), ...(x.range && { range: x.range }) },
          y: {
            ...(y.log && { distr: 3 as const }),
            ...(y.range && {
              range: (_: uPlot, min: number, max: number) => (y.range as NonNullable<typeof y.range>)(min, max),
            }),
          },
        },
        axes: [
          { ...axis(x.label, x.log), size: 30 },
          { ...axis(y.label, y.log), size: 48 },
        ],
        series: [
          {},
          ...curves.map((curve) => ({
            label: curve.label,
            stroke: colour(curve.colour),
            width: curve.width ?? 2,
            spanGaps: curve.spanGaps ?? false,
            ...(curve.dash && { dash: curve.dash }),
            points: { show: false },
          })),
        ],
        hooks: { draw: over ? [over] : [], drawAxes: under ? [under] : [] },
      },
      data as uPlot.AlignedData,
      place,
    );
  };
  const observer = new ResizeObserver(() => {
    const { width, height } = place.getBoundingClientRect();
    if (plot === undefined) build();
    else if (width > 0 && height > 0) plot.setSize({ width, height });
  });
  observer.observe(place);
  const forget = onThemeChange(build);
  return {
    element,
    draw(given) {
      data = given;
      plot?.setData(given as uPlot.AlignedData);
    },
    describe(text) {
      element.setAttribute("aria-label", `${label}. ${text}`);
    },
    leave() {
      observer.disconnect();
      forget();
      plot?.destroy();
    },
  };
}

/** Lines of a grid at powers of ten. */
function onlyPowers(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((v) => (Math.abs(Math.log10(v) % 1) < 1e-9 ? v : null));
}
