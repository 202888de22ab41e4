import { describe, expect, test } from "vitest";
import { array, memoryUsage, type NDArray, numericalGradient, sgd, zeros } from "../../src/index.js";
import { heap } from "../../src/wasm/heap.js";
import { collect } from "../collect.js";

type Any = never; // what no type allows, to see it refused
type Floats = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

interface Options {
  learningRate: number;
  momentum: number;
  dampening: number;
  nesterov: boolean;
  weightDecay: number;
}

/** The formula with one rounding after each operation; `p` and `b` are written. */
function reference(p: Floats, g: Floats, b: Floats, options: Options, first: boolean): void {
  const round = p instanceof Float32Array ? Math.fround : (x: number) => x;
  const rate = round(options.learningRate);
  const decay = round(options.weightDecay);
  const momentum = round(options.momentum);
  const keep = round(1 - options.dampening);
  p.forEach((pi, i) => {
    let d = g[i] as number;
    if (decay !== 0) d = round(d + round(decay * pi));
    if (momentum !== 0) {
      b[i] = first ? d : round(round(momentum * (b[i] as number)) + round(keep * d));
      d = options.nesterov ? round(d + round(momentum * (b[i] as number))) : (b[i] as number);
    }
    p[i] = pi - round(rate * d);
  });
}

describe("every element goes the same way, in a vector of SIMD lanes or after the last one", () => {
  const RULES: Partial<Options>[] = [
    {},
    { weightDecay: 0.03 },
    { momentum: 0.9, dampening: 0.3 },
    { momentum: 0.7, nesterov: true, weightDecay: 0.01 },
  ];
  const some = (n: number, seed: number) =>
    Array.from({ length: n }, (_, i) => Math.sin(7.3 * i + 1.7 * seed) * 10 ** (i % 5));

  test.each(RULES)("%j", (rule) => {
    const options = { learningRate: 0.1, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, ...rule };
    for (const Type of [Float64Array, Float32Array]) {
      for (let n = 1; n <= 9; ++n) {
        const expected = Type.from(some(n, 0));
        const buffer = new Type(n);
        const optimizer = sgd(options).init(expected as Float64Array);
        for (let t = 0; t < 4; ++t) {
          const g = Type.from(some(n, t + 1));
          reference(expected, g, buffer, options, t === 0);
          optimizer.step(g);
          expect(optimizer.params, `${Type.name} ${n}, step ${t}`).toEqual(expected);
        }
        optimizer.free();
      }
    }
  });

  test("float32 and float64 leaves of any sizes beside each other", () => {
    const options = { learningRate: 0.1, momentum: 0.9, dampening: 0, nesterov: true, weightDecay: 0.01 };
    for (let m = 0; m <= 5; ++m) {
      for (let n = 0; n <= 5; ++n) {
        const a = Float64Array.from(some(m, 1));
        const b = Float32Array.from(some(n, 2));
        const c = Float64Array.from(some(n, 3));
        const d = Float32Array.of(3);
        const leaves: Floats[] = [a, b, c, d];
        const buffers = leaves.map((leaf) => leaf.slice());
        const optimizer = sgd(options).init({ a, rest: [b, c], d });
        for (let t = 0; t < 3; ++t) {
          const [ga, gb, gc, gd] = leaves.map((leaf, k) => leaf.map((x) => Math.cos(x + k + t))) as [
            Floats,
            Floats,
            Floats,
            Floats,
          ];
          for (const [k, g] of [ga, gb, gc, gd].entries())
            reference(leaves[k] as Floats, g, buffers[k] as Floats, options, t === 0);
          optimizer.step({ a: ga, rest: [gb, gc], d: gd });
        }
        expect(optimizer.params).toEqual({ a, rest: [b, c], d });
        optimizer.free();
      }
    }
  });
});

