// Strokes of a pen to the 8 x 8 pixels of 0 to 16 that the digits have.

export type Stroke = [x: number, y: number][];

const SIDE = 32;
/** Of the pen, in pixels of 32: as dark on average as the digits are. */
const THICK = 4;

let bitmap: CanvasRenderingContext2D | undefined;

/**
 * As the digits were made: fitted into 32 x 32 black or white pixels, of which each of 8 x 8 blocks counts its black
 * ones. Strokes are in parts of the pad's side.
 */
export function toPixels(strokes: readonly Stroke[]): Float32Array {
  const pixels = new Float32Array(64);
  const points = strokes.flat();
  if (points.length === 0) return pixels;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  // A dot stays small.
  const scale = Math.min(
    (SIDE - THICK) / Math.max(bottom - top, 0.2),
    (SIDE - 2 - THICK) / Math.max(right - left, 0.2),
  );
  const [shiftX, shiftY] = [SIDE / 2 - (scale * (left + right)) / 2, SIDE / 2 - (scale * (top + bottom)) / 2];
  bitmap ??= Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE }).getContext("2d", {
    willReadFrequently: true,
  }) as CanvasRenderingContext2D;
  bitmap.clearRect(0, 0, SIDE, SIDE);
  bitmap.lineWidth = THICK;
  bitmap.lineCap = bitmap.lineJoin = "round";
  for (const stroke of strokes) {
    bitmap.beginPath();
    stroke.forEach(([x, y], i) => {
      const [u, v] = [shiftX + scale * x, shiftY + scale * y];
      if (i === 0) bitmap?.moveTo(u, v);
      bitmap?.lineTo(u, v); // a point alone is a dot
    });
    bitmap.stroke();
  }
  const { data } = bitmap.getImageData(0, 0, SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; ++i) {
    const block = 8 * Math.floor(i / SIDE / 4) + Math.floor((i % SIDE) / 4);
    if ((data[4 * i + 3] as number) > 127) pixels[block] = (pixels[block] as number) + 1;
  }
  return pixels;
}
