/** Opens and closes the navigation on narrow screens. */
export function navigation(): void {
  const button = document.querySelector<HTMLButtonElement>(".menu-button");
  const target = document.getElementById(button?.getAttribute("aria-controls") ?? "");
  if (button === null || target === null) return;
  const show = (open: boolean): void => {
    button.setAttribute("aria-expanded", String(open));
    target.classList.toggle("is-open", open);
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && button.getAttribute("aria-expanded") === "true") {
      show(false);
      button.focus();
    }
  });
}
