/** One question with one line for the answer, in a dialog; null when the person leaves without. Enter answers, Escape leaves. */
export function askText(words: { title: string; ok: string; cancel: string; help?: string }, most = 100): Promise<string | null> {
  return new Promise((resolve) => {
    const opener = document.activeElement as HTMLElement | null;
    const dialog = document.createElement("dialog");
    dialog.className = "confirm-dialog";
    dialog.innerHTML =
      '<form method="dialog"><label class="form-label"></label><input class="form-control" type="text" autocomplete="off" /><p class="form-hint"></p><div class="confirm-actions"><button class="btn" type="button"></button><button class="btn btn-primary" type="submit"></button></div></form>';
    const form = dialog.querySelector("form")!;
    const label = dialog.querySelector("label")!;
    const input = dialog.querySelector("input")!;
    const help = dialog.querySelector("p")!;
    const [cancel, ok] = dialog.querySelectorAll("button");
    const id = `ask-${crypto.randomUUID()}`;
    input.id = label.htmlFor = id;
    help.id = `${id}-help`;
    label.id = `${id}-label`;
    dialog.setAttribute("aria-labelledby", label.id);
    input.maxLength = most;
    label.textContent = words.title;
    help.textContent = words.help ?? "";
    help.hidden = words.help === undefined;
    if (words.help !== undefined) input.setAttribute("aria-describedby", help.id);
    cancel!.textContent = words.cancel;
    ok!.textContent = words.ok;
    let answer: string | null = null;
    form.addEventListener("submit", () => (answer = input.value.trim()));
    cancel!.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      opener?.focus();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
  });
}