describe("parameters", () => {
  test("are copied in, and what was passed is never written", () => {
    const start = { w: Float64Array.of(1, 2), n: array([3]), list: [4] };
    const optimizer = sgd({ learningRate: 1 }).init(start as { w: Float64Array; n: NDArray; list: number[] });
    optimizer.step({ w: [1, 1], n: [1], list: [1] });
    expect(start.w).toEqual(Float64Array.of(1, 2));
    expect(start.n.toArray()).toEqual([3]);
    expect(start.list).toEqual([4]);
    expect(optimizer.params.w).toEqual(Float64Array.of(0, 1));
    expect(optimizer.params.n.toArray()).toEqual([2]);
    expect(optimizer.params.list).toEqual(Float64Array.of(3));
    optimizer.free();
    start.n.free();
  });

  test("gradients of an array without axes may be given as a number, as toArray gives it", () => {
    const n = array(4);
    const optimizer = sgd({ learningRate: 0.5 }).init({ n });
    optimizer.step({ n: n.toArray() });
    expect(optimizer.params.n.toArray()).toBe(2);
    optimizer.free();
    n.free();
  });

  test("may be written, a lone number in a record too", () => {
    const optimizer = sgd({ learningRate: 0.5 }).init({ w: [1, 2], bias: 3 });
    optimizer.params.w[0] = 10;
    optimizer.params.bias = 20;
    expect(Object.keys(optimizer.params)).toEqual(["w", "bias"]);
    optimizer.step({ w: [2, 2], bias: 4 });
    expect(optimizer.params.w).toEqual(Float64Array.of(9, 1));
    expect(optimizer.params.bias).toBe(18);
    optimizer.free();
  });

  test("that are a number come as a number", () => {
    const optimizer = sgd({ learningRate: 0.1 }).init(2 as number);
    const seen = [1, 2, 3].map(() => {
      optimizer.step(2 * optimizer.params);
      return optimizer.params;
    });
    let p = 2;
    expect(seen).toEqual([1, 2, 3].map(() => (p = p - 0.1 * (2 * p))));
    optimizer.free();
  });

  test("keep their kinds, shapes and types", () => {
    const start = array([[1, 2, 3]], { dtype: "float32" });
    const optimizer = sgd().init({ deep: [{ start }] });
    const live = optimizer.params.deep[0]?.start as NDArray;
    expect([live.dtype, live.shape, live.toArray()]).toEqual(["float32", [1, 3], [[1, 2, 3]]]);
    optimizer.free();
    start.free();
  });

  test("that are one array are renewed after growth of linear memory, too", () => {
    const optimizer = sgd({ learningRate: 1 }).init([1, 2]);
    const stale = optimizer.params;
    heap.reserve(heap.reserved + 1);
    expect(stale.length).toBe(0);
    optimizer.step([1, 1]);
    expect(optimizer.params).toEqual(Float64Array.of(0, 1));
    expect(optimizer.params).toBe(optimizer.params);
    optimizer.free();
  });

  test("are renewed in the same containers after growth of linear memory", () => {
    const n = array([5, 6]);
    const optimizer = sgd({ learningRate: 1 }).init({ w: [1, 2], layers: [{ b: Float32Array.of(3) }], bias: 4, n });
    const { params } = optimizer;
    const layers = params.layers;
    const first = layers[0];
    const resident = params.n;
    const { reserved } = memoryUsage();
    const arrays: NDArray[] = [];
    while (memoryUsage().reserved === reserved && arrays.length < 70) arrays.push(zeros([2 ** 21]));
    expect(memoryUsage().reserved).toBeGreaterThan(reserved);
    optimizer.step({ w: [1, 1], layers: [{ b: [1] }], bias: 1, n: [1, 1] });
    expect([params === optimizer.params, layers === params.layers, first === layers[0]]).toEqual([true, true, true]);
    expect(resident).toBe(params.n);
    expect(params.w).toEqual(Float64Array.of(0, 1));
    expect(first?.b).toEqual(Float32Array.of(2));
    expect(params.bias).toBe(3);
    params.bias = 7;
    expect(optimizer.params.bias).toBe(7);
    expect(resident.toArray()).toEqual([4, 5]);
    optimizer.free();
    for (const each of [...arrays, n]) each.free();
  });

  test("whose optimizer is forgotten keep their memory, which growth does not take from them", async () => {
    const before = memoryUsage().used;
    const train = async () => {
      await null; // so that nothing on the stack still holds the optimizer
      return sgd().init({ w: new Float64Array(1000).fill(1), layers: [{ b: [2] }] }).params;
    };
    let params: Awaited<ReturnType<typeof train>> | undefined = await train();
    await collect(() => memoryUsage().used === before + 8192); // the gradient's vector may go
    const others = Array.from({ length: 4 }, () => array(new Float64Array(1001).fill(7)));
    const { reserved } = memoryUsage();
    while (memoryUsage().reserved === reserved && others.length < 70) others.push(zeros([2 ** 21]));
    expect(memoryUsage().reserved).toBeGreaterThan(reserved);
    expect(params.w).toEqual(new Float64Array(1000).fill(1));
    expect(params.layers).toEqual([{ b: Float64Array.of(2) }]);
    for (const each of others) each.free();
    params = undefined;
    await collect(() => memoryUsage().used === before);
    expect(memoryUsage().used).toBe(before);
  });

  test("step takes gradients of every kind", () => {
    const optimizer = sgd({ learningRate: 1 }).init([10, 20]);
    const resident = array([1, 2]);
    const kinds = [
      [1, 2],
      Float64Array.of(1, 2),
      Float32Array.of(1, 2),
      Int8Array.of(1, 2),
      resident,
      { data: [1, 2], shape: [2] },
      { data: Float32Array.of(1, 2), shape: [2], stride: [1], offset: 0 },
    ];
    for (const grads of kinds) optimizer.step(grads);
    expect(optimizer.params).toEqual(Float64Array.of(10 - kinds.length, 20 - 2 * kinds.length));
    optimizer.step(optimizer.params); // p - p
    expect(optimizer.params).toEqual(Float64Array.of(0, 0));
    resident.free();
    optimizer.free();
  });

  test("descend by numerical gradients of what they are", () => {
    const optimizer = sgd({ learningRate: 0.125 }).init({ w: [1, 2], b: 3 });
    const loss = ({ w, b }: { w: Float64Array<ArrayBuffer>; b: number }) =>
      (w[0] as number) ** 2 + (w[1] as number) ** 2 + b ** 2;
    for (let t = 0; t < 100; ++t)
      optimizer.step(numericalGradient(loss, optimizer.params as Any as { w: Float64Array; b: number }));
    expect(loss(optimizer.params)).toBeLessThan(1e-20);
    optimizer.free();
  });
});

