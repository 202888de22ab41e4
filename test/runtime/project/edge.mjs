import * as steepest from "steepest";
import { scenario } from "./scenario.mjs";

addEventListener("fetch", (event) => event.respondWith(Response.json(scenario(steepest))));
