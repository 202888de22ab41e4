import { array, gradient, zeros } from "../../dist/index.js";
import { isSame } from "./check.mjs";
import { newResults } from "./plain.mjs";

const listed = (result) => (Array.isArray(result) ? result : [result]);
const elements = (one) => (ArrayBuffer.isView(one) ? one : one.data);
const unlisted = (results) => (results.length === 1 ? results[0] : results);

/** Bit for bit. */
function isRight(result, expected) {
  return listed(result).every((one, axis) => isSame(elements(one), expected[axis]));
}

export function runners(input) {
  const { f, shape, dtype, args } = input;
  const resident = array(f, { shape });
  const spacing = args.map((h) => (typeof h === "number" ? h : array(h)));
  const out = unlisted(shape.map(() => zeros(shape, dtype)));
  // A typed array has one axis; samples of more axes come as { data, shape }, whose result is an NDArray, unless `out`
  // takes it. So "typed array in and out" means typed arrays for out there, new ones or the same ones.
  const flat = shape.length === 1 ? f : { data: f, shape };
  const plainOut = unlisted(newResults(input));
  return [
    {
      name: "steepest, resident",
      call: () => gradient(resident, ...spacing),
      isRight,
      release: (result) => {
        for (const one of listed(result)) one.free();
      },
    },
    {
      name: "steepest, resident, out",
      call: () => gradient(resident, ...spacing, { out }),
      isRight,
    },
    {
      name: "steepest, typed array in and out",
      call:
        shape.length === 1
          ? () => gradient(f, ...args)
          : () => gradient(flat, ...args, { out: unlisted(newResults(input)) }),
      isRight,
    },
    {
      name: "steepest, typed array, out",
      call: () => gradient(flat, ...args, { out: plainOut }),
      isRight,
    },
  ];
}
