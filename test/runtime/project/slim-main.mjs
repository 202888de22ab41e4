import { slim } from "./slim.mjs";

console.log(JSON.stringify(await slim(...process.argv.slice(2))));
