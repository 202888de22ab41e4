import * as steepest from "steepest";
import { churn, forget } from "./churn.mjs";
import { scenario } from "./scenario.mjs";

const answers = { "/": scenario, "/churn": churn, "/forget": forget };

export default {
  async fetch(request) {
    return Response.json(answers[new URL(request.url).pathname](steepest));
  },
};
