/**
 * Measures the matrix product of float32 at squares and at the shapes of networks, in a process of its own: node
 * products.mjs <rival>... Results are checked before anything is timed, ours bit for bit. Prints { peak, shapes: { title:
 * { steepest, ratios: { rival } } } } as JSON: nanoseconds, how many times as long rivals take, and the floating-point
 * operations a nanosecond of what multiplies and adds in registers alone.
 */
import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import { multiply } from "./by-hand.mjs";
import { SHAPES } from "./shapes.mjs";
import { median } from "./statistics.mjs";
import { now, turn, warmUp } from "./timing.mjs";

const BUDGET = 400e6; // ns for all turns of a shape
const SLOW = 80e6; // ns a call from which on three turns must do

const memory = new WebAssembly.Memory({ initial: 320 });
const compiled = new WebAssembly.Module(readFileSync(new URL("../build/nn.wasm", import.meta.url)));
const { product_f32 } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
const SCRATCH = 64;
const MATRICES = 2 ** 20;

const values = (n, seed) => Float32Array.from({ length: n }, (_, i) => Math.sin(seed + i));

/** Every product and every sum is rounded once, in the order of k. */
function reference({ m, n, k, form }, a, b) {
  const round = Math.fround;
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; ++i) {
    for (let l = 0; l < k; ++l) {
      const x = form === 1 ? a[l * m + i] : a[i * k + l];
      for (let j = 0; j < n; ++j)
        c[i * n + j] = round(c[i * n + j] + round(x * (form === 2 ? b[j * k + l] : b[l * n + j])));
    }
  }
  return c;
}

/**
 * By program, what gives for a shape and its matrices { call, read, release? }: `call` leaves or gives a result that `read`
 * makes a Float32Array of.
 */
const PROGRAMS = {
  steepest: () => (shape, a, b) => {
    const { m, n, k, form } = shape;
    const atB = MATRICES + ((a.byteLength + 63) & ~63);
    const atC = atB + ((b.byteLength + 63) & ~63);
    new Float32Array(memory.buffer, MATRICES, a.length).set(a);
    new Float32Array(memory.buffer, atB, b.length).set(b);
    return {
      call: () => product_f32(atC, MATRICES, atB, 0, m, n, k, form, SCRATCH),
      read: () => new Float32Array(memory.buffer, atC, m * n),
    };
  },
  "plain JS": () => (shape, a, b) => {
    const c = new Float32Array(shape.m * shape.n);
    return { call: () => multiply(shape, a, b, c), read: () => c };
  },
  "tfjs wasm": async () => {
    const tf = await import("@tensorflow/tfjs-core");
    const { setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
    setThreadsCount(1);
    await tf.setBackend("wasm");
    return (shape, a, b) => {
      const [x, y] = [tf.tensor2d(a, rowsAndColumns(shape).a), tf.tensor2d(b, rowsAndColumns(shape).b)];
      return {
        call: () => tf.matMul(x, y, shape.form === 1, shape.form === 2),
        read: (result) => result.dataSync(),
        release: (result) => result.dispose(),
      };
    };
  },
  "jax-js": async () => {
    const { init, jit, numpy } = await import("@jax-js/jax");
    await init("wasm");
    return (shape, a, b) => {
      const x = numpy.array(a, { shape: rowsAndColumns(shape).a });
      const y = numpy.array(b, { shape: rowsAndColumns(shape).b });
      const turned = (matrix, is) => (is ? numpy.transpose(matrix) : matrix);
      const product = jit((x, y) => numpy.matmul(turned(x, shape.form === 1), turned(y, shape.form === 2)));
      // Read back, which is what makes it wait.
      return { call: () => product(x.ref, y.ref).dataSync(), read: (result) => result };
    };
  },
};

function rowsAndColumns({ m, n, k, form }) {
  return { a: form === 1 ? [k, m] : [m, k], b: form === 2 ? [n, k] : [k, n] };
}

/** As many sums as stay in registers, none of which waits for another. How an engine orders them makes a difference. */
function peak() {
  const STEPS = 100_000;
  let best = 0;
  for (const count of [8, 10, 11, 12, 13]) {
    const sums = Array.from({ length: count }, (_, i) => `$s${i}`);
    const step = (s) => `(local.set ${s} (f32x4.add (f32x4.mul (local.get ${s}) (local.get $a)) (local.get $b)))`;
    const bytes = assembled(`(module (func (export "run") (param $n i32) (result f32)
      (local $a v128) (local $b v128) ${sums.map((s) => `(local ${s} v128)`).join(" ")}
      (local.set $a (f32x4.splat (f32.const 0.5)))
      (local.set $b (f32x4.splat (f32.const 1.5)))
      (loop $more
        ${sums.map(step).join("\n")}
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (f32x4.extract_lane 0 ${sums.map((s) => `(local.get ${s})`).reduce((x, y) => `(f32x4.add ${x} ${y})`)})))`);
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    const runner = { call: () => run(STEPS) };
    const estimate = warmUp(runner);
    for (let k = 0; k < 20; ++k) best = Math.max(best, (STEPS * count * 8) / turn(runner, estimate));
  }
  return best;
}

function assembled(text) {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.SIMD128);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

const makers = [];
for (const name of ["steepest", ...process.argv.slice(2)]) makers.push({ name, make: await PROGRAMS[name]() });

const shapes = {};
for (const shape of SHAPES) {
  const { title, m, n, k } = shape;
  const [a, b] = [values(m * k, 1), values(k * n, 2)];
  const expected = reference(shape, a, b);
  const turns = makers.map(({ name, make }) => {
    const runner = make(shape, a, b);
    const result = runner.call();
    const most = name === "steepest" ? 0 : 1e-6 * k;
    runner.read(result).forEach((x, i) => {
      if (!(Math.abs(x - expected[i]) <= most)) throw new Error(`${name}, ${title}: ${x} at ${i}, not ${expected[i]}.`);
    });
    runner.release?.(result);
    return { name, runner, estimate: warmUp(runner), samples: [] };
  });
  const end = now() + BUDGET;
  for (let round = 0; round < 3 || (now() < end && turns.every(({ estimate }) => estimate < SLOW)); ++round) {
    for (const { runner, estimate, samples } of turns) samples.push(turn(runner, estimate));
  }
  const [{ samples: ours }, ...others] = turns;
  shapes[title] = {
    steepest: median(ours),
    ratios: Object.fromEntries(
      others.map(({ name, samples }) => [name, median(samples.map((time, round) => time / ours[round]))]),
    ),
  };
}
console.log(JSON.stringify({ peak: peak(), shapes }));
