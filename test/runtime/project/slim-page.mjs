import { slim } from "./slim.mjs";

document.body.textContent = JSON.stringify(await slim("/node_modules/steepest/dist/steepest.wasm"));
