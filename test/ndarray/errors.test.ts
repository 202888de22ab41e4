import { expect, test } from "vitest";
import { array, configure, minimize, sgd } from "../../src/index.js";

// Was: "Cannot convert undefined or null to object".
test.each<[string, (options: never) => unknown]>([
  ["array", (options) => array([1, 2], options)],
  ["configure", (options) => configure(options)],
  ["minimize", (options) => minimize((x) => x ** 2, 1, options)],
  ["sgd", (options) => sgd(options)],
])("%s says what options are when they are null or no object, and which it has", (name, call) => {
  const takes = `The options of ${name} must be an object; got`;
  expect(() => call(null as never)).toThrow(new TypeError(`${takes} null.`));
  expect(() => call("fast" as never)).toThrow(new TypeError(`${takes} "fast".`));
  expect(() => call({ shaep: [2] } as never)).toThrow(`${name} has no option "shaep"; it takes `);
});
