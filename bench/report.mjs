import { cpus } from "node:os";
import { CASES } from "./cases.mjs";
import { FUNCTION_GOAL, GOALS, LEAST, LIMIT, RULE_GOAL, SIZE_GOAL, STARTUP_GOAL, WHOLE_SIZE_GOAL } from "./goals.mjs";
import { SHAPES } from "./shapes.mjs";
import { median, spread } from "./statistics.mjs";
import { TRAININGS } from "./trainings.mjs";

/** Everything that was measured, as Markdown. */
export function report({ nodes, others, times, functions, scipy, startups, sizes }) {
  const versions = nodes.map(({ version }) => version);
  return `# Results of \`npm run bench\`

${cpus()[0].model.trim()}, ${cpus().length} logical cores; Node ${versions.join(" and ")}; ${new Date().toISOString().slice(0, 10)}.

A figure is the time of one call: the median of several processes, with half their range in percent. All results were
checked first, bit for bit unless a note says otherwise. Compare figures within a column: absolute ones differ from
machine to machine. "Typed array in and out" gives new arrays, fresh pages from the system included, as "plain JS, new
output" and "memcpy into new memory" do; rows with "out" or "reused" write where they wrote before.

${versions.map((version) => `## Node ${version}\n\n${timesTable(times[version], others)}`).join("\n\n")}

numpy-ts: weights of coordinates agree to 1e-9 only. ndarray-gradient: unit spacing only, the interior is compared and
its sign turned.

## Goals

How many times as fast as the rival in the same run; the goal in brackets. For C it is how near its time must be: 0.87
is 1.15 times the time. Where a goal is missed, "at most" is what the loop in C would reach in place of ours; for typed
arrays outside of linear memory, the loop in C and the copies in and out, one after another.

${goalsTable(versions, times)}

## Gradients by differences

Of Rosenbrock's function of 20 and of 1000 parameters. numeric.js throws from 21 on. SciPy is the same in all columns.

${gradientsTable(versions, functions, scipy)}

## Functions, start and size

${table(["", ...versions.map((version) => `Node ${version}`), "goal"], smallRows(versions, functions, startups, sizes))}
`;
}

/** Steps of optimizers, float32. */
export function optimizersReport(results, limits) {
  const versus = results.flatMap(({ version, versus }) =>
    Object.entries(versus).map(([one, { steepest, copied, set, plain, ...rivals }]) => [
      `Node ${version}, ${one}`,
      duration(steepest),
      `${(copied / steepest).toFixed(2)}, ${(set / steepest).toFixed(2)}`,
      `${(plain / steepest).toFixed(2)}x`,
      ...Object.values(rivals).map((time) => `${(time / steepest).toFixed(2)}x`),
    ]),
  );
  const [{ steepest, copied, set, plain, ...rivals }] = Object.values(results[0].versus);
  return `## Optimizers

A step, float32, resident; how many times as long it takes with a gradient copied in, by a step that is given it and,
behind the comma, by the caller before a step without arguments, which is the least that a copy costs; and how many
times as long others take.

${table(["", "steepest", "copied in", "plain JS", ...Object.keys(rivals)], versus)}

Every rule with a million parameters: its time; by that of memcpy of as many bytes as the step reads and writes; by that
of its divisions and square roots alone, four at a time in the first cache${limits === undefined ? "" : ` (a million divisions take\n${duration(limits.division)} here, roots ${duration(limits.root)})`}. The longer of these two is what binds a rule, if both go on side by side; the goal is 1.5 times that.

${table(
  ["", ...results.flatMap(({ version }) => [`Node ${version}`, "by memcpy", "by divisions and roots", "bound by"])],
  Object.keys(results[0].rules).map((name) => [
    name,
    ...results.flatMap(({ rules }) => ruleCells(rules[name], limits)),
  ]),
)}
`;
}

function ruleCells({ steepest, memcpy, divisions, roots }, limits) {
  if (memcpy === undefined) return [duration(steepest), "-", "-", "products"];
  const arithmetic = divisions + roots > 0 && limits ? divisions * limits.division + roots * limits.root : 0;
  const least = Math.max(memcpy, arithmetic);
  return [
    duration(steepest),
    (steepest / memcpy).toFixed(2),
    arithmetic > 0 ? (steepest / arithmetic).toFixed(2) : "-",
    `${least === memcpy ? "bytes" : "divisions and roots"} ${verdict(steepest <= RULE_GOAL * least)}`,
  ];
}

/** Matrix products, float32. */
export function productsReport(results, numpy) {
  const peak = Math.max(...results.map(({ peak }) => peak));
  const rivals = Object.keys(results[0].shapes[SHAPES[0].title].ratios);
  const rows = (shapes) =>
    SHAPES.map(({ title, m, n, k }) => {
      const { steepest, ratios } = shapes[title];
      const rate = (2 * m * n * k) / steepest;
      return [
        title,
        duration(steepest),
        `${rate.toFixed(1)}, ${Math.round((100 * rate) / peak)} %`,
        ...[...Object.values(ratios), ...(numpy === undefined ? [] : [numpy.times[title] / steepest])].map(
          (ratio) => `${ratio.toFixed(2)}x`,
        ),
      ];
    });
  const head = ["steepest", "GFLOP/s, of the peak", ...rivals, ...(numpy === undefined ? [] : [numpy.title])];
  const tables = results.map(({ version, shapes }) => table([`Node ${version}`, ...head], rows(shapes)));
  return `## Matrix products

float32, one thread; how many times as long others take. The peak, 128-bit multiplications and additions in registers
alone, is ${peak.toFixed(1)} GFLOP/s here. tfjs makes a new result at each call; jax-js copies it out, too.

${tables.join("\n\n")}
`;
}

/** Epochs of training, and the size of everything. */
export function networksReport(results, size) {
  const rows = results.flatMap(({ title, rows }) => {
    const { goals, operations } = TRAININGS.find((one) => one.title === title);
    return rows.map(({ version, steepest, ratios }) => [
      `Node ${version}, ${title}`,
      duration(steepest),
      (operations / steepest).toFixed(1),
      ...Object.entries(ratios).map(([rival, ratio]) => {
        const goal = goals[rival];
        return `${ratio.toFixed(2)}x${goal === undefined ? "" : ` ${verdict(ratio >= goal)} (${goal}x)`}`;
      }),
    ]);
  });
  const [{ torch, rows: any }] = results;
  const rivals = Object.keys(any[0].ratios).map((name) => (name === "torch" ? `torch ${torch}, 1 thread` : name));
  return `## Networks

An epoch by Adam, float32, one thread, the rows in the order in which they lie; how many times as long others take, and
the goal in brackets. All begin with the same weights, and their losses over all rows agree to 0.1 % after an epoch.
steepest goes through \`fit\`, which copies the rows of each batch and counts right answers, too; the rivals have their
batches laid out. GFLOP/s are those of the matrix products by the time of everything; what share of the peak a product
reaches is said above. jax-js compiles a step as a whole. The last but torch is \`fit\` of a model whose loss and gradient
tfjs computes. Left out: brain.js and synaptic step after each row; convnetjs has no Adam, and that of js-pytorch and
toygrad corrects its bias not at all or the wrong way; tfjs-node is libtensorflow.

${table(["", "steepest", "GFLOP/s", ...rivals], rows)}

${table(
  ["", "steepest", "goal"],
  [
    [
      "bundle with everything of the package, gzip",
      `${kilobytes(size)} ${verdict(size <= WHOLE_SIZE_GOAL)}`,
      kilobytes(WHOLE_SIZE_GOAL),
    ],
  ],
)}
`;
}

