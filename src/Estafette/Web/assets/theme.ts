// Runs before the first paint: without a choice of the user, the page follows the system.
const root = document.documentElement;
if (root.dataset.theme === "auto") {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  apply();
  dark.addEventListener("change", apply);
}
root.classList.add("js");
