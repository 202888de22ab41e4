import fc from "fast-check";

// `npm test` tries the same random cases everywhere, for what it says of a tree should not change from run to run;
// `npm run test:random` draws new ones.
if (process.env["RANDOM_CASES"] !== "1") fc.configureGlobal({ seed: 20261123 });