describe("step refuses, and nothing is changed, if", () => {
  const good = () => ({
    w: [1, 1],
    layers: [{ b: [1] }],
    bias: 1,
    m: [
      [1, 1],
      [1, 1],
    ],
  });
  const cases: [string, (grads: ReturnType<typeof good>) => unknown, new () => Error, string][] = [
    ["there is nothing", () => undefined, TypeError, "grads must have the fields w, layers, bias, m; got undefined."],
    ["it is another structure", () => [1, 2], TypeError, "got "],
    [
      "a field is missing",
      ({ m: _, ...grads }) => grads,
      TypeError,
      "grads.m must be an array of 4 numbers; got undefined.",
    ],
    [
      "a field is unknown",
      (grads) => ({ ...grads, x: 1 }),
      TypeError,
      "grads must have the fields w, layers, bias, m; got w, layers, bias, m, x.",
    ],
    [
      "a field is misspelt",
      ({ w, ...grads }) => ({ ...grads, W: w }),
      TypeError,
      "grads must have the fields w, layers, bias, m; got layers, bias, m, W.",
    ],
    [
      "an array is longer",
      (grads) => ({ ...grads, w: [1, 2, 3] }),
      RangeError,
      "grads.w must have shape [2]; got [3].",
    ],
    [
      "a shape differs",
      (grads) => ({ ...grads, m: [[1, 1, 1, 1]] }),
      RangeError,
      "grads.m must have shape [2,2]; got [1,4].",
    ],
    [
      "a list is longer",
      (grads) => ({ ...grads, layers: [{ b: [1] }, { b: [1] }] }),
      TypeError,
      "grads.layers must be an array of 1, like the parameters; got an array of length 2.",
    ],
    [
      "a list is none",
      (grads) => ({ ...grads, layers: { 0: { b: [1] } } }),
      TypeError,
      "grads.layers must be an array of 1",
    ],
    [
      "a deep leaf is a number",
      (grads) => ({ ...grads, layers: [{ b: 1 }] }),
      TypeError,
      "grads.layers[0].b must be an array of 1 numbers; got 1.",
    ],
    [
      "a number is an array",
      (grads) => ({ ...grads, bias: [1] }),
      TypeError,
      "grads.bias must be a number; got an array of length 1.",
    ],
    ...[
      { data: [1, 1], shape: [2], strides: [-1], offset: 1 },
      { data: [1, 1, 1], shape: [2], stride: [2] },
      { data: [1, 1, 1], shape: [2], offset: 1 },
      { data: [1, 1, 1], shape: [2] },
      { data: [1, 1], shape: [-1, -2] },
      { data: [1, 1], shape: 2 },
      { data: undefined, shape: [2] },
    ].map((w): (typeof cases)[0] => [
      `an array-like is not in C order: ${JSON.stringify(w)}`,
      (grads) => ({ ...grads, w }),
      TypeError,
      "grads.w: Data must lie in C order without gaps here, as array() makes it.",
    ]),
    [
      "it holds text",
      (grads) => ({ ...grads, w: ["1", "2"] }),
      TypeError,
      `grads.w: Element [0] is "1" where a number was expected.`, // did not name the leaf
    ],
    [
      "rows of a leaf are of two lengths",
      (grads) => ({ ...grads, layers: [{ b: [[1], []] }] }),
      RangeError,
      "grads.layers[0].b: Ragged array: element [1] is an array of length 0 where an array of length 1 was expected.",
    ],
    [
      "it holds bigints",
      (grads) => ({ ...grads, w: BigInt64Array.of(1n, 1n) }),
      TypeError,
      "grads.w must be an array of 2 numbers; got BigInt64Array of length 2.",
    ],
    ["it holds booleans", (grads) => ({ ...grads, w: [true, false] }), TypeError, "grads.w"],
  ];

  test.each(cases)("%s", (_, spoil, type, message) => {
    const m = array([
      [1, 2],
      [3, 4],
    ]);
    const optimizer = sgd({ learningRate: 1, momentum: 0.5 }).init({
      w: [1, 2],
      layers: [{ b: Float32Array.of(3) }],
      bias: 4,
      m,
    } as {
      w: number[];
      layers: { b: Float32Array }[];
      bias: number;
      m: NDArray;
    });
    optimizer.step(good());
    const before = memoryUsage().used;
    const spoilt = spoil(good());
    expect(() => optimizer.step(spoilt)).toThrow(type);
    expect(() => optimizer.step(spoilt)).toThrow(message);
    expect(optimizer.params.w).toEqual(Float64Array.of(0, 1));
    expect(optimizer.params.layers[0]?.b).toEqual(Float32Array.of(2));
    expect(optimizer.params.bias).toBe(3);
    expect(optimizer.params.m.toArray()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(optimizer.stepCount).toBe(1);
    expect(memoryUsage().used).toBe(before);
    optimizer.step(good()); // with the momentum that it had
    expect(optimizer.params.w).toEqual(Float64Array.of(-1.5, -0.5));
    optimizer.free();
    m.free();
  });

  test("an NDArray among the gradients was freed", () => {
    const optimizer = sgd().init([1]);
    const grads = array([1]);
    grads.free();
    expect(() => optimizer.step(grads)).toThrow("was freed and must not be used any more.");
    expect(optimizer.stepCount).toBe(0);
    optimizer.free();
  });
});

describe("free", () => {
  test("gives everything back, once", () => {
    const before = memoryUsage().used;
    const rules = [sgd(), sgd({ momentum: 0.9 })];
    const n = array([1, 2]);
    const held = memoryUsage().used;
    for (const rule of rules) {
      const optimizer = rule.init({ a: [1, 2, 3], n });
      optimizer.step({ a: [1, 2, 3], n });
      optimizer.params.n.free(); // not the caller's to free, and harmless
      expect(memoryUsage().used).toBeGreaterThan(held);
      optimizer.free();
      expect(memoryUsage().used).toBe(held);
      const other = array([1, 2, 3]);
      const taken = memoryUsage().used;
      optimizer.free();
      expect(memoryUsage().used).toBe(taken);
      other.free();
    }
    n.free();
    expect(memoryUsage().used).toBe(before);
  });

  test("is an end", () => {
    const n = array([1]);
    const optimizer = sgd().init({ n });
    const live = optimizer.params.n;
    optimizer.free();
    const message = "This optimizer was freed and must not be used any more.";
    expect(() => optimizer.params).toThrow(new TypeError(message));
    expect(() => optimizer.step({ n: [1] })).toThrow(new TypeError(message));
    expect(() => live.get(0)).toThrow(TypeError);
    expect(optimizer.stepCount).toBe(0);
    n.free();
  });

  test("is what disposal does", () => {
    const before = memoryUsage().used;
    const optimizer = sgd().init([1]);
    expect(memoryUsage().used).toBeGreaterThan(before);
    optimizer[Symbol.dispose]();
    expect(memoryUsage().used).toBe(before);
  });

  test("is not needed after an init that throws", () => {
    const before = memoryUsage().used;
    for (const bad of [[], {}, "x", null, undefined, Int8Array.of(1), { a: [1], b: "2" }, { a: new Map() }]) {
      expect(() => sgd({ momentum: 0.5 }).init(bad as Any)).toThrow(
        /^(An optimizer needs at least one parameter; got none\.|params)/,
      );
    }
    expect(memoryUsage().used).toBe(before);
  });
});

describe("what stands in the place of parameters", () => {
  const make = () => sgd({ learningRate: 1 }).init({ w: [1, 2], layers: [[3], [4]], b: 5 });
  const grads = { w: [1, 1], layers: [[1], [1]], b: 1 };

  // Training went on in the view that was replaced.
  test.each<[string, (params: Any) => void, string]>([
    ["an array", (params: { w: unknown }) => (params.w = [9, 9]), "params.w was replaced by an array of length 2"],
    ["nothing", (params: { w: unknown }) => delete params.w, "params.w was replaced by undefined"],
    ["a row", (params: { layers: unknown[] }) => (params.layers[1] = [9]), "params.layers[1] was replaced by an array"],
    [
      "all rows",
      (params: { layers: unknown }) => (params.layers = [[9], [9]]),
      "params.layers was replaced by an array",
    ],
  ])("is not trained and refused by the next step: %s", (_, replace, message) => {
    const optimizer = make();
    replace(optimizer.params as Any);
    heap.reserve(heap.reserved + 1); // new views do not hide it
    expect(() => optimizer.step(grads)).toThrow(TypeError);
    optimizer.step(grads); // what belongs there was put back
    replace(optimizer.params as Any);
    expect(() => optimizer.step(grads)).toThrow(message);
    const { w, layers, b } = optimizer.params;
    expect([...w, ...layers.map((row) => row[0]), b, optimizer.stepCount]).toEqual([0, 1, 2, 3, 4, 1]);
    optimizer.free();
  });

  test("is said by name and with what to do instead, also where the parameters are an array", () => {
    const optimizer = sgd().init([[1, 2], [3]]);
    optimizer.params[1] = Float64Array.of(9);
    expect(() => optimizer.step([[0, 0], [0]])).toThrow(
      new TypeError(
        "params[1] was replaced by Float64Array of length 1; write into it instead, as params[1].set(values).",
      ),
    );
    optimizer.free();
  });

  test("may be written into, numbers by assignment", () => {
    const optimizer = make();
    optimizer.params.w.set([9, 9]);
    optimizer.params.b = 9;
    optimizer.step(grads);
    expect([...optimizer.params.w, optimizer.params.b]).toEqual([8, 8, 8]);
    optimizer.free();
  });
});

test("1 - dampening is rounded to float32 once, as torch does", () => {
  expect(Math.fround(1 - 0.9)).not.toBe(1 - Math.fround(0.9));
  const optimizer = sgd({ learningRate: 1, momentum: 0.5, dampening: 0.9 }).init(new Float32Array(5));
  for (const g of [0, 1]) optimizer.step(new Float32Array(5).fill(g));
  expect(optimizer.params).toEqual(new Float32Array(5).fill(-Math.fround(1 - 0.9)));
  optimizer.free();
});

test("without momentum there is no state", () => {
  const bytesOf = (options: object) => {
    const before = memoryUsage().used;
    const optimizer = sgd(options).init(new Float64Array(1000));
    const bytes = memoryUsage().used - before;
    optimizer.free();
    return bytes;
  };
  expect(bytesOf({})).toBeLessThan(2.5 * 8192); // records of hyperparameters are there, too
  expect(bytesOf({ momentum: 0.9 })).toBeGreaterThanOrEqual(3 * 8000);
});

test("a rule serves many optimizers, which share nothing", () => {
  const rule = sgd({ learningRate: 1, momentum: 0.5 });
  const [a, b] = [rule.init([1]), rule.init([1])];
  a.step([1]);
  a.learningRate = 0.5;
  b.step([2]);
  a.step([1]);
  expect([a.params[0], b.params[0]]).toEqual([-0.75, -1]);
  expect([a.learningRate, b.learningRate, a.stepCount, b.stepCount]).toEqual([0.5, 1, 2, 1]);
  a.free();
  b.free();
});

test("learningRate counts from the next step on, and refuses what is none", () => {
  const optimizer = sgd().init([1]);
  expect(optimizer.learningRate).toBe(0.01);
  optimizer.learningRate = 0.5;
  optimizer.step([1]);
  optimizer.learningRate = 0;
  optimizer.step([1]);
  expect(optimizer.params).toEqual(Float64Array.of(0.5));
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => {
      optimizer.learningRate = bad;
    }).toThrow(new RangeError(`learningRate must be a finite number of 0 or more; got ${bad}.`));
  }
  expect(() => {
    optimizer.learningRate = "0.1" as Any;
  }).toThrow(new TypeError('learningRate must be a number; got "0.1".'));
  expect(optimizer.learningRate).toBe(0);
  optimizer.free();
});

