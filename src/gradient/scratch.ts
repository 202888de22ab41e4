import { SCRATCH, SCRATCH_END } from "../wasm/heap.js";

/*
 * How the gradient uses scratch memory:
 *
 *   PLANS     the constants of each axis
 *   OUT       one tile of results
 *   STAGE     coordinates, on their way to becoming weights
 *   TABLES    weights of unevenly spaced axes
 *   FAR       a tile and its neighbours along an axis whose rows are too long for the window
 *   WINDOW    consecutive elements of f: a tile and its neighbours along all other axes
 *
 * All but TABLES begin and end at a cache line.
 *
 * A processor that loads what has the last 12 bits of the address of a recent store waits for that store. Engines align
 * large arrays to pages: what is copied to and from them lies at other quarters of a page. 8 MB copied in by tiles took
 * 0.20 ms there and 0.45 ms where a tile began one line after a page.
 */
export const LINE_BYTES = 64;
export const PAGE_BYTES = 4096;
export const PLANS = SCRATCH;
export const PLAN_BYTES = 128;
/** NumPy's limit, and the number of plans. */
export const MOST_AXES = 64;
export const OUT = MOST_AXES * PLAN_BYTES + PAGE_BYTES / 4;
export const TILE_BYTES = 32768;
export const STAGE = OUT + TILE_BYTES + PAGE_BYTES / 2;
export const STAGE_BYTES = 65536;
export const TABLES = STAGE + STAGE_BYTES;
/** Rows of weights that fit: three arrays of 8 bytes a row. With the two rows around them they fit in the stage. */
export const TABLE_ROWS = 8190;
export const FAR = TABLES + 24 * (TABLE_ROWS + 2);
/** A tile, with two neighbours on either side. */
export const FAR_TILES = 5;
export const WINDOW = FAR + FAR_TILES * TILE_BYTES;
export const WINDOW_BYTES = SCRATCH_END - WINDOW;
