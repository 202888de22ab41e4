/**
 * Answers calls of `gradient` that come as JSON lines, for oracle.py. With a seed, each call is made in every way that
 * arrays can come in and results go out, inside linear memory and outside; all ways must give the same bits.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as inside from "steepest";

if (globalThis.Float16Array === undefined)
  throw new Error(`Node ${process.versions.node} has no float16: put Node 24 or newer first in the PATH.`);
// A second copy of the package, whole: its modules share one memory.
const copy = mkdtempSync(join(tmpdir(), "steepest-"));
cpSync(fileURLToPath(new URL(".", import.meta.resolve("steepest"))), copy, { recursive: true });
cpSync(new URL("../../package.json", import.meta.url), join(copy, "package.json"));
const outside = await import(pathToFileURL(join(copy, "index.js")).href);
rmSync(copy, { recursive: true });
outside.configure({ maximumMemory: 0 });
inside.configure({ initialMemory: 2 ** 29 }); // growth would detach the views that calls are given

const VIEWS = {
  float64: Float64Array,
  float32: Float32Array,
  float16: globalThis.Float16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  complex64: Float32Array,
  complex128: Float64Array,
  datetime64: BigInt64Array,
  timedelta64: BigInt64Array,
};
const lanesOf = (dtype) => (dtype.startsWith("complex") ? 2 : 1);
const sizeOf = (shape) => shape.reduce((size, length) => size * length, 1);
const isPlain = (dtype) => !/^(bool|complex|date|timedelta)/.test(dtype);

/** A sample: { dtype, unit, shape, data }. */
function decode({ bytes, ...rest }) {
  const { buffer, byteOffset, length } = Buffer.from(bytes, "base64");
  return { ...rest, data: new VIEWS[rest.dtype](buffer.slice(byteOffset, byteOffset + length)) };
}

/** The bytes of a result, with one NaN for all. */
function encode(data) {
  const copy = data.slice();
  for (let i = 0; i < copy.length; ++i) if (Number.isNaN(copy[i])) copy[i] = Number.NaN;
  return Buffer.from(copy.buffer, copy.byteOffset, copy.byteLength).toString("base64");
}

