// The colours that were chosen, before anything is painted in others. The switch of src/ui/theme.ts keeps them there.
try {
  const theme = localStorage.getItem("steepest.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // storage is refused: as the system has it
}