function timesTable(cases, others) {
  const names = [...new Set(CASES.flatMap(({ name }) => Object.keys(cases[name])))];
  const rows = names.map((row) => [
    others[row]?.title ?? row,
    ...CASES.map(({ name }) => {
      const rounds = cases[name][row];
      return rounds === undefined
        ? "-"
        : `${duration(median(rounds))}${rounds.length > 1 ? ` ±${Math.round(100 * spread(rounds))}%` : ""}`;
    }),
  ]);
  return table(["", ...CASES.map(({ title }) => title)], rows);
}

function goalsTable(versions, times) {
  const rows = GOALS.map(([name, ours, rival, goal]) => [
    CASES.find((one) => one.name === name).title,
    ours,
    `${rival} (${goal < 1 ? goal.toFixed(2) : `${goal}x`})`,
    ...versions.map((version) => {
      const rows = times[version][name];
      const { [ours]: own, [rival]: other } = rows;
      if (other === undefined) return "-";
      const timesAsFast = (least) => median(other.map((time, round) => time / least(round)));
      const ratio = timesAsFast((round) => own[round]);
      const answer = `${ratio.toFixed(2)}x ${verdict(ratio >= goal)}`;
      const parts = LEAST[ours].map((row) => rows[row]);
      if (ratio >= goal || rival === LIMIT || parts.includes(undefined)) return answer;
      const most = timesAsFast((round) => parts.reduce((sum, part) => sum + part[round], 0));
      return `${answer}, of at most ${most.toFixed(2)}x`;
    }),
  ]);
  return table(["case", "ours", "rival (goal)", ...versions.map((version) => `Node ${version}`)], rows);
}

export function gradientsTable(versions, functions, scipy) {
  const sizes = Object.keys(functions[versions[0]]);
  const columns = versions.flatMap((version) => sizes.map((n) => ({ version, n })));
  const names = [functions[versions[0]], scipy?.times ?? {}].flatMap((times) => Object.keys(times[sizes[0]] ?? {}));
  const rows = names.map((name) => [
    scipy === undefined ? name : name.replace(/^SciPy/, scipy.title),
    ...columns.map(({ version, n }) => {
      const time = functions[version][n][name] ?? scipy.times[n][name];
      return typeof time === "number" ? duration(time) : time;
    }),
  ]);
  return table(["", ...columns.map(({ version, n }) => `Node ${version}, n=${n}`)], rows);
}

function smallRows(versions, functions, startups, sizes) {
  const rows = Object.keys(functions[versions[0]]).flatMap((n) =>
    ["central", "forward"].map((method) => [
      `numericalGradient, ${method}, Rosenbrock n=${n}: time by that of a loop by hand`,
      ...versions.map((version) => {
        const { [`steepest, ${method}`]: own, [`plain JS, ${method}`]: plain } = functions[version][n];
        return `${(own / plain).toFixed(2)}x ${verdict(own / plain <= FUNCTION_GOAL)}`;
      }),
      `${FUNCTION_GOAL}x`,
    ]),
  );
  rows.push([
    "import and first call, beyond Node's start",
    ...versions.map((version) => `${startups[version].toFixed(1)} ms ${verdict(startups[version] < STARTUP_GOAL)}`),
    `${STARTUP_GOAL} ms`,
  ]);
  const size = `${kilobytes(sizes.steepest)} ${verdict(sizes.steepest <= SIZE_GOAL)}; numpy-ts ${kilobytes(sizes["numpy-ts"])}`;
  rows.push(["bundle with `gradient` alone, gzip", ...versions.map(() => size), kilobytes(SIZE_GOAL)]);
  return rows;
}

function verdict(met) {
  return met ? "✓" : "✗";
}

function duration(nanoseconds) {
  if (nanoseconds < 1e5) return `${(nanoseconds / 1e3).toPrecision(3)} µs`;
  return `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, k) => (k === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
