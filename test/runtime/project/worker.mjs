import * as steepest from "steepest";
import { churn } from "./churn.mjs";
import { scenario } from "./scenario.mjs";

export default {
  async fetch(request) {
    return Response.json(new URL(request.url).pathname === "/churn" ? churn(steepest) : scenario(steepest));
  },
};
