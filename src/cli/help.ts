import { UsageError } from "./errors.js";

const TEXTS: { readonly [topic: string]: string } = {
  steepest: `steepest: NumPy's gradient and gradient descent

  steepest gradient FILE [options]   the gradient of an array in a .npy, .npz or .csv file
  steepest demo [-o DIRECTORY]       what the package does, in four short acts
  steepest help gradient             the options of a command
  steepest --version

Exit codes: 0 done; 1 failed; 2 the command line is wrong; 130, 143 and 129 ended by SIGINT, SIGTERM and SIGHUP. Errors
are one sentence on standard error.
`,
  gradient: `steepest gradient FILE [options]: np.gradient of an array, bit for bit

FILE is .npy, .npz or .csv, told apart by its content; - is standard input. Files larger than memory are read block by
block. A csv has commas between its numbers (nan and inf are some); one column or one line makes one axis, else two.

  --axis K ...        axes to differentiate along, negative ones from the last; all unless set
  --spacing H ...     one number for all axes, or for each axis a number or a file of coordinates (of an npz with several
                      arrays FILE.npz:NAME); 1 unless set
  --edge-order N      1 or 2, the order of the differences at the ends of an axis; 1 unless set
  -o, --output OUT    .npy, .npz, .csv or .png; - is standard output, as npy, or csv of csv: so unless set
  -f, --format F      npy, npz, csv or png, if it is not what OUT ends in
  --key NAME          the array of an npz that has several
  --skip-header N     lines of a csv before its numbers; 0 unless set
  --range LOW HIGH    the values of the first and the last colour of a png; the smallest and the largest unless set
  --memory MIB        memory for the numbers of one block; 64 unless set
  -h, --help

Options take all arguments up to the next option, so that FILE stands first. Several axes give a file each: OUT.npy
becomes OUT.0.npy, OUT.1.npy; an npz has arrays axis_0, axis_1. float and complex types stay, integers give float64,
dates give durations, all in little-endian order. A png, of two axes, shows the derivative along the one --axis, or of
several the length of the gradient, in the colours of viridis; it needs 8 bytes of memory for each pixel.

  steepest gradient dem.npy --spacing 30 --edge-order 2 -o slope.npy
  steepest gradient fields.npz --key t --axis 0 --spacing fields.npz:time -o dt.npy
  steepest gradient dem.npy --spacing 30 -o slope.png
`,
  demo: `steepest demo [-o DIRECTORY]: what the package does on real data, in four short acts

The gradient of a terrain, a fit without a derivative, a descent step by step, and a network that learns to read digits.

  -o, --output DIRECTORY    where relief.png, slope.png and digits.png are written; steepest-demo unless set
  -h, --help
`,
};

/** The help on a command, or on all. */
export function help(topic = "steepest"): string {
  if (!Object.hasOwn(TEXTS, topic))
    throw new UsageError(`There is no help on ${JSON.stringify(topic)}; there is on gradient and demo.`);
  return TEXTS[topic]!;
}
