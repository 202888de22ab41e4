/** What the reference is grouped by: topics, and the folders, files and names of src/ that each has, the longest that fits. */
export const TOPICS = {
  "Gradient of arrays": ["gradient/"],
  "Derivatives of functions": ["numdiff/"],
  Training: ["train/", "params/"],
  "Neural networks": ["nn/"],
  Optimizers: ["optim/"],
  "Transforms and combinations": ["optim/transforms/", "optim/chain.ts", "optim/partition.ts"],
  Schedules: ["optim/schedules/", "optim/hyperparameters.ts:Schedule"],
  Arrays: ["ndarray/"],
  "Memory and kernels": ["wasm/", "slim.ts"],
};

/** @param place the file, from the root of the package, and the name: "src/optim/chain.ts:chain" */
export function topicOf(place) {
  const [, topic] = Object.entries(TOPICS)
    .flatMap(([name, starts]) => starts.map((start) => [`src/${start}`, name]))
    .filter(([start]) => place.startsWith(start))
    .reduce((longest, each) => (each[0].length > longest[0].length ? each : longest), [""]);
  if (topic === undefined) throw new Error(`reference/topics.mjs has no topic for ${place}.`);
  return topic;
}
