import { array, gradient, type NDArray, zeros } from "steepest";
import { loadTerrain } from "../data.js";
import {
  aspectOf,
  type Field,
  gradientOf,
  paintAspect,
  paintHeights,
  paintRelief,
  paintSlope,
  range,
  type Slopes,
  slopeOf,
} from "../relief.js";
import { fitCanvas, oncePerFrame } from "../ui/canvas.js";
import { h, liveRegion, newId } from "../ui/dom.js";
import { button, checkField, choiceField, group, numberField, rangeField } from "../ui/fields.js";
import { count, literal, short } from "../ui/format.js";
import type { Open } from "../ui/room.js";
import { snippet } from "../ui/snippet.js";

/** The longer side of an image, at most. */
const LARGEST = 512;
const LAYERS = ["relief", "slope", "aspect", "height"] as const;
type Layer = (typeof LAYERS)[number];
const POINTS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];

interface Ground extends Field {
  readonly heights: Int16Array | Float64Array;
  readonly name: "terrain" | "image";
  readonly unit: string;
  /** Of a cell, as it begins. */
  readonly width: number;
  readonly height: number;
  /** How much heights are exaggerated, as it begins. */
  readonly scale: number;
  readonly place?: (row: number, column: number) => string;
}

export const open: Open = ({ settings, keep }) => {
  const numeric = (key: string, otherwise: number, low: number, high: number) => {
    const value = Number(settings.get(key) ?? Number.NaN);
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise;
  };
  let layer: Layer = LAYERS.find((each) => each === settings.get("layer")) ?? "relief";
  let edgeOrder: 1 | 2 = settings.get("edge") === "2" ? 2 : 1;
  let arrows = settings.get("arrows") === "1";
  let tinted = settings.get("tint") !== "0";
  const sun = { azimuth: numeric("azimuth", 315, 0, 360), altitude: numeric("altitude", 40, 0, 90) };
  const spacing = { height: 1, width: 1 };
  let scale = 1;

  let ground: Ground | undefined;
  let heights: NDArray | undefined;
  let north: NDArray | undefined;
  let east: NDArray | undefined;
  /** The best of some calls, in milliseconds. */
  let took = 0;
  let size = { width: 0, height: 0 };
  let cell: [row: number, column: number] | undefined;
  let picture: ImageData | undefined;
  const native = document.createElement("canvas");
  let left = false;

  const said = liveRegion();
  const readout = h("dl", { class: "values" });
  const timing = h("output", { class: "timing" });
  const code = snippet("The same in code");
  const credit = h("span", { class: "hint" });

  const canvas = h("canvas", {
    class: "relief",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "map of a terrain",
    "aria-describedby": "terrain-keys",
    pointermove: (event: PointerEvent) => pointAt(event),
    pointerdown: (event: PointerEvent) => pointAt(event),
    keydown: (event: KeyboardEvent) => {
      const [down, right] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
        event.key
      ] ?? [0, 0];
      if ((!down && !right) || ground === undefined) return;
      event.preventDefault();
      const stride = event.shiftKey ? 10 : 1;
      const [row, column] = cell ?? [ground.rows >> 1, ground.columns >> 1];
      cell = [
        Math.max(0, Math.min(ground.rows - 1, row + stride * (down as number))),
        Math.max(0, Math.min(ground.columns - 1, column + stride * (right as number))),
      ];
      frames.request();
      said.textContent = sentence();
    },
  });

  function pointAt(event: PointerEvent): void {
    if (ground === undefined) return;
    const box = canvas.getBoundingClientRect();
    const share = (at: number, begin: number, length: number, cells: number) =>
      Math.max(0, Math.min(cells - 1, Math.floor(((at - begin) / length) * cells)));
    cell = [
      share(event.clientY, box.top, box.height, ground.rows),
      share(event.clientX, box.left, box.width, ground.columns),
    ];
    frames.request();
  }

  // Controls.
  const layerField = choiceField({
    label: "Layer",
    value: layer,
    choices: [
      ["relief", "Relief"],
      ["slope", "Slope"],
      ["aspect", "Aspect"],
      ["height", "Height"],
    ],
    change(value) {
      layer = value as Layer;
      paint();
    },
  });
  const key = h("div", { class: "key" });
  const arrowField = checkField("Gradient as arrows, uphill", arrows, (is) => {
    arrows = is;
    paint();
  });
  const tintField = checkField("Tint by height", tinted, (is) => {
    tinted = is;
    paint();
  });
  const azimuthField = rangeField({
    label: "Sun from",
    value: sun.azimuth,
    min: 0,
    max: 360,
    step: 1,
    text: (degrees) => `${degrees}° ${POINTS[Math.round(degrees / 45) % 8]}`,
    change: (degrees) => moveSun(degrees, sun.altitude),
  });
  const altitudeField = rangeField({
    label: "Sun above the horizon",
    value: sun.altitude,
    min: 0,
    max: 90,
    step: 1,
    text: (degrees) => `${degrees}°`,
    change: (degrees) => moveSun(sun.azimuth, degrees),
  });
  const dial = sunDial((azimuth, altitude) => moveSun(azimuth, altitude));
  const sky = h("div", { class: "sun" }, dial.element, h("div", {}, azimuthField.element, altitudeField.element));
  const cellHeight = numberField({
    label: "Cell, north to south",
    unit: "m",
    value: 1,
    above: 0,
    change(value) {
      spacing.height = value;
      differentiate();
    },
  });
  const cellWidth = numberField({
    label: "Cell, west to east",
    unit: "m",
    value: 1,
    above: 0,
    change(value) {
      spacing.width = value;
      differentiate();
    },
  });
  const scaleField = numberField({
    label: "Heights times",
    value: 1,
    above: 0,
    change(value) {
      scale = value;
      paint();
    },
  });
  const edgeField = choiceField({
    label: "Edge order",
    value: String(edgeOrder),
    choices: [
      ["1", "1"],
      ["2", "2"],
    ],
    change(value) {
      edgeOrder = value === "2" ? 2 : 1;
      differentiate();
    },
  });

  const fileId = newId();
  const fileTrouble = h("p", { class: "complaint", role: "alert" });
  const file = h("input", {
    id: fileId,
    type: "file",
    accept: "image/*",
    change: () => {
      const [chosen] = file.files ?? [];
      if (chosen) useImage(chosen);
    },
  });
  const back = button("Back to the terrain", () => useTerrain());
  back.hidden = true;

  const element = h(
    "article",
    {
      class: "room terrain",
      "data-state": "loading",
      dragover: (event: DragEvent) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        element.classList.add("over");
      },
      dragleave: () => element.classList.remove("over"),
      drop: (event: DragEvent) => {
        event.preventDefault(); // else the browser leaves for the file
        element.classList.remove("over");
        const [dropped] = event.dataTransfer?.files ?? [];
        if (dropped) useImage(dropped);
      },
    },
    h(
      "header",
      { class: "lede" },
      h("h1", {}, "Terrain"),
      h(
        "p",
        {},
        "One call of gradient says how steeply a grid of heights rises to the north and to the east. Slope, aspect and the shade under a sun that you move are a line of code more.",
      ),
    ),
    h("div", { class: "stage" }, h("figure", { class: "card" }, canvas, h("figcaption", {}, timing, credit))),
    h(
      "form",
      { class: "panel", "aria-label": "Settings", submit: (event: Event) => event.preventDefault() },
      group(
        "Picture",
        layerField.element,
        key,
        sky,
        h("div", { class: "checks" }, arrowField.element, tintField.element),
      ),
      group(
        "Gradient",
        h("div", { class: "pair" }, cellHeight.element, cellWidth.element, edgeField.element, scaleField.element),
      ),
      group(
        "Under the pointer",
        readout,
        h(
          "p",
          { class: "hint keys", id: "terrain-keys" },
          "Arrow keys move over the map, with shift ten cells at a time.",
        ),
      ),
      group(
        "Your own image",
        h(
          "div",
          { class: "field" },
          h(
            "label",
            { for: fileId },
            "Choose one, or drop it here: its brightness is the height. It stays in your browser.",
          ),
          file,
        ),
        fileTrouble,
        back,
      ),
    ),
    code.element,
    said,
  );

  async function useTerrain(): Promise<void> {
    try {
      const data = await loadTerrain();
      if (left) return;
      file.value = "";
      begin(
        {
          ...data,
          name: "terrain",
          unit: " m",
          scale: 1,
          place: (row, column) =>
            `${(data.north - (row + 0.5) * data.degreesHigh).toFixed(4)}° N ${(-(data.west + (column + 0.5) * data.degreesWide)).toFixed(4)}° W`,
        },
        true,
      );
    } catch (error) {
      fileTrouble.textContent = (error as Error).message;
      element.dataset["state"] = "failed";
    }
  }

  async function useImage(given: File): Promise<void> {
    fileTrouble.textContent = "";
    let bitmap: ImageBitmap;
    try {
      bitmap = await createImageBitmap(given);
    } catch {
      fileTrouble.textContent = `“${given.name}” is no image that this browser can read.`;
      return;
    }
    if (left) return;
    const shrink = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    const columns = Math.max(1, Math.round(bitmap.width * shrink));
    const rows = Math.max(1, Math.round(bitmap.height * shrink));
    if (rows < 3 || columns < 3) {
      fileTrouble.textContent = `“${given.name}” has ${rows} × ${columns} pixels; 3 × 3 are needed.`;
      return;
    }
    const copy = h("canvas", { width: columns, height: rows });
    const context = copy.getContext("2d") as CanvasRenderingContext2D;
    context.fillStyle = "white"; // below what is transparent
    context.fillRect(0, 0, columns, rows);
    context.drawImage(bitmap, 0, 0, columns, rows);
    bitmap.close();
    const { data } = context.getImageData(0, 0, columns, rows);
    // Luminance of Rec. 709.
    const luminance = new Float64Array(rows * columns);
    for (let i = 0; i < luminance.length; ++i) {
      const [r, g, b] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]] as [number, number, number];
      luminance[i] = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }
    begin({ heights: luminance, rows, columns, name: "image", unit: "", width: 1, height: 1, scale: 0.1 }, false);
    said.textContent = `Image of ${rows} × ${columns} pixels.`;
  }

  function begin(given: Ground, fromAddress: boolean): void {
    for (const each of [heights, north, east]) each?.free();
    ground = given;
    const shape = [given.rows, given.columns] as const;
    heights = array(given.heights, { shape });
    north = zeros(shape);
    east = zeros(shape);
    const first = fromAddress && picture === undefined;
    spacing.height = first ? numeric("dy", given.height, 1e-6, 1e6) : given.height;
    spacing.width = first ? numeric("dx", given.width, 1e-6, 1e6) : given.width;
    scale = first ? numeric("scale", given.scale, 1e-3, 1e3) : given.scale;
    cellHeight.value = spacing.height;
    cellWidth.value = spacing.width;
    scaleField.value = scale;
    native.width = given.columns;
    native.height = given.rows;
    picture = new ImageData(given.columns, given.rows);
    cell = undefined;
    element.style.setProperty("--aspect", String((given.columns * given.width) / (given.rows * given.height)));
    credit.textContent =
      given.name === "terrain" ? "Elevations around Jacksboro, Tennessee: US Geological Survey, public domain." : "";
    back.hidden = given.name === "terrain";
    element.dataset["ground"] = given.name;
    differentiate();
  }

  function differentiate(): void {
    if (heights === undefined || north === undefined || east === undefined || ground === undefined) return;
    const out = [north, east] as const;
    took = Infinity;
    for (let k = 0; k < 7; ++k) {
      const begun = performance.now();
      // Row 0 is the northernmost one: from row to row it goes south.
      gradient(heights, -spacing.height, spacing.width, { edgeOrder, out });
      took = Math.min(took, performance.now() - begun);
    }
    const cells = count(ground.rows * ground.columns);
    const duration = took < 0.05 ? "under 0.1 ms" : `${took.toFixed(took < 10 ? 1 : 0)} ms`;
    timing.textContent = `gradient of ${cells} heights, both axes: ${duration}`;
    paint();
  }

  function moveSun(azimuth: number, altitude: number): void {
    sun.azimuth = Math.round(azimuth);
    sun.altitude = Math.round(altitude);
    azimuthField.value = sun.azimuth;
    altitudeField.value = sun.altitude;
    paint();
  }

  /** The picture changed. */
  let stale = true;
  function paint(): void {
    stale = true;
    frames.request();
    if (ground) store();
  }

  function draw(): void {
    if (ground === undefined || north === undefined || east === undefined || picture === undefined) return;
    const slopes: Slopes = { north: north.data as Float64Array, east: east.data as Float64Array, scale };
    if (stale) {
      const pixels = picture.data;
      if (layer === "relief") paintRelief(pixels, ground, slopes, sun, tinted);
      else if (layer === "slope") paintSlope(pixels, slopes, steepest(slopes));
      else if (layer === "aspect") paintAspect(pixels, slopes);
      else paintHeights(pixels, ground);
      native.getContext("2d")?.putImageData(picture, 0, 0);
      dial.move(sun.azimuth, sun.altitude);
      legend(slopes);
      stale = false;
    }
    const context = canvas.getContext("2d");
    if (context === null || size.width === 0) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(native, 0, 0, size.width, size.height);
    if (arrows) drawArrows(context, slopes, ground, size);
    if (cell) drawCell(context, cell, ground, size);
    showValues();
    element.dataset["state"] = "shown";
  }
  const frames = oncePerFrame(draw);

  /** What the brightest colour of the slope stands for: all but the steepest hundredth, rounded up to 5 degrees. */
  function steepest({ north: n, east: e, scale: s }: Slopes): number {
    const sampled: number[] = [];
    for (let i = 0; i < n.length; i += 7) sampled.push(slopeOf(s * (n[i] as number), s * (e[i] as number)));
    sampled.sort((a, b) => a - b);
    return Math.max(5, 5 * Math.ceil((sampled[Math.floor(0.99 * (sampled.length - 1))] as number) / 5));
  }

  function legend(slopes: Slopes): void {
    const shown = layer === "relief" ? "height" : layer;
    const bar = h("span", { class: "bar" });
    bar.style.backgroundImage = gradientOf(shown);
    const ends =
      shown === "slope"
        ? ["level", `${steepest(slopes)}° and steeper`]
        : shown === "aspect"
          ? ["north", "east", "south", "west", "north"]
          : range((ground as Ground).heights).map((metres) => `${short(metres, 4)}${(ground as Ground).unit}`);
    key.hidden = layer === "relief" && !tinted;
    key.replaceChildren(bar, ...ends.map((end) => h("span", {}, end)));
    tintField.element.hidden = layer !== "relief";
    sky.hidden = layer !== "relief";
    canvas.setAttribute(
      "aria-label",
      `${{ relief: `Shaded relief, sun from ${POINTS[Math.round(sun.azimuth / 45) % 8]}, ${sun.altitude} degrees high`, slope: "Map of slopes", aspect: "Map of aspects: where the ground faces", height: "Map of heights" }[layer]}. ${(ground as Ground).rows} rows, ${(ground as Ground).columns} columns.`,
    );
  }

  function valuesAt(): { row: number; column: number; height: number; n: number; e: number } | undefined {
    if (cell === undefined || ground === undefined || north === undefined || east === undefined) return undefined;
    const [row, column] = cell;
    const i = row * ground.columns + column;
    return {
      row,
      column,
      height: ground.heights[i] as number,
      n: north.data[i] as number,
      e: east.data[i] as number,
    };
  }

  function showValues(): void {
    const at = valuesAt();
    const unit = (ground as Ground).unit;
    const aspect = at && aspectOf(at.n, at.e);
    const rows: [string, string, string][] = [
      ["cell", "Row, column", at ? `${at.row}, ${at.column}` : "–"],
      ["height", "Height", at ? `${short(at.height, 4)}${unit}` : "–"],
      ["north", "Rise to the north", at ? short(at.n, 4) : "–"],
      ["east", "Rise to the east", at ? short(at.e, 4) : "–"],
      ["slope", "Slope", at ? `${slopeOf(scale * at.n, scale * at.e).toFixed(1)}°` : "–"],
      [
        "aspect",
        "Faces",
        aspect === undefined
          ? "–"
          : Number.isNaN(aspect)
            ? "level"
            : `${aspect.toFixed(0)}° ${POINTS[Math.round(aspect / 45) % 8]}`,
      ],
    ];
    const place = (ground as Ground).place;
    if (place) rows.splice(1, 0, ["place", "Place", at ? place(at.row, at.column) : "–"]);
    readout.replaceChildren(
      ...rows.flatMap(([id, name, value]) => [h("dt", {}, name), h("dd", { "data-value": id }, value)]),
    );
  }

  function sentence(): string {
    const at = valuesAt();
    if (at === undefined) return "";
    const aspect = aspectOf(at.n, at.e);
    const faces = Number.isNaN(aspect) ? "level" : `faces ${POINTS[Math.round(aspect / 45) % 8]}`;
    return `Row ${at.row}, column ${at.column}: ${short(at.height, 4)}${(ground as Ground).unit}, slope ${slopeOf(scale * at.n, scale * at.e).toFixed(1)} degrees, ${faces}.`;
  }

  function store(): void {
    const { name, width, height, scale: first, rows, columns } = ground as Ground;
    const terrain = name === "terrain";
    keep(
      {
        layer,
        edge: String(edgeOrder),
        arrows: arrows ? "1" : "0",
        tint: tinted ? "1" : "0",
        azimuth: String(sun.azimuth),
        altitude: String(sun.altitude),
        ...(terrain && { dy: literal(spacing.height), dx: literal(spacing.width), scale: literal(scale) }),
      },
      {
        layer: "relief",
        edge: "1",
        arrows: "0",
        tint: "1",
        azimuth: "315",
        altitude: "40",
        dy: literal(height),
        dx: literal(width),
        scale: literal(first),
      },
    );
    const factor = scale === 1 ? "" : `${literal(scale)} * `;
    const lines = [
      'import { array, gradient } from "steepest";',
      "",
      terrain
        ? `// heights: ${rows} rows of ${columns} elevations in metres, from north to south`
        : `// heights: ${rows} rows of ${columns} luminances from 0 to 255, from top to bottom`,
      `const ground = array(heights, { shape: [${rows}, ${columns}] });`,
      `const [north, east] = gradient(ground, -${literal(spacing.height)}, ${literal(spacing.width)}, { edgeOrder: ${edgeOrder} });`,
    ];
    if (layer === "slope") {
      lines.push(
        "const [n, e] = [north.data, east.data];",
        `const slope = n.map((_, i) => (Math.atan(${factor}Math.hypot(n[i], e[i])) * 180) / Math.PI); // degrees`,
      );
    } else if (layer === "aspect") {
      lines.push(
        "const [n, e] = [north.data, east.data];",
        "const aspect = n.map((_, i) => ((Math.atan2(-e[i], -n[i]) * 180) / Math.PI + 360) % 360); // 0 faces north, 90 east",
      );
    } else if (layer === "relief") {
      lines.push(
        "const [n, e] = [north.data, east.data];",
        `const [azimuth, altitude] = [${sun.azimuth}, ${sun.altitude}].map((degrees) => (degrees * Math.PI) / 180);`,
        "const [x, y, z] = [Math.sin(azimuth) * Math.cos(altitude), Math.cos(azimuth) * Math.cos(altitude), Math.sin(altitude)];",
        `const shade = n.map((_, i) => Math.max(0, z - ${factor}(x * e[i] + y * n[i])) / Math.hypot(1, ${factor}e[i], ${factor}n[i]));`,
      );
    }
    code.show(lines.join("\n"));
  }

  const forgetSize = fitCanvas(canvas, (width, height) => {
    size = { width, height };
    draw(); // the canvas has been emptied
  });
  useTerrain();

  return {
    element,
    leave() {
      left = true;
      frames.cancel();
      forgetSize();
      for (const each of [heights, north, east]) each?.free();
      ground = undefined;
    },
  };
};

