// uPlot formats numbers for navigator.language as soon as it is imported, and some browsers in a POSIX locale have one
// there that Intl refuses ("en-US@posix").
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US" });
}
