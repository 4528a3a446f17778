/** Results say themselves at the corner of the page and go by themselves; what went wrong stays until it is closed. */
export function toasts(): void {
  const region = document.getElementById("toasts");
  if (region === null) return;
  const take = (root: ParentNode): void => {
    for (const notice of root.querySelectorAll<HTMLElement>("[data-toast]")) {
      delete notice.dataset.toast;
      notice.removeAttribute("role");
      show(region, notice, true);
    }
  };
  take(document);
  document.addEventListener("htmx:load", (event) => take(event.target as HTMLElement));
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => {
      const notice = document.createElement("div");
      notice.className = "alert alert-danger";
      notice.textContent = region.dataset.failed ?? "";
      show(region, notice, false);
    });
  }
}

function show(region: HTMLElement, notice: HTMLElement, goes: boolean): void {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", region.dataset.close ?? "");
  close.addEventListener("click", () => notice.remove());
  notice.classList.add("toast-note");
  notice.append(close);
  region.append(notice);
  if (!goes) return;
  // Whoever reads with the pointer or the keyboard on it has all the time.
  let timer = window.setTimeout(() => notice.remove(), 6000);
  const hold = (): void => window.clearTimeout(timer);
  const release = (): void => {
    timer = window.setTimeout(() => notice.remove(), 3000);
  };
  notice.addEventListener("pointerenter", hold);
  notice.addEventListener("focusin", hold);
  notice.addEventListener("pointerleave", release);
  notice.addEventListener("focusout", release);
}
