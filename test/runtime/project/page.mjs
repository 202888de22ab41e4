import * as steepest from "steepest";
import { scenario } from "./scenario.mjs";

document.body.textContent = JSON.stringify(scenario(steepest));
