/** Closes a run with what was skipped, by name and with the reason, and one line that counts the tests. */
export default class Closing {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state) => tests.filter((test) => test.result().state === state).length;
    for (const test of tests) {
      const { state, note } = test.result();
      if (state === "skipped") console.log(`skipped: ${test.fullName}${note ? ` (${note})` : ""}`);
    }
    // What breaks outside of a test, in a file or in a hook, leaves tests that did not run.
    const groups = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = groups.filter((group) => group.errors().length > 0).length + unhandledErrors.length;
    console.log(`${count("passed")} passed, ${count("failed") + broken} failed`);
  }
}
