/** A list page: picks of rows are counted, one box picks all of the page, and the bar of actions shows only when something is picked. */
export default function grid(section: HTMLElement): void {
  const boxes = [...section.querySelectorAll<HTMLInputElement>("tbody input[name=pick]")];
  const bar = boxes[0]?.form ?? null;
  if (bar === null) return;
  const count = bar.querySelector<HTMLElement>(".grid-bulk-count");
  const all = document.createElement("input");
  all.type = "checkbox";
  all.className = "form-check-input";
  const head = section.querySelector<HTMLElement>("thead .pick");
  all.setAttribute("aria-label", head?.textContent ?? "");
  head?.append(all);

  const show = (): void => {
    const picked = boxes.filter((box) => box.checked).length;
    bar.classList.toggle("is-open", picked > 0);
    all.checked = picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    if (count !== null && picked > 0) {
      const words = picked === 1 ? count.dataset.one : count.dataset.words;
      count.textContent = (words ?? "").replace("{n}", picked.toLocaleString(document.documentElement.lang));
    }
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  section.addEventListener("change", show);
  show();
}
