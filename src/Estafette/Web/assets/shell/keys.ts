/** Keys that work on every page; none of them while somebody types. */
const places: Record<string, string> = { h: "/", c: "/campaigns", p: "/contacts", t: "/templates", s: "/servers" };

export function keys(): void {
  let going = 0;
  const find = (event: Event): void => {
    if (!(document.getElementById("palette") instanceof HTMLDialogElement)) return;
    event.preventDefault();
    void import("./palette").then((palette) => palette.open());
  };
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest("[data-palette]");
    if (link !== null && !event.ctrlKey && !event.metaKey) find(event);
  });
  document.addEventListener("click", copy);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      find(event);
      return;
    }
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog, [contenteditable]") !== null) return;
    if (event.key === "?") {
      (document.getElementById("shortcuts") as HTMLDialogElement | null)?.showModal();
    } else if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("main input[type=search]");
      if (search === null) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "g") {
      going = performance.now();
    } else if (performance.now() - going < 1500 && places[event.key] !== undefined) {
      window.location.assign(places[event.key] ?? "/");
    }
  });
}

/** A button that copies says so itself, for the eye and for the ear. */
function copy(event: MouseEvent): void {
  const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy-text]");
  if (button === null) return;
  void navigator.clipboard.writeText(button.dataset.copyText ?? "").then(() => {
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    status.className = "copied";
    button.after(status);
    status.textContent = button.dataset.done ?? "";
    setTimeout(() => status.remove(), 2500);
  });
}
