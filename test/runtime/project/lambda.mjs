import * as steepest from "steepest";
import { scenario } from "./scenario.mjs";

export const handler = async () => ({ statusCode: 200, body: JSON.stringify(scenario(steepest)) });
