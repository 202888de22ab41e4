import ndarray from "ndarray";
import gradient from "ndarray-gradient";

/** Knows unit spacing only, has the opposite sign, and its edges are not NumPy's: the interior is checked. */
export function runners({ f, shape, args }) {
  if (args.length > 0) return [];
  const source = ndarray(f, shape);
  const axes = shape.length;
  const target = ndarray(new f.constructor(f.length * axes), [...shape, axes]);
  return [
    {
      name: "ndarray-gradient, reused output",
      call: () => gradient(target, source),
      isRight: ({ data }, expected) =>
        expected.every((values, axis) =>
          values.every((value, i) => !isInterior(i, shape) || -data[i * axes + axis] === value),
        ),
    },
  ];
}

function isInterior(i, shape) {
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    const at = i % shape[axis];
    if (at === 0 || at === shape[axis] - 1) return false;
    i = (i - at) / shape[axis];
  }
  return true;
}
