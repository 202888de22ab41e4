import * as steepest from "steepest";
import { neverStopped } from "./training.mjs";

console.log(JSON.stringify(neverStopped(steepest)));
