import { slim } from "./slim.mjs";

const results = await slim("/node_modules/steepest/dist/steepest.wasm", location.search.slice(1));
document.body.textContent = JSON.stringify(results);
