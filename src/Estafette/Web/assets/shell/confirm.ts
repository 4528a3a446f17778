/** What cannot be undone is asked in a dialog of the browser; without script the same words unfold under the button. */
export function confirm(): void {
  document.addEventListener("click", (event) => {
    const summary = (event.target as HTMLElement).closest<HTMLElement>("details.confirm > summary");
    const body = summary?.parentElement?.querySelector<HTMLElement>(".confirm-body");
    if (summary == null || body == null) return;
    event.preventDefault();
    ask(summary, body);
  });
}

function ask(opener: HTMLElement, body: HTMLElement): void {
  const home = body.parentElement;
  const dialog = document.createElement("dialog");
  dialog.className = "confirm-dialog";
  const title = body.querySelector<HTMLElement>(".confirm-title");
  if (title !== null) {
    title.id ||= `confirm-${crypto.randomUUID()}`;
    dialog.setAttribute("aria-labelledby", title.id);
  }
  dialog.append(body);
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target === dialog || target.closest(".confirm-keep") !== null) dialog.close();
  });
  dialog.addEventListener("close", () => {
    home?.append(body);
    dialog.remove();
    opener.focus();
  });
  dialog.showModal();
  body.querySelector<HTMLElement>(".confirm-keep")?.focus();
}