test.each<[object, new () => Error, string]>([
  [{ learningRate: -0.1 }, RangeError, "learningRate must be a finite number of 0 or more; got -0.1."],
  [{ learningRate: Number.NaN }, RangeError, "learningRate must be a finite number of 0 or more; got NaN."],
  [
    { learningRate: "0.1" },
    TypeError,
    'learningRate must be a finite number of 0 or more, or a schedule (step) => number; got "0.1".',
  ],
  [{ momentum: -1 }, RangeError, "momentum must be a finite number of 0 or more; got -1."],
  [
    { momentum: true },
    TypeError,
    "momentum must be a finite number of 0 or more, or a schedule (step) => number; got true.",
  ],
  [
    { weightDecay: Number.POSITIVE_INFINITY },
    RangeError,
    "weightDecay must be a finite number of 0 or more; got Infinity.",
  ],
  [{ dampening: Number.NaN }, RangeError, "dampening must be a finite number; got NaN."],
  [{ nesterov: 1 }, TypeError, "nesterov must be true or false; got 1."],
  [{ nesterov: true }, RangeError, "nesterov needs a momentum above 0 and a dampening of 0; got 0 and 0."],
  [{ nesterov: true, momentum: 0.9, dampening: 0.1 }, RangeError, "got 0.9 and 0.1."],
  [
    { rate: 0.1 },
    TypeError,
    'sgd has no option "rate"; it takes learningRate, momentum, dampening, weightDecay, nesterov, maximize, groups.',
  ],
])("sgd(%j) is refused", (options, type, message) => {
  expect(() => sgd(options)).toThrow(type);
  expect(() => sgd(options)).toThrow(message);
});

test("1e5 steps keep memory flat", () => {
  const optimizer = sgd({ learningRate: 1e-3, momentum: 0.9 }).init({ w: [1, 2, 3], b: Float32Array.of(1) });
  const grads = { w: [1, 2, 3], b: [1] };
  const before = memoryUsage();
  for (let t = 0; t < 1e5; ++t) optimizer.step(grads);
  expect(memoryUsage()).toEqual(before);
  expect(optimizer.stepCount).toBe(1e5);
  optimizer.free();
});