function dice(seed) {
  return (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
}

const optionsOf = ({ dtype, shape, unit }) => ({ dtype, shape, ...(unit && { unit }) });

/** The same elements some way into a larger buffer, so that they lie at any alignment. */
function shifted(data, roll) {
  const start = roll(9);
  const copy = new data.constructor(start + data.length + roll(3));
  copy.set(data, start);
  return copy.subarray(start, start + data.length);
}

/** The same elements behind strides in any order of the axes, of any sign, with gaps. */
function strided({ dtype, shape, data, ...rest }, roll) {
  const lanes = lanesOf(dtype);
  const strides = shape.map(() => 0);
  let step = 1 + roll(2);
  for (const axis of shape.map((_, k) => k).sort(() => roll(3) - 1)) {
    strides[axis] = roll(2) ? step : -step;
    step = step * Math.max(1, shape[axis]) + roll(3);
  }
  const reach = (sign) => shape.reduce((sum, n, k) => sum + Math.max(0, sign * strides[k]) * Math.max(0, n - 1), 0);
  const offset = reach(-1) + roll(4);
  const spread = new VIEWS[dtype]((offset + reach(1) + 1) * lanes);
  for (let j = 0; j < sizeOf(shape); ++j) {
    let at = offset;
    for (let k = shape.length - 1, rest = j; k >= 0; rest = Math.floor(rest / shape[k--]))
      at += (rest % shape[k]) * strides[k];
    for (let lane = 0; lane < lanes; ++lane) spread[at * lanes + lane] = data[j * lanes + lane];
  }
  return { ...optionsOf({ dtype, shape, ...rest }), data: spread, strides, offset };
}

/** The ways in which a sample can come, each a function of a package. */
function waysOf(sample, roll) {
  const { dtype, shape, data } = sample;
  const resident = (pkg) => pkg.array(data, optionsOf(sample));
  const ways = { NDArray: resident, strided: () => strided(sample, roll) };
  if (isPlain(dtype) && shape.length === 1) {
    ways.typed = () => shifted(data, roll);
    ways.view = (pkg) => resident(pkg).data;
  }
  if (["float64", "int64", "bool"].includes(dtype) && shape.length > 0 && sizeOf(shape) > 0 && data.length < 5000)
    ways.nested = (pkg) => resident(pkg).toArray();
  return ways;
}

function makeOut(pkg, { dtype, shape, unit }, roll) {
  const data = new VIEWS[dtype](sizeOf(shape) * lanesOf(dtype));
  data.fill(data instanceof BigInt64Array ? 7n : 7);
  return isPlain(dtype) && shape.length === 1 && roll(2)
    ? shifted(data, roll)
    : pkg.array(data, optionsOf({ dtype, shape, unit }));
}

function flatten(pkg, result, { dtype, shape, unit = null }) {
  if (result instanceof pkg.NDArray) {
    const bytes = encode(result.data);
    result.free();
    return { dtype: result.dtype, unit: result.unit ?? null, shape: result.shape, bytes };
  }
  const data = Array.isArray(result) ? VIEWS[dtype].from(result.flat(Number.POSITIVE_INFINITY)) : result;
  return { dtype, unit, shape, bytes: encode(data) };
}

/** One call; `like` is an answer that tells which outputs to bring. */
function call(pkg, { f, axis, edge }, from, given, like, roll) {
  const out =
    like?.results && like.results.length > 0 && roll(2) ? like.results.map((r) => makeOut(pkg, r, roll)) : undefined;
  const options = { axis, edgeOrder: edge, ...(out && { out: like.single && roll(2) ? out[0] : out }) };
  try {
    const answer = pkg.gradient(from, ...given, options);
    const single = (Array.isArray(axis) ? axis : axis === null ? f.shape : [axis]).length === 1;
    const results = single ? [answer] : answer;
    if (out?.some((each, k) => results[k] !== each)) return { error: ["Error", "did not return out"] };
    const type = /^(float|complex)/.test(f.dtype) ? f.dtype : /^(date|time)/.test(f.dtype) ? "timedelta64" : "float64";
    return { single, results: results.map((r) => flatten(pkg, r, { ...f, dtype: type })) };
  } catch (error) {
    return { error: [error.constructor.name, error.message] };
  }
}

/** Where an answer differs from another. */
function difference(answer, other) {
  if (JSON.stringify(answer) === JSON.stringify(other)) return undefined;
  for (const [k, { bytes, ...rest }] of (answer.results ?? []).entries()) {
    const [a, b] = [bytes, other.results?.[k].bytes ?? ""].map((text) => Buffer.from(text, "base64"));
    const at = a.findIndex((byte, i) => byte !== b[i]) & ~7;
    if (bytes !== other.results?.[k].bytes)
      return `result ${k}, ${JSON.stringify(rest)}, at byte ${at}: ${a.toString("hex", at, at + 16)}, not ${b.toString("hex", at, at + 16)}`;
  }
  return JSON.stringify(answer.error ?? answer).slice(0, 300);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { seed, ...request } = JSON.parse(line);
  const roll = dice(seed ?? 0);
  const task = {
    ...request,
    f: decode(request.f),
    spacing: request.spacing.map((h) => (typeof h === "number" ? h : decode(h))),
  };
  // JSON has neither infinities nor NaN nor -0: plain numbers come as 0-d samples that are marked.
  const spacings = task.spacing.map((h) => (h.plain ? { plain: () => h.data[0] } : waysOf(h, roll)));
  const pick = (ways) => Object.values(ways)[seed === undefined ? 0 : roll(Object.keys(ways).length)];
  let first;
  let wrong;
  for (const [name, make] of Object.entries(waysOf(task.f, roll))) {
    for (const pkg of seed === undefined ? [inside] : [inside, outside]) {
      const given = spacings.map((ways) => pick(ways)(pkg));
      const from = make(pkg);
      const before = from instanceof pkg.NDArray && encode(from.data);
      const answer = call(pkg, task, from, given, seed === undefined ? undefined : first, roll);
      first ??= answer;
      if (before && encode(from.data) !== before) wrong ??= "the input was modified";
      const differs = difference(answer, first);
      for (const array of [from, ...given]) if (array instanceof pkg.NDArray) array.free();
      if (differs) wrong ??= `${name} ${pkg === inside ? "inside" : "outside"} differs: ${differs}`;
    }
    if (seed === undefined) break;
  }
  console.log(JSON.stringify(wrong ? { error: ["Error", wrong] } : first));
}
