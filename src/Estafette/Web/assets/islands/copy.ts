/** Copies the text of the field it names; hidden where there is no clipboard to copy to. */
export default function copy(box: HTMLElement): void {
  const field = document.getElementById(box.dataset.copy ?? "");
  const button = box.querySelector("button");
  if (!(field instanceof HTMLTextAreaElement) || button === null || navigator.clipboard === undefined) return;
  box.hidden = false;
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(field.value).then(() => field.select());
  });
}
