import type { Mark } from "../optimizers.js";

/** Draws a mark of an optimizer, with a rim that parts it from what lies below. */
export function drawMark(
  context: CanvasRenderingContext2D,
  mark: Mark,
  x: number,
  y: number,
  size: number,
  fill: string,
  rim: string,
): void {
  context.beginPath();
  const at = (points: number[][]) => {
    points.forEach(([u = 0, v = 0], i) => {
      if (i === 0) context.moveTo(x + size * u, y + size * v);
      else context.lineTo(x + size * u, y + size * v);
    });
  };
  const open = mark === "cross" || mark === "plus";
  if (mark === "circle" || mark === "ring") context.arc(x, y, size * 0.95, 0, 2 * Math.PI);
  else if (mark === "square") context.rect(x - size * 0.85, y - size * 0.85, size * 1.7, size * 1.7);
  else if (mark === "triangle")
    at([
      [0, -1.15],
      [1.1, 0.85],
      [-1.1, 0.85],
      [0, -1.15],
    ]);
  else if (mark === "diamond")
    at([
      [0, -1.25],
      [1.1, 0],
      [0, 1.25],
      [-1.1, 0],
      [0, -1.25],
    ]);
  else if (mark === "cross") {
    at([
      [-0.85, -0.85],
      [0.85, 0.85],
    ]);
    at([
      [0.85, -0.85],
      [-0.85, 0.85],
    ]);
  } else {
    at([
      [-1.1, 0],
      [1.1, 0],
    ]);
    at([
      [0, -1.1],
      [0, 1.1],
    ]);
  }
  context.lineCap = "round";
  context.lineJoin = "round";
  if (open || mark === "ring") {
    context.strokeStyle = rim;
    context.lineWidth = size * 1.3;
    context.stroke();
    context.strokeStyle = fill;
    context.lineWidth = size * 0.7;
    context.stroke();
  } else {
    context.strokeStyle = rim;
    context.lineWidth = size * 0.6;
    context.stroke();
    context.fillStyle = fill;
    context.fill();
  }
}
