/** What the reference is grouped by: topics, and the folders and files of src/ that each has, the longest that fits. */
export const TOPICS = {
  "Gradient of arrays": ["gradient/"],
  "Derivatives of functions": ["numdiff/"],
  Training: ["train/", "params/"],
  "Neural networks": ["nn/"],
  Optimizers: ["optim/"],
  "Transforms and combinations": ["optim/transforms/", "optim/chain.ts", "optim/partition.ts"],
  Schedules: ["optim/schedules/"],
  Arrays: ["ndarray/"],
  "Memory and kernels": ["wasm/", "slim.ts"],
};

/** @param path of a file, from the root of the package */
export function topicOf(path) {
  const [, topic] = Object.entries(TOPICS)
    .flatMap(([name, places]) => places.map((place) => [`src/${place}`, name]))
    .filter(([place]) => path.startsWith(place))
    .reduce((longest, each) => (each[0].length > longest[0].length ? each : longest), [""]);
  if (topic === undefined) throw new Error(`reference/topics.mjs has no topic for ${path}.`);
  return topic;
}
