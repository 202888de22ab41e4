/**
 * What every runtime must compute, bit for bit: ../expected.py computes the same with NumPy, name by name.
 *
 * Inputs are fractions that any language writes exactly, losses are polynomials: nothing here depends on an engine's
 * own mathematics.
 */

import { describe, isNDArray } from "./bits.mjs";
import files from "./files.mjs";
import { resumed } from "./training.mjs";

const sample = (i) => ((i * (31 * i + 17)) % 1009) / 64 - 7;
const samples = (n) => Float64Array.from({ length: n }, (_, i) => sample(i));
const uneven = (n) => Float64Array.from({ length: n }, (_, i) => i / 8 + (i % 3) / 32);
const nested = (rows, columns) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, k) => sample(i * columns + k)));

export function scenario(steepest) {
  const { array, checkGradient, derivative, gradient, jacobian, memoryUsage, minimize, numericalGradient, sgd, zeros } =
    steepest;
  const before = memoryUsage().used;
  const results = {};
  const record = (name, ...arrays) => {
    results[name] = arrays.map(describe);
    for (const each of arrays) if (isNDArray(each)) each.free();
  };

  record("numbers", gradient([1, 2, 4, 7, 11]));
  record("doubles, spacing 0.1", gradient(samples(257), 0.1, { edgeOrder: 2 }));
  record("doubles, coordinates", gradient(samples(257), uneven(257), { edgeOrder: 2 }));
  record("floats, spacing 0.1", gradient(Float32Array.from(samples(1001), thirds), 0.1));
  record("floats, coordinates", gradient(Float32Array.from(samples(1001), thirds), uneven(1001)));
  record(
    "int16",
    gradient(
      Int16Array.from(samples(100), (x) => x * 64),
      3,
    ),
  );
  record("bigint64", gradient(BigInt64Array.from(samples(100), (x) => BigInt(x * 64) << 40n)));
  record("nested", ...gradient(nested(4, 5)));
  record("nested, axis 0", gradient(nested(4, 5), 0.3, { axis: 0 }));
  {
    const f = array(samples(37 * 41), { shape: [37, 41] });
    record("2-D", ...gradient(f, 0.5, uneven(41)), f);
  }
  {
    const f = array(samples(5 * 6 * 7), { shape: [5, 6, 7], dtype: "float32" });
    record("3-D floats", ...gradient(f, 0.1, 2, 0.3, { edgeOrder: 2 }), f);
  }
  record("transposed", ...gradient({ data: samples(30), shape: [5, 6], strides: [1, 5] }));
  {
    const f = array(samples(60), { dtype: "complex128" });
    record("complex", gradient(f, 0.1), f);
  }
  {
    const days = BigInt64Array.from(samples(50), (x) => BigInt(x * 64));
    const f = array(days, { dtype: "datetime64", unit: "D" });
    record("dates", gradient(f, 2), f);
  }
  {
    const f = array(samples(600), { shape: [20, 30] });
    const out = [zeros([20, 30]), zeros([20, 30])];
    for (const spacing of [1, 0.7]) gradient(f, spacing, { out });
    record("written to out", ...out, f);
  }
  record("streamed", gradient(samples(100_000), 0.1));

  for (const method of ["central", "forward", "backward"]) {
    record(`numericalGradient, ${method}`, numericalGradient(rosenbrock, samples(20), { method }));
  }
  {
    const x = array([0.5, -0.25, 2]);
    record(
      "numericalGradient of an NDArray",
      numericalGradient(({ data }) => rosenbrock(data), x),
      x,
    );
  }
  record("derivative", derivative((x) => x * x * x - 2 * x, [0.5, -2, 1]).value);
  {
    const products = (x) => [x[0] * x[1], x[1] * x[2], x[2] * x[0]];
    record("jacobian", jacobian(products, [1, 2, 4], { absStep: 0.25 }));
    const sparsity = [
      [1, 1, 0],
      [0, 1, 1],
      [1, 0, 1],
    ];
    record("jacobian, sparse", jacobian(products, Float32Array.of(1, 2, 4), { absStep: 0.25, sparsity }).values);
  }
  {
    const slopes = (x) => [2 * x[0] * x[1], x[0] * x[0]];
    const [right, wrong] = [slopes, (x) => [slopes(x)[0], x[0]]].map((slope) =>
      checkGradient((x) => x[0] * x[0] * x[1], slope, [3, 2]),
    );
    results.checkGradient = [right.ok, wrong.ok, wrong.wrong.map(({ name }) => name)];
  }
  {
    const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01, nesterov: true }).init({
      w: samples(6),
      b: [1, -2],
    });
    for (let k = 0; k < 10; ++k) optimizer.step({ w: samples(6).map((x) => x * k), b: [0.5, k / 3] });
    record("sgd", optimizer.params.w, optimizer.params.b);
    optimizer.free();
  }
  {
    const optimizer = sgd({ learningRate: 0.1 });
    const found = minimize(rosenbrock, [-0.5, 0.75, 0.5], {
      optimizer: sgd({ learningRate: 0.001 }),
      maxIterations: 200,
    });
    record("minimize, numerical gradient", found.x, found.gradient);
    const walk = minimize((p) => p * p, 2, { optimizer, gradient: (p) => 2 * p });
    record("minimize, analytic gradient", [walk.x, walk.value]);
    results["minimize, counts"] = [found.iterations, found.reason, walk.iterations, walk.evaluations, walk.reason];
  }

  results.resumed = resumed(steepest, files);
  results["memory held at the end"] = memoryUsage().used - before;
  return results;
}

/** H. Rosenbrock's valley in n dimensions. */
function rosenbrock(x) {
  let sum = 0;
  for (let i = 1; i < x.length; ++i) {
    const across = x[i] - x[i - 1] * x[i - 1];
    const along = 1 - x[i - 1];
    sum += 100 * (across * across) + along * along;
  }
  return sum;
}

const thirds = (x) => x / 3;
