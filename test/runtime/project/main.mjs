import * as steepest from "steepest";
import { scenario } from "./scenario.mjs";

console.log(JSON.stringify(scenario(steepest)));