function drawArrows(
  context: CanvasRenderingContext2D,
  { north, east }: Slopes,
  { rows, columns }: Field,
  { width, height }: { width: number; height: number },
): void {
  const apart = Math.max(18, width / 26);
  const points: [number, number, number, number][] = [];
  let longest = 0;
  for (let y = apart / 2; y < height; y += apart) {
    for (let x = apart / 2; x < width; x += apart) {
      const i = Math.floor((y / height) * rows) * columns + Math.floor((x / width) * columns);
      const [e, n] = [east[i] as number, north[i] as number];
      points.push([x, y, e, n]);
      longest = Math.max(longest, Math.hypot(e, n));
    }
  }
  if (longest === 0) return;
  context.lineCap = "round";
  for (const [colour, thickness] of [
    ["rgb(255 253 248 / 0.85)", 3.6],
    ["#17252b", 1.6],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.beginPath();
    for (const [x, y, e, n] of points) {
      const length = Math.hypot(e, n);
      // The square root, so that gentle slopes show a direction, too.
      const reach = 0.95 * apart * Math.sqrt(length / longest);
      if (reach < 2) continue;
      const [dx, dy] = [(e / length) * reach, (-n / length) * reach];
      const [tx, ty] = [x + dx / 2, y + dy / 2];
      context.moveTo(x - dx / 2, y - dy / 2);
      context.lineTo(tx, ty);
      context.moveTo(tx - 0.35 * dx - 0.22 * dy, ty - 0.35 * dy + 0.22 * dx);
      context.lineTo(tx, ty);
      context.lineTo(tx - 0.35 * dx + 0.22 * dy, ty - 0.35 * dy - 0.22 * dx);
    }
    context.stroke();
  }
}

function drawCell(
  context: CanvasRenderingContext2D,
  [row, column]: [number, number],
  { rows, columns }: Field,
  { width, height }: { width: number; height: number },
): void {
  const [x, y] = [((column + 0.5) / columns) * width, ((row + 0.5) / rows) * height];
  for (const [colour, thickness] of [
    ["#fffdf8", 4],
    ["#17252b", 2],
  ] as const) {
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.stroke();
  }
}

/** The sky from above, north at the top, the horizon at the rim: a sun to drag. Sliders do the same by keyboard. */
function sunDial(moved: (azimuth: number, altitude: number) => void) {
  const name = "http://www.w3.org/2000/svg";
  const make = (tag: string, attributes: Record<string, string | number>) => {
    const element = document.createElementNS(name, tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const element = make("svg", { viewBox: "-60 -60 120 120", class: "dial", "aria-hidden": "true" });
  const disc = make("circle", { r: 8, class: "sun-disc" });
  const ray = make("line", { class: "sun-ray" });
  for (const r of [50, 33.3, 16.7]) element.append(make("circle", { r, class: "sky" }));
  for (const [text, x, y] of [
    ["N", 0, -52],
    ["E", 52, 0],
    ["S", 0, 52],
    ["W", -52, 0],
  ] as const) {
    const letter = make("text", { x, y, class: "point" });
    letter.textContent = text;
    element.append(letter);
  }
  element.append(ray, disc);
  const follow = (event: PointerEvent) => {
    const box = element.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 120 - 60;
    const y = ((event.clientY - box.top) / box.height) * 120 - 60;
    const azimuth = ((Math.atan2(x, -y) * 180) / Math.PI + 360) % 360;
    moved(azimuth, 90 * (1 - Math.min(1, Math.hypot(x, y) / 50)));
  };
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture((event as PointerEvent).pointerId);
    follow(event as PointerEvent);
  });
  element.addEventListener("pointermove", (event) => {
    if ((event as PointerEvent).buttons & 1) follow(event as PointerEvent);
  });
  return {
    element,
    move(azimuth: number, altitude: number) {
      const r = 50 * (1 - altitude / 90);
      const [x, y] = [r * Math.sin((azimuth * Math.PI) / 180), -r * Math.cos((azimuth * Math.PI) / 180)];
      for (const [key, value] of [
        ["cx", x],
        ["cy", y],
      ] as const)
        disc.setAttribute(key, String(value));
      ray.setAttribute("x1", String(x));
      ray.setAttribute("y1", String(y));
    },
  };
}
