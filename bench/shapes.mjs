/** Matrix products that are measured: C[m, n] = op(A) op(B), with A transposed in form 1 and B in form 2. */
const square = (n) => ({ title: `${n} squared`, m: n, n, k: n, form: 0 });

/** What a step of training multiplies, for layers of so many neurons and rows at a time. */
export const training = (layers, rows) =>
  layers.slice(1).flatMap((outputs, i) => {
    const inputs = layers[i];
    const title = (what) => `${layers.join("-")} by ${rows} rows, ${what} of layer ${i + 1}`;
    return [
      { title: title("outputs"), m: rows, n: outputs, k: inputs, form: 0 },
      { title: title("gradient of weights"), m: inputs, n: outputs, k: rows, form: 1 },
      ...(i === 0 ? [] : [{ title: title("gradient of inputs"), m: rows, n: inputs, k: outputs, form: 2 }]),
    ];
  });

export const SHAPES = [
  square(64),
  square(256),
  square(1024),
  ...training([784, 128, 10], 64),
  ...training([64, 32, 10], 32),
];
