/**
 * A canvas that is as large as the place it has, in the pixels of the screen.
 *
 * @param resized is called with the size in CSS pixels, the context being scaled to these
 * @returns what ends it
 */
export function fitCanvas(canvas: HTMLCanvasElement, resized: (width: number, height: number) => void): () => void {
  const observer = new ResizeObserver(([entry]) => {
    const { width, height } = (entry as ResizeObserverEntry).contentRect;
    if (width === 0 || height === 0) return;
    const ratio = Math.min(devicePixelRatio, 2);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.getContext("2d")?.setTransform(ratio, 0, 0, ratio, 0, 0);
    resized(width, height);
  });
  observer.observe(canvas);
  return () => observer.disconnect();
}

/** Milliseconds of a frame that a longer computation takes, so that the page stays alive beside it. */
const SLICE = 8;

/** Calls again and again until it is told that all is done, or for as long as a part of a frame. */
export function forASlice(more: () => boolean): void {
  const end = performance.now() + SLICE;
  while (more() && performance.now() < end);
}

/** Waits until what is there now has been painted: for what would keep the first picture waiting. */
export const painted = (): Promise<void> =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));

/** Calls once at the next frame, however often it was asked to. */
export function oncePerFrame(draw: () => void): { request(): void; cancel(): void } {
  let frame = 0;
  return {
    request() {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        draw();
      });
    },
    cancel() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}
