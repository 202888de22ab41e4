const steepest = require("steepest");
const { scenario } = require("./scenario.mjs");

console.log(JSON.stringify(scenario(steepest)));
