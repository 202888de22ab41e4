/** Closes a run with what was skipped, by name and with the reason, and one line that counts the tests. */
export default class Closing {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state) => tests.filter((test) => test.result().state === state).length;
    for (const test of tests) {
      const { state, note } = test.result();
      if (state === "skipped") console.log(`skipped: ${test.fullName}${note ? ` (${note})` : ""}`);
    }
    // A file that does not load has no tests to fail.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    console.log(`${count("passed")} passed, ${count("failed") + broken} failed`);
  }
}
